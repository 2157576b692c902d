#pragma once
// One case with its desk: who is who, and what each command decided. Effects are looked at, not delivered.

#include "tests/domain_fixture.hpp"

namespace charter::test {

struct matter {
  cases::state state;
  policy_view policy = staffed();
  timestamp now = noon;
  decision<cases::event> last; ///< what the latest command that wasn't refused decided
  case_id self = cas("matter");

  static policy_view staffed() {
    auto view = with_role(shipped_policy(), usr("moderator"), role::moderator);
    view = with_role(view, usr("moderator 2"), role::moderator);
    view = with_role(view, usr("senior"), role::senior_moderator);
    view = with_role(view, usr("senior 2"), role::senior_moderator);
    view = with_role(view, usr("senior 3"), role::senior_moderator);
    return with_role(view, usr("liaison"), role::liaison_officer, "11");
  }

  result<answer> ask(const cases::command& c, caller by) {
    auto made = decide(state, c, context_of(self, by, &policy, now));
    if (!made)
      return made.why();
    last = *made;
    for (const auto& e : last.events)
      evolve(state, e);
    return last.answer;
  }
  result<answer> ask(const cases::command& c, std::string_view user) { return ask(c, caller::of(usr(user))); }
  /// An effect of that entity.
  result<answer> hear(const cases::command& c, entity_id from) { return ask(c, caller::entity(from)); }
  result<answer> tick() { return ask(cases::tick{}, caller::system()); }

  std::vector<leaf> leaves() const {
    std::vector<leaf> found;
    for (const auto& [to, append] : sent<audit::append>(last.effects)) {
      CHECK(to == audit_log_entity);
      found.push_back(append.leaf);
    }
    return found;
  }
  /// Of the latest decision, to that user.
  std::vector<notice> notices_to(std::string_view user) const {
    std::vector<notice> found;
    for (const auto& [to, notify] : sent<users::notify>(last.effects))
      if (to == entity_id{usr(user)})
        found.push_back(notify.notice);
    return found;
  }
};

/// `code` of a result that was a refusal; `internal` when it wasn't, which no test expects.
template <class T>
errc why(const result<T>& x) {
  return x ? errc::internal : x.why().code;
}

inline std::string detail_of(const leaf& x, std::string_view key) {
  for (const auto& line : x.detail)
    if (line.key == key)
      return line.value;
  return "(absent)";
}

inline cases::application organisation_application(news_right requested = news_right::none) {
  cases::application x;
  x.name = "City News";
  x.name_key = named<name_id>("city news");
  x.description = "What happens in the city.";
  x.category = "news";
  x.kind = "news_unit";
  x.region = "11";
  x.organisation = org("paper");
  x.requested = requested;
  x.statement = "To tell the city its news.";
  x.organisation_name = "City Paper Ltd.";
  return x;
}
inline cases::application personal_application() {
  auto x = organisation_application();
  x.kind = "individual";
  x.organisation.reset();
  x.organisation_name.clear();
  return x;
}
/// All of the checklist's keys for this kind of organisation.
inline std::vector<std::string> whole_checklist(const std::string& kind) {
  std::vector<std::string> keys;
  for (const auto* item : checklist_for(cn_2014(), *lane_for(cn_2014(), kind)))
    keys.push_back(item->key);
  return keys;
}

/// In the queue: filed by "applicant", the name granted.
inline matter applied(const cases::application& what) {
  matter m;
  REQUIRE(m.ask(cases::apply{what, acc("city news")}, "applicant"));
  REQUIRE(m.hear(cases::name_answer{what.name_key, true}, what.name_key));
  return m;
}
inline cases::decide_application approval(const cases::application& what) {
  cases::decide_application c;
  c.verdict = cases::verdict::approve;
  c.checklist = whole_checklist(what.kind);
  return c;
}

/// About post 7 of an account whose editors are "owner" and "editor".
inline cases::complain complaint(const std::string& reason = "fraud") {
  cases::complain c;
  c.target = {acc("shop"), 7, {}};
  c.reason = reason;
  c.statement = std::string{"They took my money."};
  c.notify = {usr("owner"), usr("editor")};
  c.region = "11";
  return c;
}
inline matter complained(const std::string& reason = "fraud") {
  matter m;
  REQUIRE(m.ask(complaint(reason), "complainant"));
  return m;
}

/// What the charter recommends for this severity with nothing on record.
inline cases::measure recommended(severity weight) {
  auto r = recommended_step(cn_2014(), weight, {}, noon);
  return {r.step, r.scope, r.length, r.posts_per_day, false};
}
inline cases::reasons because(const std::string& facts = "The post offers goods that don't exist.") {
  cases::reasons r;
  r.facts = facts;
  r.evidence = {"file 12/2026"};
  return r;
}
inline cases::decide_complaint upheld(const cases::measure& what = recommended(severity::serious)) {
  cases::decide_complaint c;
  c.verdict = cases::verdict::uphold;
  c.measure = what;
  c.reasons = because();
  return c;
}
inline cases::decide_complaint dismissed() {
  cases::decide_complaint c;
  c.verdict = cases::verdict::dismiss;
  c.reasons = because("The goods were delivered.");
  return c;
}
/// Of the rule that a complaint about fraud cites.
inline cases::impose imposition(const cases::measure& what = recommended(severity::serious)) {
  cases::impose c;
  c.target = {acc("shop"), {}, {}};
  c.measure = what;
  c.reasons = because();
  c.reasons.rule = broken_rule(cn_2014(), *find_reason(cn_2014(), "fraud"));
  c.notify = {usr("owner")};
  c.region = "11";
  c.weight = severity::serious;
  return c;
}
/// In force and journaled by its account; "senior" imposed it.
inline matter sanctioned() {
  matter m;
  REQUIRE(m.ask(imposition(), "senior"));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  return m;
}

} // namespace charter::test
