#include "net/methods/case_work.hpp"
#include "net/methods/office_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

// -- whose mailbox ----------------------------------------------------------------------------

/// Codes of the offices that the caller is an officer of.
std::vector<std::string> own_offices(const call& c) {
  std::vector<std::string> own;
  auto* policy = c.viewpoint().policy;
  if (!policy)
    return own;
  auto grants = policy->facts.roles.find(c.user());
  if (grants == policy->facts.roles.end())
    return own;
  for (auto& grant : grants->second)
    if (grant.role == role::regulator)
      own.push_back(grant.office);
  return own;
}

/// The office to list; empty: all. Errors: `forbidden` for another office's, `invalid_params` for none of the charter.
result<std::string> office_to_list(const call& c, const liaison_list& p) {
  auto book = c.book();
  if (!book)
    return book.why();
  if (p.office && !find_office(**book, *p.office))
    return invalid("office", "the charter names no such office");
  if (c.has_role(role::liaison_officer))
    return p.office.value_or("");
  auto own = own_offices(c);
  if (own.empty())
    return refuse(errc::forbidden, "this is for liaison officers and for officers of a regulator");
  auto asked = p.office.value_or(own.front());
  if (std::ranges::count(own, asked) == 0)
    return refuse(errc::forbidden, "this lies in the mailbox of another office", (*book)->regulators.rule);
  return asked;
}

office_id office_with(const call& c, std::string_view code) { return offices::office_of(code, c.services().digest); }

result<page<office_item_view>> items(const call& c, const liaison_list& p, const std::string& office,
                                     office_item_kind kind, const page_request& ask) {
  if (!office.empty())
    return storage::office_items(c.rows(), office_with(c, office), kind, p.open_only.value_or(false), ask);
  if (!p.open_only.value_or(true))
    return invalid("office", "what is settled is listed office by office");
  return storage::open_office_items(c.rows(), kind, ask);
}

/// One kind of items. Over all offices, that is what is open.
template <office_item_kind Kind>
result<page<office_item_view>> list(call& c, liaison_list& p) {
  auto office = office_to_list(c, p);
  if (!office)
    return office.why();
  return items(c, p, *office, Kind, page_of(p));
}

// -- the inbox: open items of all three kinds, one kind after the other ---------------------------

constexpr std::array kinds{office_item_kind::filing, office_item_kind::report, office_item_kind::referral};

/// A cursor says in front which kind it goes on with: "1" begins the reports, "1…" goes on with them.
struct inbox_place {
  std::size_t kind = 0;
  std::string after;
};

result<inbox_place> parse_place(const std::string& cursor) {
  if (cursor.empty())
    return inbox_place{};
  auto kind = static_cast<std::size_t>(cursor.front() - '0');
  if (cursor.front() < '0' || kind >= kinds.size())
    return invalid("after", "this is not a cursor of this list");
  return inbox_place{kind, cursor.substr(1)};
}

result<page<office_item_view>> inbox(call& c, liaison_list& p) {
  auto office = office_to_list(c, p);
  if (!office)
    return office.why();
  auto place = parse_place(p.after.value_or(""));
  if (!place)
    return place.why();
  p.open_only = true;
  for (auto [kind, after] = *place; kind < kinds.size(); ++kind, after.clear()) {
    auto found = items(c, p, *office, kinds[kind], {p.limit.value_or(0), after});
    if (!found)
      return found.why();
    if (found->next)
      found->next = std::to_string(kind) + *found->next;
    else if (kind + 1 < kinds.size())
      found->next = std::to_string(kind + 1);
    if (!found->items.empty() || kind + 1 == kinds.size())
      return found;
  }
  return page<office_item_view>{};
}

void add_lists(method_table& table) {
  table.query<liaison_list, page<office_item_view>>("liaison.filings", access::staff,
                                                    "Records of accounts that were opened (article 7.1).",
                                                    list<office_item_kind::filing>);
  table.query<liaison_list, page<office_item_view>>(
      "liaison.reports", access::staff, "What was reported to offices (article 8.3).", list<office_item_kind::report>);
  table.query<liaison_list, page<office_item_view>>("liaison.referrals", access::staff,
                                                    "Cases handed over to departments (article 9).",
                                                    list<office_item_kind::referral>);
  table.query<liaison_list, page<office_item_view>>(
      "liaison.inbox", access::staff,
      "What waits for an office: filings, then reports, then referrals. A page may be short although there is a next.",
      inbox);
}

