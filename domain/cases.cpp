#include "domain/cases.hpp"

#include <algorithm>

#include "domain/cases_parts.hpp"

namespace charter::cases {

namespace {

bool is_pending(const state& s, enforcement what) {
  return std::find(s.pending.begin(), s.pending.end(), what) != s.pending.end();
}

/// A decision is made: nobody holds the case any more, and who made it makes no other in it.
void conclude(state& s, const std::vector<user_id>& by, case_status next) {
  s.deciders.insert(by.begin(), by.end());
  s.assignee = {};
  s.proposed.reset();
  s.status = next;
}

void restart_clock(state& s, const due_times& due) {
  s.due = due;
  s.escalated = false;
  s.overdue = false;
}

void begin(state& s, case_kind kind, case_status status, timestamp at) {
  s.exists = true;
  s.kind = kind;
  s.status = status;
  s.opened_at = at;
}

// -- review ---------------------------------------------------------------------

void fold(state& s, const applied& e) {
  begin(s, case_kind::application, case_status::opening, e.at);
  restart_clock(s, e.due);
  s.applied = e;
}
void fold(state& s, const name_settled& e) { s.status = e.granted ? case_status::open : case_status::failed; }
void fold(state& s, const amended& e) {
  auto& what = s.applied->application;
  what.description = e.description;
  what.statement = e.statement;
  what.category = e.category;
  s.status = case_status::open;
  restart_clock(s, e.due);
}
void fold(state& s, const withdrawn&) {
  s.status = case_status::withdrawn;
  s.assignee = {};
  s.proposed.reset();
}
void fold(state& s, const application_decided& e) {
  s.application_outcome = e;
  if (e.verdict != verdict::ask_more) {
    conclude(s, e.by, case_status::decided);
    return;
  }
  // Asking for more decides nothing yet, so the same moderator may go on with it.
  s.status = case_status::waiting;
  restart_clock(s, e.due);
}
void fold(state& s, const account_is_open& e) {
  s.account_open = !e.refused;
  if (e.refused)
    s.account_refused = e.why;
}

// -- the desk -------------------------------------------------------------------

void fold(state& s, const claimed& e) { s.assignee = e.by; }
void fold(state& s, const released&) { s.assignee = {}; }
void fold(state& s, const noted& e) { s.notes.push_back({e.by, e.at, e.text}); }
void fold(state& s, const proposed& e) {
  if (e.imposition)
    begin(s, case_kind::sanction, case_status::second, e.at);
  conclude(s, {e.by}, case_status::second);
  s.proposed = e;
}
void fold(state& s, const disagreed& e) {
  // What was proposed without a complaint has nothing left to decide.
  conclude(s, {e.by}, s.kind == case_kind::sanction ? case_status::decided : case_status::open);
}
void fold(state& s, const escalated& e) {
  s.escalated = true;
  s.overdue = e.overdue;
}
void fold(state& s, const referred& e) { s.referrals.push_back(e); }
void fold(state& s, const office_told& e) {
  for (auto& item : s.office_items)
    if (item.office == e.office && item.kind == e.kind && item.number == e.number) {
      item = e;
      return;
    }
  s.office_items.push_back(e);
}

// -- complaints, sanctions, appeals ---------------------------------------------

void fold(state& s, const complained& e) {
  begin(s, case_kind::complaint, case_status::open, e.at);
  restart_clock(s, e.due);
  s.complained = e;
}
void fold(state& s, const complaint_decided& e) {
  s.complaint_outcome = e;
  conclude(s, e.by, case_status::decided);
}
void fold(state& s, const imposed& e) {
  if (!s.exists)
    begin(s, case_kind::sanction, case_status::enforcing, e.at);
  conclude(s, e.by, case_status::enforcing);
  s.sanction = sanction_state{e, false, false, {}, false};
  s.pending.push_back(enforcement::restriction);
}
void fold(state& s, const post_withheld& e) {
  bool already = post_is_withheld(s);
  if (already) {
    s.withholding->what = e;
    return;
  }
  s.withholding = withholding_state{e, false, {}, false, false};
  s.pending.push_back(enforcement::withholding);
}
void fold(state& s, const post_restored& e) {
  s.withholding->restored = e;
  s.pending.push_back(enforcement::restoring);
}
void fold(state& s, const lifted& e) {
  if (!s.sanction->lifted)
    s.pending.push_back(enforcement::lift);
  s.sanction->lifted = e;
}
void fold(state& s, const enforced& e) {
  if (auto at = std::find(s.pending.begin(), s.pending.end(), e.of); at != s.pending.end())
    s.pending.erase(at);
  switch (e.of) {
    case enforcement::restriction:
      s.sanction->enforced = !e.refused;
      s.sanction->enforcement_refused = e.refused;
      break;
    case enforcement::withholding:
      s.withholding->enforced = !e.refused;
      s.withholding->refused = e.refused;
      break;
    case enforcement::lift: s.sanction->lift_enforced = true; break;
    case enforcement::restoring: s.withholding->restore_enforced = true; break;
  }
  if (s.status == case_status::enforcing && !is_pending(s, enforcement::restriction) &&
      !is_pending(s, enforcement::withholding))
    s.status = case_status::decided;
}
void fold(state& s, const appealed& e) {
  s.appeal = appeal_state{e, {}};
  s.assignee = {};
  restart_clock(s, e.due);
}
void fold(state& s, const appeal_decided& e) {
  s.appeal->decided = e;
  s.deciders.insert(e.by);
  s.assignee = {};
}
void fold(state&, const effect_refused&) {}

// -- sagas ----------------------------------------------------------------------

std::optional<status> ended_by(bool pending, bool refused, const char* why) {
  if (pending)
    return {};
  return refused ? status{refuse(errc::not_found, why)} : status{done{}};
}

std::optional<status> name_outcome(const state& s) {
  if (!s.applied || s.status == case_status::opening)
    return {};
  return s.status == case_status::failed ? status{refuse(errc::conflict, "this name is taken; please choose another")}
                                         : status{done{}};
}

std::optional<status> account_outcome(const state& s) {
  if (s.account_refused)
    return status{refuse(errc::conflict, "the account could not be opened: " + *s.account_refused)};
  return s.account_open ? std::optional<status>{done{}} : std::nullopt;
}

} // namespace

std::vector<user_id> parties(const state& s) {
  std::set<user_id> all;
  auto add = [&](const std::vector<user_id>& who) { all.insert(who.begin(), who.end()); };
  if (s.applied)
    all.insert(s.applied->by);
  if (s.complained) {
    all.insert(s.complained->by);
    add(s.complained->notify);
  }
  if (s.proposed && s.proposed->imposition)
    add(s.proposed->imposition->notify);
  if (s.proposed && s.proposed->complaint_decision)
    add(s.proposed->complaint_decision->notify);
  if (s.sanction)
    add(s.sanction->what.notify);
  if (const auto* target = target_of(s); target && target->entity.kind == entity_kind::user)
    all.insert(target->entity.as<entity_kind::user>());
  all.erase(user_id{}); // somebody who complained without signing in
  return {all.begin(), all.end()};
}

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { fold(s, x); }, e);
}

