// Cases: what waits for the desk, what its parties see, what is public, and the record that recommendations rest on.

#include "storage/paging.hpp"

namespace charter::storage {

namespace {

/// The aspect under which somebody knows the case.
std::string name_of(const case_id& c, const case_row& row) {
  switch (row.kind) {
    case cases::case_kind::application: return to_text(c, case_aspect::application);
    case cases::case_kind::complaint: return to_text(c, case_aspect::complaint);
    case cases::case_kind::sanction: return to_text(c, case_aspect::sanction);
  }
  return to_text(c);
}

// -- the queue ------------------------------------------------------------------------

queue_item item_of(const case_id& c, const case_row& row) {
  queue_item out;
  out.queue = row.queue.value_or(desk_queue::application);
  out.case_ = row.queue == desk_queue::appeal ? to_text(c, case_aspect::appeal) : name_of(c, row);
  out.kind = row.kind;
  out.lane = row.lane;
  out.region = row.region;
  out.title = row.title;
  out.target = row.target;
  out.weight = row.weight;
  out.requested = row.requested;
  out.opened_at = row.opened_at;
  out.deadline = row.due.deadline;
  out.escalated = row.escalated;
  out.assignee = row.assignee;
  return out;
}

bool passes(const case_row& row, const queue_filter& filter) {
  return (filter.lane.empty() || row.lane == filter.lane) && (filter.region.empty() || row.region == filter.region) &&
         (!filter.claimed || row.assignee.empty() != *filter.claimed) &&
         (filter.assignee.empty() || row.assignee == filter.assignee);
}

/// Of a queue's key: past the flag and the deadline.
case_id queued_case(std::string_view key, const std::string& prefix) {
  key_reader parts{key, prefix};
  parts.byte();
  parts.time();
  return parts.id_of<entity_kind::case_file>();
}

} // namespace

result<page<queue_item>> desk_queue_page(const store& rows, desk_queue q, const queue_filter& filter,
                                         const page_request& ask) {
  auto prefix = tables::queue(q);
  return list_page<queue_item>(rows, prefix, ask, direction::ascending,
                               [&](std::string_view key, byte_view) -> std::optional<queue_item> {
                                 auto c = queued_case(key, prefix);
                                 auto row = case_facts(rows, c);
                                 return row && passes(*row, filter) ? std::optional{item_of(c, *row)} : std::nullopt;
                               });
}

std::vector<queue_load> desk_load(const store& rows) {
  std::vector<queue_load> loads;
  for (auto q : {desk_queue::application, desk_queue::complaint, desk_queue::appeal, desk_queue::second}) {
    queue_load load;
    load.queue = q;
    auto prefix = tables::queue(q);
    rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
      auto row = case_facts(rows, queued_case(key, prefix));
      if (!row)
        return true;
      ++load.waiting;
      load.escalated += row->escalated;
      load.claimed += !row->assignee.empty();
      load.next_deadline = std::min(load.next_deadline.value_or(row->due.deadline), row->due.deadline);
      return load.waiting < limits::search_rows_max;
    });
    loads.push_back(load);
  }
  return loads;
}

std::optional<case_row> case_facts(const store& rows, const case_id& c) {
  return get_row<case_row>(rows, tables::case_(c));
}

// -- sanctions ------------------------------------------------------------------------------

namespace {

/// `named`: the person whom it is about may be named. Accounts and organisations always are.
sanction_view view_of_sanction(const case_id& c, const case_row& row, bool named) {
  const auto& sanction = *row.sanction;
  sanction_view out;
  out.sanction = to_text(c, case_aspect::sanction);
  if (row.target && (named || row.target->entity.kind != entity_kind::user)) {
    out.target = row.target->entity;
    out.post = row.target->post;
  }
  out.measure = sanction.measure;
  out.reasons = sanction.reasons;
  out.recommended = sanction.recommended;
  out.weight = sanction.weight;
  out.region = row.region;
  out.at = sanction.at;
  out.until = sanction.until;
  out.appeal_until = sanction.appeal_until;
  out.enforced = sanction.enforced;
  out.lifted_at = sanction.lifted_at;
  out.overturned = sanction.overturned;
  out.lift_reason = sanction.lift_reason;
  out.appealed = row.appeal.has_value();
  return out;
}

/// Of a key that ends with a time and a case.
case_id case_in(std::string_view key, const std::string& prefix) {
  key_reader parts{key, prefix};
  parts.time();
  return parts.id_of<entity_kind::case_file>();
}

} // namespace

