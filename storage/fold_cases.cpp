// Cases: queues, records and lists. `status` follows cases::evolve; tests/fold_test.cpp holds the two together.
//
// Each event changes the row alone; where the case stands in queues and lists follows from the row before and after.
// Statements, contacts and notes are personal or the desk's own: they stay with the case and are not in rows.

#include "storage/fold_events.hpp"

namespace charter::storage {

namespace {

using cases::case_kind;
using cases::case_status;
using cases::verdict;

case_id self_of(const occasion& here) { return here.self.as<entity_kind::case_file>(); }

// -- what an event does to the row ------------------------------------------------------

void restart_clock(case_row& row, const due_times& due) {
  row.due = due;
  row.escalated = false;
}

void conclude(case_row& row, case_status next) {
  row.assignee = {};
  row.status = next;
}

void begin(case_row& row, case_kind kind, case_status status, timestamp at) {
  row.kind = kind;
  row.status = status;
  row.opened_at = at;
}

void decide(case_row& row, verdict v, std::string reason, const rule_ref& rule, timestamp at) {
  row.verdict = v;
  row.reason = std::move(reason);
  row.rule = rule;
  row.decided_at = at;
}

void apply(case_row& row, const cases::applied& e) {
  begin(row, case_kind::application, case_status::opening, e.at);
  restart_clock(row, e.due);
  row.lane = e.lane;
  row.region = e.application.region;
  row.by = e.by;
  row.title = e.application.name;
  row.requested = e.application.requested;
  row.account = e.account;
}

void apply(case_row& row, const cases::name_settled& e) {
  row.status = e.granted ? case_status::open : case_status::failed;
}

void apply(case_row& row, const cases::amended& e) {
  row.status = case_status::open;
  restart_clock(row, e.due);
}

void apply(case_row& row, const cases::withdrawn&) { conclude(row, case_status::withdrawn); }

void apply(case_row& row, const cases::complained& e) {
  begin(row, case_kind::complaint, case_status::open, e.at);
  restart_clock(row, e.due);
  row.target = e.target;
  row.title = e.reason;
  row.notify = e.notify;
  row.region = e.region;
  row.by = e.by;
  row.weight = e.weight;
}

void apply(case_row& row, const cases::claimed& e) { row.assignee = e.by; }
void apply(case_row& row, const cases::released&) { row.assignee = {}; }

void apply(case_row& row, const cases::proposed& e) {
  if (const auto& imposition = e.imposition) {
    begin(row, case_kind::sanction, case_status::second, e.at);
    row.target = imposition->target;
    row.notify = imposition->notify;
    row.region = imposition->region;
  }
  conclude(row, case_status::second);
}

void apply(case_row& row, const cases::disagreed&) {
  conclude(row, row.kind == case_kind::sanction ? case_status::decided : case_status::open);
}

void apply(case_row& row, const cases::application_decided& e) {
  decide(row, e.verdict, e.reason, e.rule, e.at);
  if (e.verdict != verdict::ask_more)
    return conclude(row, case_status::decided);
  row.status = case_status::waiting;
  restart_clock(row, e.due);
}

void apply(case_row& row, const cases::complaint_decided& e) {
  decide(row, e.verdict, e.reasons.facts, e.reasons.rule, e.at);
  conclude(row, case_status::decided);
}

void apply(case_row& row, const cases::imposed& e) {
  if (row.opened_at == timestamp{})
    begin(row, case_kind::sanction, case_status::enforcing, e.at);
  conclude(row, case_status::enforcing);
  row.target = e.target;
  row.notify = e.notify;
  row.region = e.region;
  case_sanction sanction;
  sanction.measure = e.measure;
  sanction.reasons = e.reasons;
  sanction.by = e.by;
  sanction.at = e.at;
  sanction.until = e.until;
  sanction.appeal_until = e.appeal_until;
  sanction.weight = e.weight;
  sanction.recommended = e.recommended;
  row.sanction = std::move(sanction);
  row.restriction_pending = true;
}

/// Withholding a post, too, is waited for before the case goes from `enforcing` to `decided`.
void apply(case_row& row, const cases::post_withheld&) {
  if (!row.withheld)
    row.withholding_pending = true;
  row.withheld = true;
}

void apply(case_row& row, const cases::post_restored&) { row.withheld = false; }

void apply(case_row& row, const cases::enforced& e) {
  if (e.of == cases::enforcement::restriction) {
    row.restriction_pending = false;
    row.sanction->enforced = !e.refused;
    row.sanction->refused = e.refused;
  } else if (e.of == cases::enforcement::withholding) {
    row.withholding_pending = false;
  }
  if (row.status == case_status::enforcing && !row.restriction_pending && !row.withholding_pending)
    row.status = case_status::decided;
}

void apply(case_row& row, const cases::lifted& e) {
  auto& sanction = *row.sanction;
  sanction.lifted_at = e.at;
  sanction.over = e.over;
  sanction.overturned = e.overturned;
  sanction.lift_reason = e.reason;
}

void apply(case_row& row, const cases::appealed& e) {
  appeal_view appeal;
  appeal.statement = e.statement;
  appeal.at = e.at;
  appeal.deadline = e.due.deadline;
  row.appeal = std::move(appeal);
  row.assignee = {};
  restart_clock(row, e.due);
}

void apply(case_row& row, const cases::appeal_decided& e) {
  row.appeal->verdict = e.verdict;
  row.appeal->reason = e.reason;
  row.appeal->decided_at = e.at;
  row.assignee = {};
}

void apply(case_row& row, const cases::account_is_open& e) { row.account_open = !e.refused; }
void apply(case_row& row, const cases::escalated&) { row.escalated = true; }

void apply(case_row&, const cases::noted&) {}
void apply(case_row&, const cases::referred&) {} // the office's own rows say so
void apply(case_row&, const cases::office_told&) {}
void apply(case_row&, const cases::effect_refused&) {}

// -- where the row stands -----------------------------------------------------------------

std::optional<desk_queue> queue_of(const case_row& row) {
  if (row.appeal && !row.appeal->verdict)
    return desk_queue::appeal;
  if (row.status == case_status::second)
    return desk_queue::second;
  if (row.status != case_status::open)
    return {};
  return row.kind == case_kind::application ? desk_queue::application : desk_queue::complaint;
}

/// A proposal without a complaint has no deadline of its own: it is due at once.
std::string queue_key(const case_row& row, const case_id& self) {
  auto deadline = row.due.deadline == timestamp{} ? row.opened_at : row.due.deadline;
  return tables::in_queue(*row.queue, row.escalated, deadline, self);
}

void move_in_queue(const occasion& here, const case_row& before, case_row& now) {
  now.queue = queue_of(now);
  if (before.queue)
    here.erase(queue_key(before, self_of(here)));
  if (now.queue)
    here.mark(queue_key(now, self_of(here)));
}

void list_party(const occasion& here, const case_row& row, const user_id& who, party_role role) {
  if (who.empty())
    return;
  auto key = tables::case_of(who, row.opened_at, self_of(here));
  auto party = here.get_or_new<party_row>(key);
  if (party.roles.insert(role).second)
    here.put(key, party);
}

void list(const occasion& here, const case_row& before, const case_row& now) {
  auto self = self_of(here);
  if (now.target && now.target != before.target)
    here.mark(tables::case_about(now.target->entity, now.opened_at, self));
  if (now.account && now.account != before.account)
    here.mark(tables::case_about(*now.account, now.opened_at, self));
  if (now.sanction && !before.sanction)
    here.mark(tables::sanction(now.sanction->at, self));
  if (now.by != before.by)
    list_party(here, now, now.by, now.kind == case_kind::application ? party_role::applicant : party_role::complainant);
  if (now.notify != before.notify)
    for (const auto& who : now.notify)
      list_party(here, now, who, party_role::concerned);
}

} // namespace

void fold(const occasion& here, const cases::event& e) {
  auto key = tables::case_(self_of(here));
  auto before = here.get_or_new<case_row>(key);
  auto now = before;
  std::visit([&](const auto& one) { apply(now, one); }, e);
  if (const auto* complained = std::get_if<cases::complained>(&e); complained && complained->receipt_hash != digest32{})
    here.put(tables::receipt(complained->receipt_hash), self_of(here));
  move_in_queue(here, before, now);
  list(here, before, now);
  if (now != before)
    here.put(key, now);
}

} // namespace charter::storage