std::optional<timestamp> due(const state& s) {
  std::optional<timestamp> next;
  auto consider = [&](timestamp at) { next = std::min(next.value_or(at), at); };
  if (awaits_decision(s) && s.due.deadline != timestamp{} && !s.overdue)
    consider(s.escalated ? s.due.deadline : s.due.escalate_at);
  if (s.status == case_status::waiting)
    consider(s.due.deadline);
  if (post_is_withheld(s) && s.withholding->what.interim)
    consider(s.withholding->what.until);
  if (s.sanction && !s.sanction->lifted && s.sanction->what.until)
    consider(*s.sanction->what.until);
  return next;
}

std::optional<status> outcome(const state& s, const id_bytes& key) {
  if (key == await_name)
    return name_outcome(s);
  if (key == await_account)
    return account_outcome(s);
  if (key == await_sanction)
    return s.sanction ? ended_by(is_pending(s, enforcement::restriction) || is_pending(s, enforcement::withholding),
                                 s.sanction->enforcement_refused, "whom this is about doesn't exist any more")
                      : std::nullopt;
  if (key == await_lift)
    return s.sanction && s.sanction->lifted
               ? ended_by(is_pending(s, enforcement::lift) || is_pending(s, enforcement::restoring), false, "")
               : std::nullopt;
  if (key == await_withheld)
    return s.withholding
               ? ended_by(is_pending(s, enforcement::withholding), s.withholding->refused, "there is no such post")
               : std::nullopt;
  if (key == await_restored)
    return s.withholding && s.withholding->restored ? ended_by(is_pending(s, enforcement::restoring), false, "")
                                                    : std::nullopt;
  return {};
}

} // namespace charter::cases
