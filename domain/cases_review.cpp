// Review (article 7.1): an application for a public account, from the claim of its name to the opened account.

#include <algorithm>

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

bool has_category(const rule_book& book, std::string_view key) {
  return std::any_of(book.categories.begin(), book.categories.end(), [&](const auto& c) { return c.key == key; });
}
bool has_region(const rule_book& book, std::string_view key) {
  return std::any_of(book.regions.begin(), book.regions.end(), [&](const auto& r) { return r.key == key; });
}

/// What an organisation of this kind can come to have at best, with every credential and approval there is.
news_right best_right(const rule_book& book, const std::string& kind) {
  if (!book.news.restricted)
    return news_right::original;
  auto best = news_right::none;
  for (const auto& row : book.news.matrix)
    if (row.organisation == kind)
      best = std::max(best, row.right);
  for (const auto& rule : book.news.approvals)
    if (std::find(rule.organisations.begin(), rule.organisations.end(), kind) != rule.organisations.end())
      best = std::max(best, rule.grants);
  return best;
}

status check_words(const std::string& description, const std::string& statement) {
  if (auto ok = check_text("description", description, limits::profile_bytes_max, false); !ok)
    return ok.why();
  return check_text("statement", statement, limits::statement_bytes_max, false);
}

status check_application(const rule_book& book, const application& x) {
  if (auto ok = check_text("name", x.name, limits::pseudonym_bytes_max, true); !ok)
    return ok.why();
  if (auto ok = check_words(x.description, x.statement); !ok)
    return ok.why();
  if (auto ok = check_text("organisation_name", x.organisation_name, limits::title_bytes_max, false); !ok)
    return ok.why();
  if (!has_category(book, x.category))
    return invalid("category", "the charter knows no such category of accounts");
  if (!has_region(book, x.region))
    return invalid("region", "the charter knows no such region");
  const auto* kind = find_organisation(book, x.kind);
  if (!kind)
    return invalid("kind", "the charter knows no such kind of account holder");
  if (kind->personal && x.organisation)
    return invalid("organisation", "a personal account has no organisation behind it");
  if (!kind->personal && (!x.organisation || x.organisation->empty()))
    return invalid("organisation", "an account of this kind belongs to an organisation, which is registered first");
  if (x.requested > best_right(book, x.kind))
    return refuse(errc::not_entitled, "holders of this kind can't be entitled to that kind of news", book.news.rule);
  return done{};
}

effect release_name(const state& s) { return {s.applied->application.name_key, names::release{s.applied->account}}; }

status check_applicant(const state& s, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists || !s.applied)
    return refuse(errc::not_found, "there is no such application");
  if (s.applied->by != in.by.user())
    return refuse(errc::forbidden, "this is somebody else's application");
  return done{};
}

leaf leaf_of(const state& s, leaf_type type, rule_ref rule, const context& in) {
  const auto& what = s.applied->application;
  auto out = leaf_about(in, type, case_aspect::application, {s.applied->account, {}, {}}, std::move(rule));
  out.detail = {{"kind", what.kind},
                {"category", what.category},
                {"region", what.region},
                {"news_right", std::string{to_name(what.requested)}},
                {"applied_at", to_text(s.opened_at)},
                {"deadline", to_text(s.due.deadline)}};
  return out;
}

} // namespace

// -- the applicant --------------------------------------------------------------

