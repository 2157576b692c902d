// The charter's answers about staff, records and reports. Declared in domain/charter.hpp.

#include "domain/charter.hpp"

#include <algorithm>

namespace charter {

namespace {

bool contains(std::span<const role> list, role x) { return std::find(list.begin(), list.end(), x) != list.end(); }

std::uint32_t needed_for(const staffing_rule& rule, std::uint64_t accounts) {
  auto needed = std::uint64_t{rule.minimum};
  if (rule.accounts_per_person && *rule.accounts_per_person > 0)
    needed = std::max(needed, (accounts + *rule.accounts_per_person - 1) / *rule.accounts_per_person);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(needed, UINT32_MAX));
}

/// Of the rule's role; in one region, or anywhere when `region` is empty.
std::uint32_t present_for(const staffing_rule& rule, std::span<const staff_count> staff, std::string_view region) {
  std::uint32_t sum = 0;
  for (const auto& s : staff)
    if (s.who == rule.who && (region.empty() || s.region == region))
      sum += rule.on_duty ? s.on_duty : s.holding;
  return sum;
}

} // namespace

// -- powers ---------------------------------------------------------------------

const power* find_power(const rule_book& book, act what) {
  auto at = std::find_if(book.powers.begin(), book.powers.end(), [&](const power& p) { return p.what == what; });
  return at == book.powers.end() ? nullptr : &*at;
}

status check_role(const rule_book& book, act what, std::span<const role> held, bool first) {
  const auto* rule = find_power(book, what);
  if (!rule)
    return done{};
  const auto& allowed = first || rule->second.empty() ? rule->roles : rule->second;
  if (std::any_of(held.begin(), held.end(), [&](role r) { return contains(allowed, r); }))
    return done{};
  std::string names;
  for (auto r : allowed)
    names += (names.empty() ? "" : " or ") + std::string{to_name(r)};
  return refuse(errc::forbidden, "this takes the role " + names, rule->rule);
}

std::uint32_t persons_needed(const rule_book& book, act what) {
  const auto* rule = find_power(book, what);
  return rule ? std::max<std::uint32_t>(rule->persons, 1) : 1;
}

// -- records and reports --------------------------------------------------------

std::optional<duration> retention(const rule_book& book, record_class what) {
  for (const auto& rule : book.retention)
    if (rule.what == what)
      return rule.keep;
  return {};
}

std::vector<const report_duty*> reports_due(const rule_book& book, report_trigger trigger, severity weight) {
  std::vector<const report_duty*> duties;
  for (const auto& duty : book.reports)
    if (duty.trigger == trigger && (!duty.from || *duty.from <= weight))
      duties.push_back(&duty);
  return duties;
}

// -- staff ----------------------------------------------------------------------

std::vector<shortfall> staffing_shortfalls(const rule_book& book,
                                           const std::map<std::string, std::uint64_t>& active_accounts,
                                           std::span<const staff_count> staff, timestamp now) {
  std::vector<shortfall> short_of;
  auto check = [&](const staffing_rule& rule, const std::string& region, std::uint64_t accounts) {
    auto needed = needed_for(rule, accounts);
    auto present = present_for(rule, staff, region);
    if (present < needed)
      short_of.push_back({rule.who, region, needed, present, rule.rule});
  };
  std::uint64_t total = 0;
  for (const auto& [region, accounts] : active_accounts)
    total += accounts;
  for (const auto& rule : book.staffing) {
    if (!in_force(book, rule.rule, now))
      continue;
    if (!rule.per_active_region)
      check(rule, {}, total);
    else
      for (const auto& [region, accounts] : active_accounts)
        if (accounts > 0)
          check(rule, region, accounts);
  }
  return short_of;
}

} // namespace charter
