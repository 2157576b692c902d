// What the desk does with a case besides deciding it: taking and releasing it, notes, the other pair of eyes,
// referrals, what offices answer, and time.

#include <algorithm>

#include "domain/cases_parts.hpp"
#include "domain/limits.hpp"

namespace charter::cases {

namespace {

constexpr std::size_t referrals_max = 32;     // departments that one matter can concern, and then some
constexpr std::size_t office_items_max = 256; // filings, reports and referrals of one case

/// Powers that the proposal needs of the other pair of eyes.
std::vector<act> acts_proposed(const state& s) {
  const auto& p = *s.proposed;
  if (p.application_decision)
    return acts_of(s.applied->application, *p.application_decision);
  if (p.complaint_decision)
    return {act_of(p.complaint_decision->measure ? p.complaint_decision->measure->step : sanction_step::warn)};
  return {act_of(p.imposition->measure.step)};
}

/// Of those that take two persons, for the second of them.
status may_second(const state& s, const context& in) {
  auto book = rules_of(in);
  if (!book)
    return book.why();
  for (auto what : acts_proposed(s))
    if (persons_needed(**book, what) >= 2)
      if (auto ok = may_act(in, what, false); !ok)
        return ok.why();
  return done{};
}

/// Whoever may take the next decision.
status check_reader(const state& s, bool same_person, const context& in) {
  if (s.exists && s.status == case_status::second && s.proposed && in.by.is_user() && may_second(s, in))
    return same_person ? status{refuse(errc::forbidden, "nobody decides in a matter of their own")} : status{done{}};
  return check_desk(s, next_act(s), same_person, in);
}

} // namespace

// -- taking, releasing, notes ---------------------------------------------------

made on(const state& s, const claim& c, const context& in) {
  if (auto ok = check_reader(s, c.same_person, in); !ok)
    return ok.why();
  if (!awaits_decision(s))
    return refuse(errc::conflict, "this case waits for nobody");
  if (auto ok = check_free(s, in); !ok)
    return ok.why();
  if (auto ok = check_fresh(s, next_act(s), in); !ok)
    return ok.why();
  decision<event> out;
  if (s.assignee != in.by.user())
    out.events.push_back(claimed{in.by.user(), in.now});
  out.answer = decision_answer{text_of(s, in), false, {}};
  return out;
}

made on(const state& s, const release&, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists || s.assignee != in.by.user())
    return refuse(errc::conflict, "you haven't taken this case");
  decision<event> out;
  out.events.push_back(released{});
  return out;
}

made on(const state& s, const note& c, const context& in) {
  if (auto ok = check_reader(s, false, in); !ok)
    return ok.why();
  if (auto ok = check_text("text", c.text.value_or_empty(), limits::statement_bytes_max, true); !ok)
    return ok.why();
  if (s.notes.size() >= limits::case_notes_max)
    return refuse(errc::too_large, "a case has at most 200 notes");
  decision<event> out;
  out.events.push_back(noted{in.by.user(), in.now, c.text});
  return out;
}

// -- the other pair of eyes -----------------------------------------------------

made on(const state& s, const second& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such case");
  if (s.status != case_status::second || !s.proposed)
    return refuse(errc::conflict, "no decision waits for a second person here");
  if (auto ok = may_second(s, in); !ok)
    return ok.why();
  auto involved = parties(s);
  if (c.same_person || std::find(involved.begin(), involved.end(), in.by.user()) != involved.end())
    return refuse(errc::forbidden, "four eyes are two persons, and neither of them a party");
  if (auto ok = check_fresh(s, acts_proposed(s).back(), in); !ok)
    return ok.why();
  if (auto ok = check_free(s, in); !ok)
    return ok.why();
  if (auto ok = check_text("reason", c.reason, limits::statement_bytes_max, !c.agree); !ok)
    return ok.why();
  const auto& p = *s.proposed;
  if (!c.agree) {
    decision<event> out;
    out.events.push_back(disagreed{in.by.user(), c.reason, in.now});
    out.answer = decision_answer{text_of(s, in), false, {}};
    return out;
  }
  std::vector<user_id> both{p.by, in.by.user()};
  if (p.application_decision)
    return settle(s, *p.application_decision, std::move(both), in);
  if (p.complaint_decision)
    return settle(s, *p.complaint_decision, std::move(both), in);
  return settle(s, *p.imposition, std::move(both), in);
}