made on(const state& s, const apply& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (s.exists)
    return refuse(errc::conflict, "this application was filed before");
  if (auto ok = pass_gate(in, act::apply_account); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (c.account.empty() || c.application.name_key.empty())
    return invalid("name", "an account has a name");
  if (auto ok = check_application(**book, c.application); !ok)
    return ok.why();
  auto due = review_deadline(**book, c.application.kind, in.now);
  if (!due)
    return due.why();

  decision<event> out;
  out.events.push_back(
      applied{c.application, c.account, in.by.user(), in.now, *due, lane_for(**book, c.application.kind)->key});
  out.effects.push_back({c.application.name_key, names::claim{c.account}});
  out.answer = application_answer{text_of(in, case_aspect::application), c.account, due->deadline};
  out.awaiting = await_name;
  return out;
}

made on(const state& s, const name_answer& c, const context& in) {
  if (!s.applied || !in.by.is(s.applied->application.name_key) || s.status != case_status::opening)
    return refuse(errc::forbidden, "no name is being claimed here");
  decision<event> out;
  out.events.push_back(name_settled{c.granted});
  return out;
}

made on(const state& s, const amend& c, const context& in) {
  if (auto ok = check_applicant(s, in); !ok)
    return ok.why();
  if (s.status != case_status::waiting)
    return refuse(errc::conflict, "nothing more was asked for");
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_words(c.description, c.statement); !ok)
    return ok.why();
  if (!has_category(**book, c.category))
    return invalid("category", "the charter knows no such category of accounts");
  auto due = review_deadline(**book, s.applied->application.kind, in.now);
  if (!due)
    return due.why();
  decision<event> out;
  out.events.push_back(amended{c.description, c.statement, c.category, in.now, *due});
  out.answer = application_answer{text_of(in, case_aspect::application), s.applied->account, due->deadline};
  return out;
}

made on(const state& s, const withdraw&, const context& in) {
  if (auto ok = check_applicant(s, in); !ok)
    return ok.why();
  if (s.status != case_status::open && s.status != case_status::waiting && s.status != case_status::second)
    return refuse(errc::conflict, "this application is not open any more");
  decision<event> out;
  out.events.push_back(withdrawn{in.now, in.by.user()});
  out.effects.push_back(release_name(s));
  return out;
}

// -- the desk -------------------------------------------------------------------

std::vector<act> acts_of(const application& what, const decide_application& c) {
  std::vector<act> acts{act::decide_application};
  if (c.verdict != verdict::approve)
    return acts;
  if (what.requested != news_right::none)
    acts.push_back(act::grant_news_right);
  if (c.approval)
    acts.push_back(act::grant_special_approval);
  return acts;
}

std::uint32_t persons_for(const rule_book& book, const std::vector<act>& acts) {
  std::uint32_t persons = 1;
  for (auto what : acts)
    persons = std::max(persons, persons_needed(book, what));
  return persons;
}

