#include "config/charter_checks.hpp"

#include "config/checker.hpp"

namespace charter::config {

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

template <class T>
bool contains(const std::vector<T>& list, const T& x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

void at_least_one(const std::string& key, std::uint32_t value, checker& c) {
  c.require(key, value >= 1, "at least 1", "0");
}

void check_counts(const rule_book& b, checker& c) {
  auto same = [&](const std::string& key, std::size_t rows, std::uint32_t declared, const std::string& by) {
    c.require(key, rows == declared, number(declared) + " of them, as counts." + by + " declares", number(rows));
  };
  if (b.counts.agreement_items > 0)
    same("agreement.items", b.agreement.items.size(), b.counts.agreement_items, "agreement_items");
  if (b.counts.provincial_offices > 0)
    same("regulators.provincial", b.regulators.provincial.size(), b.counts.provincial_offices, "provincial_offices");
  at_least_one("counts.agreement_items", b.counts.agreement_items, c);
  at_least_one("counts.provincial_offices", b.counts.provincial_offices, c);
  at_least_one("version", b.version, c);
  at_least_one("agreement.version", b.agreement.version, c);
  at_least_one("identity.pseudonyms_max", b.identity.pseudonyms_max, c);
}

void check_warnings(const std::string& list, const std::vector<credential_kind>& kinds, checker& c) {
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    auto key = item_path(list, i, "warn_before");
    const auto& leads = kinds[i].warn_before;
    c.present(key, leads);
    for (std::size_t j = 1; j < leads.size(); ++j)
      c.require(item_path(key, j), leads[j] < leads[j - 1], "the longest lead first", duration_text(leads[j]));
  }
}

/// `Row` has a deadline and an alarm ahead of it.
template <class Row>
void check_alarms(const std::string& list, const std::vector<Row>& rows, checker& c) {
  c.each(list, rows, [&](const Row& row, const std::string& at) {
    c.shorter(at + ".escalate_before", row.escalate_before, row.deadline, "the deadline");
  });
}

/// Whatever right is granted has its badge (I8).
void check_news(const news_rules& news, checker& c) {
  auto badges = keys_of("news.badges", news.badges, &badge::right);
  auto granted = [&](const std::string& key, news_right right) {
    if (right != news_right::none)
      c.require(key, badges.keys.contains(as_key(right)), "a right that has a badge in news.badges", as_key(right));
  };
  if (!news.restricted)
    return c.require("news.matrix", news.matrix.empty(), "an empty list, since news isn't restricted", "rows");
  c.not_empty("news.matrix", news.matrix);
  for (std::size_t i = 0; i < news.matrix.size(); ++i)
    granted(item_path("news.matrix", i, "right"), news.matrix[i].right);
  for (std::size_t i = 0; i < news.approvals.size(); ++i) {
    granted(item_path("news.approvals", i, "grants"), news.approvals[i].grants);
    c.present(item_path("news.approvals", i, "organisations"), news.approvals[i].organisations);
  }
}

void check_step(const ladder_step& step, const std::string& at, checker& c) {
  c.present(at + ".scopes", step.scopes);
  auto lengths = int{step.length_default.has_value()} + step.length_min.has_value() + step.length_max.has_value();
  c.require(at, lengths == 0 || lengths == 3, "length_default, length_min and length_max, or none of them",
            number(static_cast<std::uint64_t>(lengths)) + " of them");
  if (lengths == 3)
    c.require(at + ".length_default", step.length_min <= step.length_default && step.length_default <= step.length_max,
              "from " + duration_text(*step.length_min) + " to " + duration_text(*step.length_max),
              duration_text(*step.length_default));
  bool counts = contains(step.scopes, sanction_scope::posts_per_day);
  c.require(at, counts == step.posts_per_day.has_value(), "posts_per_day together with the scope of that name",
            counts ? "the scope without a number" : "a number without the scope");
  c.require(at + ".posts_per_day", step.posts_per_day != 0u, "at least 1", "0");
}

void check_row(const ladder_row& row, const std::string& at, const std::vector<ladder_step>& steps, checker& c) {
  auto step = std::find_if(steps.begin(), steps.end(), [&](const ladder_step& s) { return s.step == row.step; });
  if (step == steps.end())
    return c.require(at + ".step", false, "a step of sanctions.steps", as_key(row.step));
  if (row.scope)
    c.require(at + ".scope", contains(step->scopes, *row.scope), "a scope of the step " + as_key(row.step),
              as_key(*row.scope));
  if (!row.length)
    return;
  bool fits =
      step->length_min && step->length_max && *step->length_min <= *row.length && *row.length <= *step->length_max;
  c.require(at + ".length", fits, "a length that the step " + as_key(row.step) + " allows", duration_text(*row.length));
}

void check_ladder(const sanction_rules& s, checker& c) {
  c.complete("sanctions.steps", s.steps, &ladder_step::step);
  c.complete("sanctions.strikes", s.strikes, &strike_rule::weight);
  c.each("sanctions.steps", s.steps, [&](const ladder_step& step, const std::string& at) { check_step(step, at, c); });
  std::set<std::pair<severity, std::uint32_t>> seen;
  c.each("sanctions.ladder", s.ladder, [&](const ladder_row& row, const std::string& at) {
    check_row(row, at, s.steps, c);
    c.require(at + ".strikes_min", seen.emplace(row.weight, row.strikes_min).second, "a number of its own",
              number(row.strikes_min) + ", which an earlier row for " + as_key(row.weight) + " has");
  });
  if (!c.sound("sanctions.ladder"))
    return;
  for (auto weight : {severity::minor, severity::moderate, severity::serious, severity::grave})
    c.require("sanctions.ladder", seen.contains({weight, 0}), "a row for " + as_key(weight) + " from 0 strikes",
              "none");
}

void check_credit(const credit_rules& credit, checker& c) {
  constexpr std::uint32_t points_max = 1'000'000; // keeps points times milliseconds within 64 bits
  c.require("credit.points_full", credit.points_full > 0 && credit.points_full <= points_max,
            "from 1 to " + number(points_max), number(credit.points_full));
  c.complete("credit.deductions", credit.deductions, &credit_deduction::weight);
  for (std::size_t i = 0; i < credit.deductions.size(); ++i)
    c.require(item_path("credit.deductions", i, "points"), credit.deductions[i].points <= credit.points_full,
              "no more than credit.points_full", number(credit.deductions[i].points));
  const auto& grades = credit.grades;
  for (std::size_t i = 1; i < grades.size(); ++i)
    c.require(item_path("credit.grades", i, "points_min"), grades[i].points_min < grades[i - 1].points_min,
              "less than the grade before", number(grades[i].points_min));
  if (!grades.empty())
    c.require(item_path("credit.grades", grades.size() - 1, "points_min"), grades.back().points_min == 0,
              "0 in the last grade", number(grades.back().points_min));
}

void check_report(const report_duty& duty, const std::string& at, checker& c) {
  bool periodic = duty.trigger == report_trigger::period_ended;
  c.require(at, periodic == duty.every.has_value(), "every together with the trigger period_ended",
            periodic ? "the trigger without it" : "it with another trigger");
  bool weighed = duty.trigger == report_trigger::complaint_upheld || duty.trigger == report_trigger::sanction_imposed;
  c.require(at + ".from", weighed || !duty.from, "nothing: only complaints and sanctions have a severity", "one");
}

void check_power(const power& power, const std::string& at, checker& c) {
  c.present(at + ".roles", power.roles);
  c.require(at + ".persons", power.persons >= 1 && power.persons <= 2, "1 or 2", number(power.persons));
  c.require(at + ".second", power.second.empty() || power.persons > 1, "nothing: one person is enough", "roles");
}

} // namespace

void check_sense(const rule_book& b, reader& in) {
  checker c{in};
  check_counts(b, c);
  check_warnings("provider.credentials", b.provider.credentials, c);
  check_warnings("organisation_credentials", b.organisation_credentials, c);
  check_alarms("review.lanes", b.review.lanes, c);
  check_alarms("complaints", b.complaints, c);
  c.shorter("appeals.escalate_before", b.appeals.escalate_before, b.appeals.deadline, "the deadline");
  check_news(b.news, c);
  check_ladder(b.sanctions, c);
  check_credit(b.credit, c);
  c.each("reports", b.reports, [&](const report_duty& x, const std::string& at) { check_report(x, at, c); });
  c.each("staffing", b.staffing, [&](const staffing_rule& x, const std::string& at) {
    at_least_one(at + ".accounts_per_person", x.accounts_per_person.value_or(1), c);
  });
  c.each("powers", b.powers, [&](const power& x, const std::string& at) { check_power(x, at, c); });
}

} // namespace charter::config
