// The charter's answers about cases: review, complaints, sanctions, appeals, credit. Declared in domain/charter.hpp.

#include "domain/charter.hpp"

#include <algorithm>

namespace charter {

namespace {

due_times due(timestamp from, duration deadline, duration escalate_before) {
  return {from + deadline - escalate_before, from + deadline};
}

const strike_rule* strike_rule_for(const rule_book& book, severity weight) {
  const auto& rules = book.sanctions.strikes;
  auto at = std::find_if(rules.begin(), rules.end(), [&](const strike_rule& r) { return r.weight == weight; });
  return at == rules.end() ? nullptr : &*at;
}

/// The row with the most strikes that the record reaches, or null when the ladder has none for this severity.
const ladder_row* row_for(const rule_book& book, severity weight, std::uint32_t strikes) {
  const ladder_row* best = nullptr;
  for (const auto& row : book.sanctions.ladder)
    if (row.weight == weight && row.strikes_min <= strikes && (!best || best->strikes_min < row.strikes_min))
      best = &row;
  return best;
}

status check_length(const ladder_step& rule, std::optional<duration> length) {
  if (!rule.length_default)
    return length ? status{invalid("length", "this step has no end")} : status{done{}};
  if (!length)
    return invalid("length", "this step has a length");
  if ((rule.length_min && *length < *rule.length_min) || (rule.length_max && *length > *rule.length_max))
    return invalid("length", "outside what the charter allows for this step");
  return done{};
}

} // namespace

// -- review ---------------------------------------------------------------------

const lane* lane_for(const rule_book& book, std::string_view organisation) {
  const auto* kind = find_organisation(book, organisation);
  if (!kind)
    return nullptr;
  const auto& lanes = book.review.lanes;
  auto at = std::find_if(lanes.begin(), lanes.end(), [&](const lane& l) { return l.key == kind->lane; });
  return at == lanes.end() ? nullptr : &*at;
}

result<due_times> review_deadline(const rule_book& book, std::string_view organisation, timestamp submitted_at) {
  const auto* in = lane_for(book, organisation);
  if (!in)
    return invalid("organisation", "the charter knows no such kind of organisation");
  return due(submitted_at, in->deadline, in->escalate_before);
}

std::vector<const checklist_item*> checklist_for(const rule_book& book, const lane& in) {
  std::vector<const checklist_item*> items;
  for (const auto& item : book.review.checklist)
    if (item.lanes.empty() || std::find(item.lanes.begin(), item.lanes.end(), in.key) != item.lanes.end())
      items.push_back(&item);
  return items;
}

// -- complaints and appeals -----------------------------------------------------

const complaint_reason* find_reason(const rule_book& book, std::string_view key) {
  const auto& reasons = book.complaints;
  auto at = std::find_if(reasons.begin(), reasons.end(), [&](const complaint_reason& r) { return r.key == key; });
  return at == reasons.end() ? nullptr : &*at;
}

result<due_times> complaint_deadline(const rule_book& book, std::string_view reason, timestamp filed_at) {
  const auto* rule = find_reason(book, reason);
  if (!rule)
    return invalid("reason", "the charter knows no such reason for a complaint");
  return due(filed_at, rule->deadline, rule->escalate_before);
}

rule_ref broken_rule(const rule_book& book, const complaint_reason& reason) {
  return cite(book, reason.rule.article, reason.bottom_line);
}

timestamp appeal_until(const rule_book& book, timestamp noticed_at) { return noticed_at + book.appeals.window; }

due_times appeal_deadline(const rule_book& book, timestamp filed_at) {
  return due(filed_at, book.appeals.deadline, book.appeals.escalate_before);
}

// -- sanctions ------------------------------------------------------------------

std::uint32_t standing_strikes(const rule_book& book, std::span<const strike> record, timestamp now) {
  std::uint32_t sum = 0;
  for (const auto& s : record)
    if (const auto* rule = strike_rule_for(book, s.weight); rule && s.at <= now && now < s.at + rule->stands_for)
      sum += rule->strikes;
  return sum;
}

recommendation recommended_step(const rule_book& book, severity weight, std::span<const strike> record, timestamp now) {
  const auto* row = row_for(book, weight, standing_strikes(book, record, now));
  const auto* rule = row ? find_step(book, row->step) : nullptr;
  if (!rule)
    return {sanction_step::warn, sanction_scope::nothing, {}, {}, book.sanctions.rule};
  recommendation out;
  out.step = row->step;
  out.scope = row->scope ? *row->scope : rule->scopes.empty() ? sanction_scope::nothing : rule->scopes.front();
  out.length = row->length ? row->length : rule->length_default;
  if (out.scope == sanction_scope::posts_per_day)
    out.posts_per_day = rule->posts_per_day;
  out.rule = rule->rule;
  return out;
}

status check_sanction(const rule_book& book, sanction_step step, sanction_scope scope, std::optional<duration> length,
                      std::optional<std::uint32_t> posts_per_day) {
  const auto* rule = find_step(book, step);
  if (!rule)
    return invalid("step", "the charter's ladder has no such step");
  if (std::find(rule->scopes.begin(), rule->scopes.end(), scope) == rule->scopes.end())
    return invalid("scope", "this step can't hold that back");
  bool counts = scope == sanction_scope::posts_per_day;
  if (counts != posts_per_day.has_value() || (counts && *posts_per_day == 0))
    return invalid("posts_per_day", counts ? "must be at least 1" : "goes with the scope posts_per_day only");
  return check_length(*rule, length);
}

bool forbids(sanction_scope scope, post_kind kind, std::uint32_t posts_today, std::uint32_t posts_per_day) {
  switch (scope) {
    case sanction_scope::nothing: return false;
    case sanction_scope::news_posts: return kind != post_kind::general;
    case sanction_scope::posts_per_day: return posts_today >= posts_per_day;
    case sanction_scope::all_posts: return true;
    case sanction_scope::account: return true;
  }
  return true;
}

const ladder_step* find_step(const rule_book& book, sanction_step step) {
  const auto& steps = book.sanctions.steps;
  auto at = std::find_if(steps.begin(), steps.end(), [&](const ladder_step& s) { return s.step == step; });
  return at == steps.end() ? nullptr : &*at;
}

act act_of(sanction_step step) {
  switch (step) {
    case sanction_step::warn: return act::warn;
    case sanction_step::limit: return act::limit;
    case sanction_step::suspend: return act::suspend;
    case sanction_step::close: return act::close;
  }
  return act::close;
}

// -- credit ---------------------------------------------------------------------

credit_standing credit(const rule_book& book, std::span<const strike> record, timestamp now) {
  const auto& rules = book.credit;
  auto left_of = [&](const strike& s) -> std::uint32_t {
    auto rule = std::find_if(rules.deductions.begin(), rules.deductions.end(),
                             [&](const credit_deduction& d) { return d.weight == s.weight; });
    auto time_left = (s.at + rules.fades_over - now).count();
    if (rule == rules.deductions.end() || s.at > now || time_left <= 0)
      return 0;
    auto whole = rules.fades_over.count();
    return static_cast<std::uint32_t>((std::int64_t{rule->points} * time_left + whole - 1) / whole);
  };
  credit_standing out;
  std::uint64_t lost = 0;
  for (const auto& s : record) {
    out.lines.push_back({s, left_of(s)});
    lost += out.lines.back().points;
  }
  out.points = lost < rules.points_full ? rules.points_full - static_cast<std::uint32_t>(lost) : 0;
  for (const auto& grade : rules.grades)
    if (out.grade.empty() && grade.points_min <= out.points)
      out.grade = grade.key;
  return out;
}

} // namespace charter
