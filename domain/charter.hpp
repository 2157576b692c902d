#pragma once
// Policy functions: questions that the engine puts to a charter (domain/rule_book.hpp) and its answers.
//
// Pure and without a clock: times come in as arguments, and rules count when their article was in force at that time
// (article 10). No article number stands in code: whatever is cited comes from the book's own tables.
// Errors: an unknown key of the caller's is `invalid_params`; everything else is named at the function.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/rule_book.hpp"

namespace charter {

/// Held by the provider or by an organisation (article 4).
struct credential {
  std::string kind; ///< key in the book
  std::string number;
  std::string issuer;
  std::string scope; ///< as printed on it
  timestamp valid_from;
  timestamp valid_until; ///< not valid from this millisecond on
  CHARTER_FIELDS(credential, kind, number, issuer, scope, valid_from, valid_until)
};

/// Granted by four eyes to an organisation (article 7.2).
struct special_approval {
  std::string key; ///< in `news.approvals`
  timestamp valid_from;
  timestamp valid_until;
  CHARTER_FIELDS(special_approval, key, valid_from, valid_until)
};

/// An upheld decision on somebody's record.
struct strike {
  timestamp at;
  severity weight = severity::minor;
  CHARTER_FIELDS(strike, at, weight)
};

/// A deadline, and when to raise the alarm before it passes.
struct due_times {
  timestamp escalate_at;
  timestamp deadline;
  CHARTER_FIELDS(due_times, escalate_at, deadline)
};

// -- articles -------------------------------------------------------------------

/// Null when there is no such article. `number` as in "7.2".
const article* find_article(const rule_book& book, std::string_view number);

/// Empty when the book has no such article, so that nobody cites what isn't there.
rule_ref cite(const rule_book& book, std::string_view number, std::string_view item = {});

/// Whether the book and the rule's article are in force; a rule of another charter or an unknown article is not.
bool in_force(const rule_book& book, const rule_ref& rule, timestamp at);

/// The book by which an act at that time is judged: of those in force, the one with the latest effective date, then the
/// highest version. Null when there was none. `books` in any order, without nulls.
const rule_book* book_at(std::span<const rule_book* const> books, timestamp at);

// -- credentials ----------------------------------------------------------------

bool valid(const credential& held, timestamp at);

/// Whether the provider's credentials let anyone do this (article 4).
/// Errors: `credential_missing`, with the gate's rule; says whether it is absent, not yet valid, or over.
status gate(const rule_book& book, act what, std::span<const credential> provider, timestamp now);

/// When to warn of this credential's expiry, ascending. Empty for a kind that the book doesn't know.
std::vector<timestamp> expiry_warnings(const rule_book& book, const credential& held);

// -- agreement ------------------------------------------------------------------

/// What a signature covers, to be hashed: version and every text in both languages.
std::string canonical_text(const agreement& terms);

/// Whether these are the current agreement's items, each signed once, in any order.
/// Errors: `agreement_required`: an older version, an item missing or unknown, or one signed twice.
status check_signature(const rule_book& book, std::uint32_t version, std::span<const std::string> items);

// -- news -----------------------------------------------------------------------

/// What an organisation of this kind may do with current political news: the best of what its valid credentials and
/// its approval give. `none` for an unknown kind, and while `news.rule` isn't in force nothing is held back:
/// `original`.
news_right entitlement(const rule_book& book, std::string_view organisation, std::span<const credential> held,
                       const std::optional<special_approval>& approval, timestamp now);

/// Errors: `not_entitled`, citing `news.rule` (I8).
status check_post(const rule_book& book, news_right right, post_kind kind);

/// Null for `none`.
const badge* badge_for(const rule_book& book, news_right right);

// -- review, complaints, appeals ------------------------------------------------

const organisation_kind* find_organisation(const rule_book& book, std::string_view key);
const lane* lane_for(const rule_book& book, std::string_view organisation);
result<due_times> review_deadline(const rule_book& book, std::string_view organisation, timestamp submitted_at);
/// In the file's order.
std::vector<const checklist_item*> checklist_for(const rule_book& book, const lane& in);

const complaint_reason* find_reason(const rule_book& book, std::string_view key);
result<due_times> complaint_deadline(const rule_book& book, std::string_view reason, timestamp filed_at);
/// What the sanction cites: the reason's article, with the bottom line as its item.
rule_ref broken_rule(const rule_book& book, const complaint_reason& reason);

/// Until when an appeal may be filed.
timestamp appeal_until(const rule_book& book, timestamp noticed_at);
due_times appeal_deadline(const rule_book& book, timestamp filed_at);

// -- sanctions ------------------------------------------------------------------

struct recommendation {
  sanction_step step = sanction_step::warn;
  sanction_scope scope = sanction_scope::nothing;
  std::optional<duration> length;             ///< absent: without end
  std::optional<std::uint32_t> posts_per_day; ///< for that scope
  rule_ref rule;
  CHARTER_FIELDS(recommendation, step, scope, length, posts_per_day, rule)
};

/// Strikes that still stand; each counts by its severity until it has decayed.
std::uint32_t standing_strikes(const rule_book& book, std::span<const strike> record, timestamp now);

/// For a decision of this severity, given the record before it. A moderator may differ, with a reason.
recommendation recommended_step(const rule_book& book, severity weight, std::span<const strike> record, timestamp now);

/// Whether the ladder allows this choice. Errors: `invalid_params` naming `step`, `scope`, `length` or `posts_per_day`.
status check_sanction(const rule_book& book, sanction_step step, sanction_scope scope, std::optional<duration> length,
                      std::optional<std::uint32_t> posts_per_day);

/// Whether a restraint of this scope stops a post. `posts_today` counts those before it; `posts_per_day` is read for
/// that scope only.
bool forbids(sanction_scope scope, post_kind kind, std::uint32_t posts_today, std::uint32_t posts_per_day);

const ladder_step* find_step(const rule_book& book, sanction_step step);
act act_of(sanction_step step);

// -- credit ---------------------------------------------------------------------

/// One line of the explanation: what is left of a deduction now, in points.
struct credit_line {
  strike decision;
  std::uint32_t points = 0;
  CHARTER_FIELDS(credit_line, decision, points)
};
struct credit_standing {
  std::uint32_t points = 0;
  std::string grade;              ///< key in `credit.grades`
  std::vector<credit_line> lines; ///< in the record's order
  CHARTER_FIELDS(credit_standing, points, grade, lines)
};
/// points = max(0, full - sum of ceil(deduction * time left / fades_over)).
credit_standing credit(const rule_book& book, std::span<const strike> record, timestamp now);

// -- powers ---------------------------------------------------------------------

/// Null when the book ties the act to no role.
const power* find_power(const rule_book& book, act what);

/// Whether somebody with these roles may do the act, as the first person or as a later one.
/// Errors: `forbidden`, citing the power's rule.
status check_role(const rule_book& book, act what, std::span<const role> held, bool first = true);

/// How many different persons must agree; at least 1.
std::uint32_t persons_needed(const rule_book& book, act what);

// -- records, reports, staff, offices -------------------------------------------

/// Absent: kept for good.
std::optional<duration> retention(const rule_book& book, record_class what);

/// Duties that this begins, in the file's order. `weight` matters to complaints and sanctions only.
std::vector<const report_duty*> reports_due(const rule_book& book, report_trigger trigger,
                                            severity weight = severity::grave);

/// Staff as counted by the desk. `region` is empty where it doesn't matter.
struct staff_count {
  role who = role::moderator;
  std::string region;
  std::uint32_t on_duty = 0;
  std::uint32_t holding = 0; ///< the role, on duty or not
  CHARTER_FIELDS(staff_count, who, region, on_duty, holding)
};
struct shortfall {
  role who = role::moderator;
  std::string region; ///< empty: anywhere
  std::uint32_t needed = 0;
  std::uint32_t present = 0;
  rule_ref rule;
  CHARTER_FIELDS(shortfall, who, region, needed, present, rule)
};
/// `active_accounts` by region code; a region with none is not active.
std::vector<shortfall> staffing_shortfalls(const rule_book& book,
                                           const std::map<std::string, std::uint64_t>& active_accounts,
                                           std::span<const staff_count> staff, timestamp now);

/// Null for a code that is in no office's regions.
const office* office_for_region(const rule_book& book, std::string_view region);
/// By the office's own code, the national one included; null when unknown.
const office* find_office(const rule_book& book, std::string_view code);
const department* find_department(const rule_book& book, std::string_view key);
const disclosure_basis* find_basis(const rule_book& book, std::string_view key);

} // namespace charter