std::optional<sanction_view> sanction(const store& rows, const case_id& c) {
  auto row = case_facts(rows, c);
  return row && row->sanction ? std::optional{view_of_sanction(c, *row, false)} : std::nullopt;
}

result<page<sanction_view>> sanctions(const store& rows, const std::optional<entity_id>& target,
                                      const page_request& ask) {
  auto prefix = target ? tables::cases_about(*target) : tables::sanctions();
  return list_page<sanction_view>(rows, prefix, ask, direction::descending,
                                  [&](std::string_view key, byte_view) -> std::optional<sanction_view> {
                                    auto c = case_in(key, prefix);
                                    auto row = case_facts(rows, c);
                                    if (!row || !row->sanction)
                                      return {};
                                    return view_of_sanction(c, *row, target.has_value());
                                  });
}

std::vector<strike> record_of(const store& rows, const entity_id& target) {
  std::vector<strike> record;
  auto prefix = tables::cases_about(target);
  rows.scan(prefix, end_of(prefix), [&](std::string_view key, byte_view) {
    auto row = case_facts(rows, case_in(key, prefix));
    if (row && row->sanction && !row->sanction->refused && !row->sanction->overturned)
      record.push_back({row->sanction->at, row->sanction->weight});
    return true;
  });
  // Cases are in the order of their opening; sanctions came at their own times.
  std::stable_sort(record.begin(), record.end(), [](const strike& x, const strike& y) { return x.at < y.at; });
  return record;
}

// -- parties --------------------------------------------------------------------------------

namespace {

case_view view_of_case(const case_id& c, const case_row& row) {
  case_view out;
  out.case_ = name_of(c, row);
  out.kind = row.kind;
  out.status = row.status;
  out.opened_at = row.opened_at;
  if ((row.queue || row.status == cases::case_status::waiting) && row.due.deadline != timestamp{})
    out.deadline = row.due.deadline;
  out.title = row.title;
  out.account = row.account;
  out.account_open = row.account_open;
  out.target = row.target;
  out.verdict = row.verdict;
  out.reason = row.reason;
  out.rule = row.rule;
  out.decided_at = row.decided_at;
  if (row.sanction)
    out.sanction = view_of_sanction(c, row, true);
  if (row.appeal) {
    out.appeal = row.appeal;
    out.appeal->appeal = to_text(c, case_aspect::appeal);
  }
  return out;
}

} // namespace

std::optional<case_view> case_for_party(const store& rows, const case_id& c) {
  auto row = case_facts(rows, c);
  return row ? std::optional{view_of_case(c, *row)} : std::nullopt;
}

result<page<case_view>> cases_of(const store& rows, const user_id& u, std::optional<party_role> role,
                                 const page_request& ask) {
  auto prefix = tables::cases_of(u);
  return list_page<case_view>(rows, prefix, ask, direction::descending,
                              [&](std::string_view key, byte_view value) -> std::optional<case_view> {
                                auto party = decode_row<party_row>(key, value);
                                if (role && !party.roles.contains(*role))
                                  return {};
                                return case_for_party(rows, case_in(key, prefix));
                              });
}

result<page<case_view>> cases_about(const store& rows, const entity_id& target, const page_request& ask) {
  auto prefix = tables::cases_about(target);
  return list_page<case_view>(rows, prefix, ask, direction::descending, [&](std::string_view key, byte_view) {
    return case_for_party(rows, case_in(key, prefix));
  });
}

std::optional<case_id> case_by_receipt(const store& rows, const digest32& receipt_hash) {
  return get_row<case_id>(rows, tables::receipt(receipt_hash));
}

} // namespace charter::storage