namespace {

status check_approval(const rule_book& book, const application& what, const special_approval& approval, timestamp now) {
  const auto& rules = book.news.approvals;
  auto rule = std::find_if(rules.begin(), rules.end(), [&](const auto& r) { return r.key == approval.key; });
  if (rule == rules.end())
    return invalid("approval", "the charter knows no such approval");
  if (std::find(rule->organisations.begin(), rule->organisations.end(), what.kind) == rule->organisations.end())
    return refuse(errc::not_entitled, "this approval isn't for holders of this kind", rule->rule);
  if (approval.valid_until <= now || approval.valid_until <= approval.valid_from ||
      approval.valid_until - approval.valid_from > rule->valid_max)
    return invalid("approval", "the approval ends in the past, or lasts longer than the charter allows");
  return done{};
}

status check_confirms(const rule_book& book, const application& what, const std::vector<credential>& confirms) {
  if (confirms.size() > limits::credentials_max)
    return refuse(errc::too_large, "an organisation holds at most 32 credentials");
  if (!what.organisation && !confirms.empty())
    return invalid("confirms", "credentials belong to an organisation, and this account has none");
  const auto& kinds = book.organisation_credentials;
  for (const auto& seen : confirms)
    if (std::none_of(kinds.begin(), kinds.end(), [&](const auto& kind) { return kind.key == seen.kind; }))
      return invalid("confirms", "the charter knows no credential \"" + seen.kind + "\"");
  return done{};
}

status check_checklist(const rule_book& book, const application& what, const std::vector<std::string>& found) {
  const auto* in_lane = lane_for(book, what.kind);
  if (!in_lane)
    return invalid("checklist", "the charter has no lane for this kind of account any more");
  for (const auto* item : checklist_for(book, *in_lane))
    if (std::find(found.begin(), found.end(), item->key) == found.end())
      return invalid("checklist", "approving needs the whole checklist; \"" + item->key + "\" is missing");
  return done{};
}

status check_verdict(const rule_book& book, const application& what, const decide_application& c, const context& in) {
  if (auto ok = check_text("reason", c.reason, limits::statement_bytes_max, c.verdict != verdict::approve); !ok)
    return ok.why();
  if (!c.rule.empty() && !in_force(book, c.rule, in.now))
    return invalid("rule", "the charter has no such rule in force");
  if (c.verdict == verdict::ask_more || c.verdict == verdict::reject)
    return done{};
  if (c.verdict != verdict::approve)
    return invalid("verdict", "an application is approved, rejected, or sent back for more");
  if (auto ok = pass_gate(in, act::open_account); !ok)
    return ok.why();
  if (auto ok = check_checklist(book, what, c.checklist); !ok)
    return ok.why();
  if (auto ok = check_confirms(book, what, c.confirms); !ok)
    return ok.why();
  return c.approval ? check_approval(book, what, *c.approval, in.now) : status{done{}};
}

// -- what an approval brings about ----------------------------------------------

/// A field of the categorised record; empty for one that only a later charter knows.
std::string field_of_record(const std::string& key, const state& s, const decide_application& c, timestamp now) {
  const auto& what = s.applied->application;
  if (key == "account_name")
    return what.name;
  if (key == "account_id")
    return to_text(s.applied->account);
  if (key == "category")
    return what.category;
  if (key == "purpose")
    return what.statement.empty() ? what.description : what.statement;
  if (key == "organisation_kind")
    return what.kind;
  if (key == "organisation_name")
    return what.organisation_name.empty() && what.organisation ? to_text(*what.organisation) : what.organisation_name;
  if (key == "region")
    return what.region;
  if (key == "news_right")
    return std::string{to_name(what.requested)};
  if (key == "identity_verified") // nobody has a user, and so an application, without (article 6.1)
    return "yes";
  if (key == "opened_at")
    return to_text(now);
  std::string numbers;
  if (key == "credential_number")
    for (const auto& seen : c.confirms)
      numbers += (numbers.empty() ? "" : ", ") + seen.number;
  return numbers;
}

office_item filing_of(const rule_book& book, const state& s, const decide_application& c, const context& in) {
  office_item item;
  item.kind = office_item_kind::filing;
  item.about = s.applied->account;
  item.title = s.applied->application.name;
  std::string whole;
  for (const auto& field : book.filing.fields_of_record) {
    auto value = field_of_record(field.key, s, c, in.now);
    if (value.empty() && !field.required)
      continue;
    whole += field.key + '=' + value + '\n';
    item.content.push_back({field.key, std::move(value)});
  }
  item.evidence = in.digest(view_of(whole));
  item.due = in.now + book.filing.acknowledge_within;
  return item;
}

void open_account(decision<event>& out, const state& s, const decide_application& c) {
  const auto& what = s.applied->application;
  if (what.organisation && (c.approval || !c.confirms.empty()))
    out.effects.push_back({*what.organisation, organisations::confirm{c.confirms, c.approval}});
  out.effects.push_back(
      {s.applied->account, accounts::open{what.name, what.name_key, what.description, what.category, what.kind,
                                          what.region, s.applied->by, what.organisation, what.requested}});
  // An organisation's approval stands with the organisation; a person's with the account.
  if (!what.organisation && c.approval)
    out.effects.push_back({s.applied->account, accounts::grant_right{what.requested, c.approval}});
}

decision<event> approve(const rule_book& book, const state& s, const decide_application& c, rule_ref rule,
                        const context& in) {
  decision<event> out;
  open_account(out, s, c);
  send_to_offices(out, book, s.applied->application.region, true, filing_of(book, s, c, in), in);
  out.effects.push_back(log_entry(leaf_of(s, leaf_type::account_opened, rule, in)));
  out.effects.push_back(tell(s.applied->by, about_case(in, notice_kind::decision,
                                                       "Your application was approved: the account \"" +
                                                           s.applied->application.name + "\" is being opened.",
                                                       rule)));
  out.awaiting = await_account;
  return out;
}

decision<event> reject(const state& s, const decide_application& c, rule_ref rule, const context& in) {
  decision<event> out;
  out.effects.push_back(release_name(s));
  out.effects.push_back(log_entry(leaf_of(s, leaf_type::application_rejected, rule, in)));
  out.effects.push_back(tell(
      s.applied->by, about_case(in, notice_kind::decision, "Your application was rejected. Why: " + c.reason, rule)));
  return out;
}

decision<event> ask_more(const state& s, const decide_application& c, rule_ref rule, timestamp until,
                         const context& in) {
  decision<event> out;
  auto what = about_case(in, notice_kind::deadline,
                         "Your application needs more before it can be decided: " + c.reason + " Please answer until " +
                             to_text(until) + ".",
                         rule);
  what.expects = "account.amend";
  out.effects.push_back(tell(s.applied->by, std::move(what)));
  return out;
}

} // namespace

