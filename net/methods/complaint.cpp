#include "net/methods/case_work.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

// -- complaints: anyone's, signed in or not (article 5.5) ------------------------------------

/// What looks a complaint up without signing in. A repeated command has to find the same one, and only its hash is
/// kept, so it isn't random: it follows from the command id (74 random bits, the client's or ours) and from all that
/// was written. Who repeats both has filed the complaint; whoever else reads rows or journals has neither.
std::string receipt_of(const call& c) {
  auto secret = "complaint receipt\n" + to_text(c.command) + '\n' + c.params().dump();
  return wire::to_base64(c.services().digest(view_of(secret)));
}

digest32 receipt_hash(const call& c, std::string_view receipt) { return c.services().digest(view_of(receipt)); }

result<complaint_reasons_result> reasons(call& c, no_params&) {
  auto book = c.book();
  if (!book)
    return book.why();
  return complaint_reasons_result{(*book)->complaints};
}

void file(const call_ptr& c, complaint_file& p) {
  if (p.chat)
    return c->refuse(refuse(errc::forbidden, "chats are outside governance: block the person instead (user.block), "
                                             "and nobody can write to you directly any more"));
  auto target = target_of(*c, {p.account, p.organisation, {}, p.post});
  if (!target)
    return c->refuse(target.why());
  auto receipt = receipt_of(*c);
  cases::complain command;
  command.target = *target;
  command.reason = std::move(p.reason);
  command.statement = std::move(p.statement);
  command.contact = std::move(p.contact).value_or("");
  command.receipt_hash = receipt_hash(*c, receipt);
  command.evidence = std::move(p.evidence).value_or(std::vector<std::string>{});
  command.notify = storage::notified_for(c->rows(), target->entity);
  command.region = storage::region_of(c->rows(), target->entity);
  auto id = case_id{c->new_id("complaint")};
  c->send({id, cases::command{std::move(command)}}, [c, receipt](const answer& a) {
    auto& filed = std::get<complaint_answer>(a);
    c->reply(wire::encode(complaint_file_result{filed.complaint, receipt, filed.deadline}));
  });
}

refusal no_such_complaint() { return refuse(errc::not_found, "there is no such complaint of yours"); }

/// Errors: `not_found` also for complaints of others, so that nobody learns who complained about whom.
result<case_id> own_complaint(const call& c, const complaint_get& p) {
  if (p.complaint.has_value() == p.receipt.has_value())
    return invalid("complaint", "give the complaint's id, or the receipt for it");
  if (p.receipt) {
    auto found = storage::case_by_receipt(c.rows(), receipt_hash(c, *p.receipt));
    return found ? result<case_id>{*found} : no_such_complaint();
  }
  if (!c.who)
    return refuse(errc::unauthenticated, "log in, or look it up by its receipt");
  auto id = case_named(*p.complaint, "complaint");
  if (!id)
    return id.why();
  auto row = storage::case_facts(c.rows(), *id);
  if (!row || row->kind != cases::case_kind::complaint || row->by != c.user())
    return no_such_complaint();
  return id;
}

result<case_view> get_complaint(call& c, complaint_get& p) {
  auto id = own_complaint(c, p);
  if (!id)
    return id.why();
  auto found = storage::case_for_party(c.rows(), *id);
  if (!found)
    return no_such_complaint();
  // How the sanctioned defend themselves is between them and who decides; the outcome is told.
  if (found->appeal)
    found->appeal->statement.clear();
  return std::move(*found);
}

void add_complaints(method_table& table) {
  table.query<no_params, complaint_reasons_result>(
      "complaint.reasons", access::anyone, "What can be complained about, and how soon it is decided.", reasons);
  table.task<complaint_file, complaint_file_result>(
      "complaint.file", access::anyone,
      "Complains about a post, an account or an organisation; the receipt looks it up later.", true, file);
  table.query<complaint_get, case_view>(
      "complaint.get", access::anyone, "How a complaint stands, for who filed it or holds its receipt.", get_complaint);
}

// -- appeals: by the sanctioned (article 8.2) --------------------------------------------------

result<outgoing> file_appeal(call&, appeal_file& p) {
  auto id = case_named(p.sanction, "sanction");
  if (!id)
    return id.why();
  return outgoing{*id, cases::command{cases::file_appeal{std::move(p.statement)}}};
}

result<case_view> get_appeal(call& c, appeal_get& p) {
  auto id = case_named(p.appeal, "appeal");
  if (!id)
    return id.why();
  auto row = storage::case_facts(c.rows(), *id);
  if (!row || !row->appeal || std::ranges::count(row->notify, c.user()) == 0)
    return refuse(errc::not_found, "there is no such appeal of yours");
  return std::move(*storage::case_for_party(c.rows(), *id));
}

void add_appeals(method_table& table) {
  table.command<appeal_file, appeal_answer>("appeal.file", access::user,
                                            "By the sanctioned: appeals, once; somebody else decides.", file_appeal);
  table.query<appeal_get, case_view>("appeal.get", access::user, "For the sanctioned: how an appeal stands.",
                                     get_appeal);
}

} // namespace

void add_complaint_methods(method_table& table) {
  add_complaints(table);
  add_appeals(table);
}

} // namespace charter::net
