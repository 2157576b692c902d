#include "domain/offices.hpp"

#include <algorithm>

#include "domain/effects.hpp"
#include "domain/limits.hpp"

namespace charter::offices {

namespace {

using outcome = result<decision<event>>;

constexpr std::size_t content_lines_max = 64; // a categorised record, or a report's figures

const rule_book* book_of(const context& in) { return in.policy ? in.policy->book_at(in.now) : nullptr; }

std::uint64_t last_of(const state& s, office_item_kind kind) {
  switch (kind) {
    case office_item_kind::filing: return s.filings;
    case office_item_kind::report: return s.reports;
    case office_item_kind::referral: return s.referrals;
  }
  return 0;
}

std::string item_text(const context& in, office_item_kind kind, std::uint64_t number) {
  auto owner = in.self.as<entity_kind::office>();
  switch (kind) {
    case office_item_kind::filing: return to_text(filing_id{owner, number});
    case office_item_kind::report: return to_text(report_id{owner, number});
    case office_item_kind::referral: return to_text(referral_id{owner, number});
  }
  return {};
}

// -- checks ---------------------------------------------------------------------

status check_sender(const receive& c, const context& in) {
  if (in.by.from == caller::origin::entity)
    return only_entities(in, entity_kind::case_file);
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (auto ok = may_act(in, act::send_report); !ok)
    return ok.why();
  if (c.item.kind != office_item_kind::report)
    return refuse(errc::forbidden, "filings and referrals come from their cases; only reports are sent by hand");
  return done{};
}

status check_item(const office_item& item) {
  if (item.about.kind != entity_kind::account && item.about.kind != entity_kind::organisation &&
      item.about.kind != entity_kind::case_file && !item.about.empty())
    return invalid("about", "an office hears of accounts, organisations and cases only");
  if (item.title.size() > limits::title_bytes_max || item.department.size() > limits::key_bytes_max)
    return refuse(errc::too_large, "the title is one line of at most 256 bytes");
  if (item.content.size() > content_lines_max)
    return refuse(errc::too_large, "a record has at most 64 lines");
  for (const auto& line : item.content)
    if (line.key.size() > limits::key_bytes_max || line.value.size() > limits::statement_bytes_max)
      return refuse(errc::too_large, "a line of a record has at most 5000 bytes");
  return done{};
}

status check_office(const state& s, const std::string& code, const context& in) {
  const auto* book = book_of(in);
  bool is_here = s.code.empty() ? in.digest && office_of(code, in.digest).raw == in.self.raw : s.code == code;
  if (!is_here || (book && !find_office(*book, code)))
    return refuse(errc::not_found, "the charter knows no such office");
  return done{};
}

/// An officer of a regulator sees and answers what lies in the own office's mailbox, and nothing else.
status check_officer(const state& s, act what, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_role(**book, what, roles_of(in.policy, in.by.user())); !ok)
    return ok.why();
  auto grants = in.policy->facts.roles.find(in.by.user());
  auto of_this_office = [&](const role_grant& g) { return g.role == role::regulator && g.office == s.code; };
  if (grants == in.policy->facts.roles.end() ||
      std::none_of(grants->second.begin(), grants->second.end(), of_this_office))
    return refuse(errc::forbidden, "this lies in the mailbox of another office", (*book)->regulators.rule);
  return done{};
}

/// The row that the command is about.
result<office_item> item_of(const context& in, office_item_kind kind, std::uint64_t number) {
  const auto& item = in.rows.item;
  if (!item || item->kind != kind || item->number != number)
    return refuse(errc::not_found, "there is no such item in this mailbox");
  return *item;
}

act act_of(office_item_kind kind) {
  switch (kind) {
    case office_item_kind::filing: return act::acknowledge_filing;
    case office_item_kind::report: return act::acknowledge_report;
    case office_item_kind::referral: return act::answer_referral;
  }
  return act::answer_referral;
}

// -- what goes out --------------------------------------------------------------

leaf_type sent_leaf(office_item_kind kind) {
  switch (kind) {
    case office_item_kind::filing: return leaf_type::filing_sent;
    case office_item_kind::report: return leaf_type::report_sent;
    case office_item_kind::referral: return leaf_type::case_referred;
  }
  return leaf_type::report_sent;
}

rule_ref rule_of(const office_item& item, const context& in) {
  const auto* book = book_of(in);
  if (!book)
    return {};
  if (item.kind == office_item_kind::filing)
    return book->filing.rule;
  if (const auto* department = find_department(*book, item.department); department && !item.department.empty())
    return department->rule;
  const auto* power = find_power(*book, act::send_report);
  return power ? power->rule : book->regulators.rule;
}

leaf leaf_of(leaf_type type, const std::string& code, const office_item& item, const context& in) {
  leaf out;
  out.type = type;
  out.at = in.now;
  out.subject = item_text(in, item.kind, item.number);
  if (item.about.kind != entity_kind::case_file && !item.about.empty())
    out.target = to_text(item.about);
  out.rule = rule_of(item, in);
  out.detail.push_back({"office", code});
  if (!item.case_.empty())
    out.detail.push_back({"case", to_text(item.case_)});
  if (!item.department.empty())
    out.detail.push_back({"department", item.department});
  if (item.evidence != digest32{})
    out.detail.push_back({"sha256", to_hex(item.evidence)});
  return out;
}

void tell_case(decision<event>& out, const std::string& code, const office_item& item, office_item_state state,
               std::string text) {
  if (!item.case_.empty())
    out.effects.push_back({item.case_, cases::office_news{code, item.kind, item.number, state, std::move(text)}});
}

/// By when the office is asked again: as the sender said, else as the charter says.
timestamp due_of(const office_item& item, const context& in) {
  const auto* book = book_of(in);
  if (item.due > in.now || !book)
    return item.due;
  if (item.kind == office_item_kind::referral)
    if (const auto* department = find_department(*book, item.department))
      return in.now + department->answer_within;
  return in.now + book->filing.acknowledge_within;
}

// -- commands -------------------------------------------------------------------

outcome on(const state& s, const receive& c, const context& in) {
  for (const auto& ok : {check_sender(c, in), check_office(s, c.code, in), check_item(c.item)})
    if (!ok)
      return ok.why();
  auto item = c.item;
  item.number = last_of(s, item.kind) + 1;
  item.state = office_item_state::sent;
  item.at = in.now;
  item.due = due_of(item, in);
  item.acknowledged_at.reset();
  item.receipt.clear();
  item.answer.clear();
  if (in.by.is_user())
    item.sent_by = in.by.user();
  if (in.by.is_kind(entity_kind::case_file))
    item.case_ = in.by.who.as<entity_kind::case_file>();
  else
    item.case_ = item.about.kind == entity_kind::case_file ? case_id{item.about.raw} : case_id{};

  decision<event> out;
  out.events.push_back(received{c.code, item});
  tell_case(out, c.code, item, office_item_state::sent, {});
  out.effects.push_back(log_entry(leaf_of(sent_leaf(item.kind), c.code, item, in)));
  out.answer = office_answer{item_text(in, item.kind, item.number)};
  return out;
}

outcome on(const state& s, const acknowledge& c, const context& in) {
  if (auto ok = check_officer(s, act_of(c.kind), in); !ok)
    return ok.why();
  if (c.receipt.size() > limits::title_bytes_max)
    return refuse(errc::too_large, "a file number has at most 256 bytes");
  auto item = item_of(in, c.kind, c.number);
  if (!item)
    return item.why();
  if (item->state != office_item_state::sent)
    return refuse(errc::conflict, "this was acknowledged before");

  decision<event> out;
  out.events.push_back(acknowledged{c.kind, c.number, in.by.user(), c.receipt, in.now});
  tell_case(out, s.code, *item, office_item_state::acknowledged, c.receipt);
  // A referral is logged when it is sent and when it is answered; that it arrived says nothing more.
  if (c.kind != office_item_kind::referral) {
    auto type = c.kind == office_item_kind::filing ? leaf_type::filing_acknowledged : leaf_type::report_acknowledged;
    out.effects.push_back(log_entry(leaf_of(type, s.code, *item, in)));
  }
  out.answer = office_answer{item_text(in, c.kind, c.number)};
  return out;
}

outcome on(const state& s, const answer& c, const context& in) {
  if (auto ok = check_officer(s, act::answer_referral, in); !ok)
    return ok.why();
  if (c.text.empty())
    return invalid("text", "an answer says something");
  if (c.text.size() > limits::statement_bytes_max)
    return refuse(errc::too_large, "an answer has at most 5000 bytes");
  auto item = item_of(in, office_item_kind::referral, c.number);
  if (!item)
    return item.why();
  if (item->state == office_item_state::answered)
    return refuse(errc::conflict, "this referral was answered before");

  decision<event> out;
  out.events.push_back(answered{c.number, in.by.user(), c.text, in.now});
  tell_case(out, s.code, *item, office_item_state::answered, c.text);
  out.effects.push_back(log_entry(leaf_of(leaf_type::referral_answered, s.code, *item, in)));
  out.answer = office_answer{item_text(in, office_item_kind::referral, c.number)};
  return out;
}

// -- events ---------------------------------------------------------------------

void apply(state& s, const received& e) {
  s.code = e.code;
  switch (e.item.kind) {
    case office_item_kind::filing: s.filings = e.item.number, ++s.filings_open; break;
    case office_item_kind::report: s.reports = e.item.number, ++s.reports_open; break;
    case office_item_kind::referral: s.referrals = e.item.number, ++s.referrals_open; break;
  }
}
void apply(state& s, const acknowledged& e) {
  switch (e.kind) {
    case office_item_kind::filing: --s.filings_open; break;
    case office_item_kind::report: --s.reports_open; break;
    case office_item_kind::referral: break; // open until it is answered
  }
}
void apply(state& s, const answered&) { --s.referrals_open; }
void apply(state&, const effect_refused&) {}

needed_row row_of(office_item_kind kind, std::uint64_t number) {
  switch (kind) {
    case office_item_kind::filing: return {needed_row::table::filing, number};
    case office_item_kind::report: return {needed_row::table::report, number};
    case office_item_kind::referral: return {needed_row::table::referral, number};
  }
  return {};
}

} // namespace

office_id office_of(std::string_view code, digest_fn digest) {
  auto whole = digest(view_of("office:" + std::string{code}));
  office_id out;
  std::copy_n(whole.begin(), out.raw.size(), out.raw.begin());
  return out;
}

needed_row needs(const command& c) {
  if (const auto* x = std::get_if<acknowledge>(&c))
    return row_of(x->kind, x->number);
  if (const auto* x = std::get_if<answer>(&c))
    return row_of(office_item_kind::referral, x->number);
  return {};
}

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

} // namespace charter::offices