// -- offices and departments ----------------------------------------------------

made on(const state& s, const refer& c, const context& in) {
  if (auto ok = check_desk(s, act::refer_case, false, in); !ok)
    return ok.why();
  auto book = rules_of(in);
  if (!book)
    return book.why();
  const auto* department = find_department(**book, c.department);
  if (!department)
    return invalid("department", "the charter names no such department");
  if (!find_office(**book, c.office))
    return invalid("office", "the charter names no such office");
  if (auto ok = check_text("summary", c.summary, limits::statement_bytes_max, true); !ok)
    return ok.why();
  if (s.referrals.size() >= referrals_max)
    return refuse(errc::too_large, "a case is referred 32 times at most");

  decision<event> out;
  out.events.push_back(referred{c.department, c.office, c.summary, c.bundle, in.by.user(), in.now});
  office_item item;
  item.kind = office_item_kind::referral;
  item.due = in.now + department->answer_within;
  item.about = in.self;
  item.title = department->name.zh_cn;
  item.department = c.department;
  item.content = {{"summary", c.summary}};
  item.evidence = c.bundle;
  item.sent_by = in.by.user();
  out.effects.push_back({offices::office_of(c.office, in.digest), offices::receive{c.office, std::move(item)}});
  out.answer = decision_answer{text_of(s, in), false, {}};
  return out;
}

made on(const state& s, const office_news& c, const context& in) {
  if (!in.digest || !in.by.is(offices::office_of(c.office, in.digest)))
    return refuse(errc::forbidden, "only an office says what it received");
  if (!s.exists)
    return refuse(errc::not_found, "there is no such case");
  auto same = [&](const office_told& x) { return x.office == c.office && x.kind == c.kind && x.number == c.number; };
  bool known = std::any_of(s.office_items.begin(), s.office_items.end(), same);
  if (!known && s.office_items.size() >= office_items_max)
    return refuse(errc::too_large, "this case has too many filings and reports");
  decision<event> out;
  out.events.push_back(office_told{c.office, c.kind, c.number, c.state, c.text, in.now});
  return out;
}

// -- time -----------------------------------------------------------------------

namespace {

void escalate(decision<event>& out, const state& s, const context& in) {
  bool overdue = in.now >= s.due.deadline;
  if (!awaits_decision(s) || s.due.deadline == timestamp{} || in.now < s.due.escalate_at ||
      (s.escalated && (s.overdue || !overdue)))
    return;
  out.events.push_back(escalated{in.now, overdue});
  if (!s.assignee.empty())
    out.effects.push_back(tell(s.assignee, about_case(in, notice_kind::deadline,
                                                      (overdue ? "A case that you have taken is overdue since "
                                                               : "A case that you have taken must be decided until ") +
                                                          to_text(s.due.deadline) + ".")));
}

void give_up_waiting(decision<event>& out, const state& s, const context& in) {
  if (s.status != case_status::waiting || in.now < s.due.deadline)
    return;
  out.events.push_back(withdrawn{in.now, {}});
  out.effects.push_back({s.applied->application.name_key, names::release{s.applied->account}});
  out.effects.push_back(
      tell(s.applied->by, about_case(in, notice_kind::decision,
                                     "The time to answer is over, so your application was closed. You can apply again.",
                                     s.application_outcome->rule)));
}

} // namespace

made on(const state& s, const tick&, const context& in) {
  if (auto ok = only_system(in); !ok)
    return ok.why();
  decision<event> out;
  if (!s.exists)
    return out;
  escalate(out, s, in);
  give_up_waiting(out, s, in);
  if (post_is_withheld(s) && s.withholding->what.interim && in.now >= s.withholding->what.until)
    append(out, end_withholding(s, {}, "the time before a decision is over", in));
  // A post that a sanction withholds stays so: it was unlawful, and the days of a suspension don't change that.
  if (s.sanction && !s.sanction->lifted && s.sanction->what.until && in.now >= *s.sanction->what.until)
    append(out, end_sanction(s, {{}, {}, true, false, in.now}, false, in));
  return out;
}

} // namespace charter::cases