made settle(const state& s, const decide_application& c, std::vector<user_id> by, const context& in) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (auto ok = check_verdict(**book, s.applied->application, c, in); !ok)
    return ok.why();
  auto rule = c.rule.empty() ? (*book)->review.rule : c.rule;
  auto until = in.now + (*book)->review.amend_within;
  auto out = c.verdict == verdict::approve  ? approve(**book, s, c, rule, in)
             : c.verdict == verdict::reject ? reject(s, c, rule, in)
                                            : ask_more(s, c, rule, until, in);
  due_times answer_due = c.verdict == verdict::ask_more ? due_times{until, until} : due_times{};
  out.events.push_back(application_decided{c.verdict, std::move(by), c.reason, rule, in.now, answer_due});
  out.answer = decision_answer{text_of(in, case_aspect::application), false, {}};
  return out;
}

made on(const state& s, const decide_application& c, const context& in) {
  if (auto ok = check_desk(s, act::decide_application, c.same_person, in); !ok)
    return ok.why();
  if (s.kind != case_kind::application || s.status != case_status::open)
    return refuse(errc::conflict, "this is no application that waits for a decision");
  if (auto ok = check_free(s, in); !ok)
    return ok.why();
  if (auto ok = check_fresh(s, act::decide_application, in); !ok)
    return ok.why();
  auto acts = acts_of(s.applied->application, c);
  for (auto what : acts)
    if (auto ok = may_act(in, what); !ok)
      return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  if (persons_for(**book, acts) < 2)
    return settle(s, c, {in.by.user()}, in);

  if (auto ok = check_verdict(**book, s.applied->application, c, in); !ok)
    return ok.why();
  decision<event> out;
  out.events.push_back(proposed{in.by.user(), in.now, c, {}, {}});
  out.answer = decision_answer{text_of(in, case_aspect::application), true, {}};
  return out;
}

made on(const state& s, const account_opened& c, const context& in) {
  bool approved = s.application_outcome && s.application_outcome->verdict == verdict::approve;
  if (!approved || !in.by.is(s.applied->account) || s.account_open || s.account_refused)
    return refuse(errc::forbidden, "no account is being opened here");
  decision<event> out;
  out.events.push_back(account_is_open{in.now, c.refused, c.why});
  if (!c.refused)
    return out;
  out.effects.push_back(release_name(s));
  out.effects.push_back(
      tell(s.applied->by, about_case(in, notice_kind::decision, "The account could not be opened: " + c.why)));
  return out;
}

} // namespace charter::cases