// -- referring ------------------------------------------------------------------------------------

/// What a department can be shown of a case, in a fixed form so that both sides can hash it: JSON without spaces, names
/// in the order of their bytes. Nothing in it is personal: statements and contacts stay here.
std::string evidence_of(const call& c, const case_id& which) {
  auto view = storage::case_for_party(c.rows(), which);
  nlohmann::json bundle{{"case", to_text(which)}};
  if (!view)
    return bundle.dump();
  bundle["title"] = view->title;
  bundle["rule"] = wire::encode(view->rule);
  bundle["facts"] = view->reason;
  if (view->target && view->target->entity.kind != entity_kind::user)
    bundle["target"] = wire::encode(*view->target);
  if (auto sanction = storage::sanction(c.rows(), which)) {
    bundle["measure"] = wire::encode(sanction->measure);
    bundle["reasons"] = wire::encode(sanction->reasons);
    bundle["imposed_at"] = wire::encode(sanction->at);
  }
  return bundle.dump();
}

/// The given one, or the one of the case's region; the national one where no office has the region.
std::string office_for(const rule_book& book, const storage::case_row& row, const std::optional<std::string>& given) {
  if (given)
    return *given;
  auto* own = office_for_region(book, row.region);
  return own ? own->code : book.regulators.national.code;
}

result<outgoing> refer(call& c, liaison_refer& p) {
  if (auto allowed = require_power(c, {act::refer_case}); !allowed)
    return allowed.why();
  auto id = case_named(p.case_, "case");
  if (!id)
    return id.why();
  auto row = storage::case_facts(c.rows(), *id);
  if (!row)
    return refuse(errc::not_found, "there is no such case");
  auto book = c.book();
  if (!book)
    return book.why();
  auto bundle = c.services().digest(view_of(evidence_of(c, *id)));
  cases::refer command{std::move(p.department), office_for(**book, *row, p.office), std::move(p.summary), bundle};
  return outgoing{*id, cases::command{std::move(command)}};
}

// -- answering ------------------------------------------------------------------------------------

struct named_item {
  office_id office;
  office_item_kind kind = office_item_kind::filing;
  std::uint64_t number = 0;
};

result<named_item> item_named(std::string_view text) {
  if (filing_id id; parse(text, id))
    return named_item{id.owner, office_item_kind::filing, id.number};
  if (report_id id; parse(text, id))
    return named_item{id.owner, office_item_kind::report, id.number};
  if (referral_id id; parse(text, id))
    return named_item{id.owner, office_item_kind::referral, id.number};
  return invalid("item", "expected the id of a filing, a report or a referral: fil_, rep_ or ref_");
}

result<outgoing> acknowledge(call&, liaison_acknowledge& p) {
  auto item = item_named(p.item);
  if (!item)
    return item.why();
  offices::acknowledge command{item->kind, item->number, std::move(p.receipt)};
  return outgoing{item->office, offices::command{std::move(command)}};
}

result<outgoing> answer_referral(call&, liaison_answer& p) {
  auto item = item_named(p.item);
  if (!item)
    return item.why();
  if (item->kind != office_item_kind::referral)
    return invalid("item", "referrals are answered; filings and reports are acknowledged");
  return outgoing{item->office, offices::command{offices::answer{item->number, std::move(p.text)}}};
}

void add_exchange(method_table& table) {
  table.command<liaison_refer, decision_answer>("liaison.refer", access::staff,
                                                "Hands a case over to the department that it concerns.", refer);
  table.command<liaison_acknowledge, office_answer>("liaison.acknowledge", access::staff,
                                                    "By an officer of the office: the item has arrived.", acknowledge);
  table.command<liaison_answer, office_answer>("liaison.answer", access::staff,
                                               "By an officer of the office: answers a referral.", answer_referral);
}

} // namespace

void add_liaison_methods(method_table& table) {
  add_lists(table);
  add_exchange(table);
}

} // namespace charter::net
