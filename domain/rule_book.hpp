#pragma once
// A charter as data: what one jurisdiction's provisions ask for, in tables. Read from a file by config/charter_loader.
//
// Immutable once loaded; shared by all. A loaded book holds: every key that a table refers to is defined, keys are
// unique within their table, every text stands in both languages, every `rule` names an article of this book.
// Lengths are durations in milliseconds. Tables are vectors in the file's order; policy functions that read them are in
// domain/charter.hpp. Articles named in comments are those of "cn-2014".

#include <optional>
#include <string>
#include <vector>

#include "domain/charter_kinds.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter {

/// A text in the languages that every charter is written in.
struct localized {
  std::string zh_cn;
  std::string en;
  CHARTER_FIELDS(localized, zh_cn, en)

  /// `language` is a BCP 47 tag; whatever begins with "zh" gives Chinese, anything else English.
  const std::string& in(std::string_view language) const { return language.starts_with("zh") ? zh_cn : en; }
};

/// A key and what people call it: aims, legal bases, account categories, regions.
struct named_key {
  std::string key;
  localized name;
  CHARTER_FIELDS(named_key, key, name)
};

// -- articles (1, 2, 10) --------------------------------------------------------

struct article {
  std::string number; ///< "7.2"
  localized title;
  localized summary; ///< in our own words
  std::vector<std::string> aims;
  timestamp effective_from;
  CHARTER_FIELDS(article, number, title, summary, aims, effective_from)
};

// -- provider and credentials (4) -----------------------------------------------

/// Of the provider or of an organisation.
struct credential_kind {
  std::string key;
  localized name;
  std::vector<duration> warn_before; ///< ahead of expiry, longest first
  rule_ref rule;
  CHARTER_FIELDS(credential_kind, key, name, warn_before, rule)
};

/// This act needs that provider credential.
struct gate_rule {
  act what = act::register_;
  std::string credential; ///< key in `provider.credentials`
  rule_ref rule;
  CHARTER_FIELDS(gate_rule, what, credential, rule)
};

struct provider_rules {
  std::vector<credential_kind> credentials;
  std::vector<gate_rule> gates;
  CHARTER_FIELDS(provider_rules, credentials, gates)
};

// -- identity and agreement (5.3, 6) --------------------------------------------

struct identity_rules {
  std::uint32_t pseudonyms_max = 1; ///< per person
  rule_ref rule;
  CHARTER_FIELDS(identity_rules, pseudonyms_max, rule)
};

/// A bottom line.
struct agreement_item {
  std::string key;
  localized title;
  localized text;
  CHARTER_FIELDS(agreement_item, key, title, text)
};

struct agreement {
  std::uint32_t version = 1;
  localized title;
  localized preamble;
  std::vector<agreement_item> items; ///< signed one by one
  rule_ref rule;
  CHARTER_FIELDS(agreement, version, title, preamble, items, rule)
};

/// A lawful ground for opening an identity.
struct disclosure_basis {
  std::string key;
  localized title;
  std::optional<duration> silence_max; ///< absent: the person is told at once; else at the latest this long after
  rule_ref rule;
  CHARTER_FIELDS(disclosure_basis, key, title, silence_max, rule)
};

struct disclosure_rules {
  std::vector<disclosure_basis> bases;
  duration approval_valid_for{}; ///< after the second approval
  rule_ref rule;
  CHARTER_FIELDS(disclosure_rules, bases, approval_valid_for, rule)
};

// -- organisations and news (7.2, 7.3) ------------------------------------------

struct organisation_kind {
  std::string key;
  localized name;
  std::string lane;        ///< key in `review.lanes`
  bool personal = false;   ///< an account of a person, without an organisation
  bool encouraged = false; ///< article 7.4: directory and service tools point it out
  CHARTER_FIELDS(organisation_kind, key, name, lane, personal, encouraged)
};

/// A row of the matrix: organisation kind x credential gives a right. What no row grants is `none`.
struct entitlement_row {
  std::string organisation;              ///< key in `organisations`
  std::optional<std::string> credential; ///< key in `organisation_credentials`; absent: needs none
  news_right right = news_right::none;
  rule_ref rule;
  CHARTER_FIELDS(entitlement_row, organisation, credential, right, rule)
};

/// A special approval that may be granted to organisations of these kinds.
struct approval_rule {
  std::string key;
  localized name;
  std::vector<std::string> organisations;
  news_right grants = news_right::none;
  duration valid_max{};
  rule_ref rule;
  CHARTER_FIELDS(approval_rule, key, name, organisations, grants, valid_max, rule)
};

/// What accounts with this right carry everywhere they are shown.
struct badge {
  news_right right = news_right::none;
  localized label;
  localized explanation;
  rule_ref rule;
  CHARTER_FIELDS(badge, right, label, explanation, rule)
};

struct news_rules {
  bool restricted = true; ///< false: this charter holds back no news, and the tables are empty
  localized definition;   ///< what "current political news" means to an author who declares a post's kind
  std::vector<entitlement_row> matrix;
  std::vector<approval_rule> approvals;
  std::vector<badge> badges; ///< one for each right that is granted above
  rule_ref rule;             ///< cited when a post is refused
  CHARTER_FIELDS(news_rules, restricted, definition, matrix, approvals, badges, rule)
};

// -- review and filing (7.1, 7.4) -----------------------------------------------

struct lane {
  std::string key;
  localized name;
  duration deadline{};        ///< from submission to decision
  duration escalate_before{}; ///< ahead of the deadline; shorter than it
  rule_ref rule;
  CHARTER_FIELDS(lane, key, name, deadline, escalate_before, rule)
};

struct checklist_item {
  std::string key;
  localized text;
  std::vector<std::string> lanes; ///< empty: every lane
  CHARTER_FIELDS(checklist_item, key, text, lanes)
};

struct review_rules {
  std::vector<lane> lanes;
  std::vector<checklist_item> checklist;
  duration amend_within{}; ///< the applicant's time to answer "ask for more"
  rule_ref rule;
  CHARTER_FIELDS(review_rules, lanes, checklist, amend_within, rule)
};

struct filing_field {
  std::string key;
  localized name;
  bool required = true;
  CHARTER_FIELDS(filing_field, key, name, required)
};

/// The categorised record that goes to the regional office when an account opens.
struct filing_rules {
  std::vector<filing_field> fields_of_record;
  duration send_within{};
  duration acknowledge_within{}; ///< then the liaison officer asks again
  rule_ref rule;
  CHARTER_FIELDS(filing_rules, fields_of_record, send_within, acknowledge_within, rule)
};

// -- complaints (5.5) -----------------------------------------------------------

struct complaint_reason {
  std::string key;
  localized title;
  localized explanation;
  std::string bottom_line; ///< key in `agreement.items`
  severity weight = severity::minor;
  duration deadline{};
  duration escalate_before{};
  rule_ref rule;
  CHARTER_FIELDS(complaint_reason, key, title, explanation, bottom_line, weight, deadline, escalate_before, rule)
};

// -- sanctions and appeals (8.2) ------------------------------------------------

struct ladder_step {
  sanction_step step = sanction_step::warn;
  localized name;
  std::vector<sanction_scope> scopes;     ///< first: the default
  std::optional<duration> length_default; ///< with min and max; or all three absent: has no end
  std::optional<duration> length_min;
  std::optional<duration> length_max;
  std::optional<std::uint32_t> posts_per_day; ///< default for that scope
  rule_ref rule;
  CHARTER_FIELDS(ladder_step, step, name, scopes, length_default, length_min, length_max, posts_per_day, rule)
};

/// With this severity and at least so many standing strikes, this is recommended.
struct ladder_row {
  severity weight = severity::minor;
  std::uint32_t strikes_min = 0;
  sanction_step step = sanction_step::warn;
  std::optional<sanction_scope> scope; ///< absent: the step's default
  std::optional<duration> length;      ///< absent: the step's default
  CHARTER_FIELDS(ladder_row, weight, strikes_min, step, scope, length)
};

/// What an upheld decision of this severity counts, and for how long.
struct strike_rule {
  severity weight = severity::minor;
  std::uint32_t strikes = 1;
  duration stands_for{};
  CHARTER_FIELDS(strike_rule, weight, strikes, stands_for)
};

struct withholding_rules {
  duration interim_max{};          ///< before a decision; then the post is restored by itself
  severity from = severity::minor; ///< least severity that allows withholding before a decision
  localized notice;                ///< shown in the post's place
  rule_ref rule;
  CHARTER_FIELDS(withholding_rules, interim_max, from, notice, rule)
};

struct sanction_rules {
  std::vector<ladder_step> steps;
  std::vector<ladder_row> ladder;
  std::vector<strike_rule> strikes;
  withholding_rules withholding;
  rule_ref rule;
  CHARTER_FIELDS(sanction_rules, steps, ladder, strikes, withholding, rule)
};

struct appeal_rules {
  duration window{};   ///< from the notice
  duration deadline{}; ///< from filing to decision
  duration escalate_before{};
  rule_ref rule;
  CHARTER_FIELDS(appeal_rules, window, deadline, escalate_before, rule)
};

// -- credit (3.2) ---------------------------------------------------------------

struct credit_deduction {
  severity weight = severity::minor;
  std::uint32_t points = 0;
  CHARTER_FIELDS(credit_deduction, weight, points)
};

struct credit_grade {
  std::string key;
  localized name;
  std::uint32_t points_min = 0;
  CHARTER_FIELDS(credit_grade, key, name, points_min)
};

/// Points of a public account or an organisation, never of a private person.
struct credit_rules {
  std::uint32_t points_full = 0;
  std::vector<credit_deduction> deductions;
  duration fades_over{};            ///< a deduction shrinks to nothing in a straight line
  std::vector<credit_grade> grades; ///< best first; the last begins at 0
  rule_ref rule;
  CHARTER_FIELDS(credit_rules, points_full, deductions, fades_over, grades, rule)
};

// -- records, reports, staff, offices (3.1, 5.2, 8.3, 9) ------------------------

struct retention_rule {
  record_class what = record_class::case_file;
  duration keep{}; ///< after the matter has ended
  rule_ref rule;
  CHARTER_FIELDS(retention_rule, what, keep, rule)
};

struct report_duty {
  std::string key;
  localized title;
  report_trigger trigger = report_trigger::period_ended;
  std::optional<severity> from;  ///< for complaints and sanctions: least severity
  std::optional<duration> every; ///< for `period_ended`
  duration within{};             ///< after the trigger
  bool copy_to_national = true;
  rule_ref rule;
  CHARTER_FIELDS(report_duty, key, title, trigger, from, every, within, copy_to_national, rule)
};

/// Each given number asks for staff; a rule without any asks for nobody.
struct staffing_rule {
  role who = role::moderator;
  std::uint32_t minimum = 0;
  std::optional<std::uint32_t> accounts_per_person; ///< active accounts, rounded up
  bool per_active_region = false;                   ///< `minimum` in each region instead
  bool on_duty = true;                              ///< counts those on duty; else all who hold the role
  rule_ref rule;
  CHARTER_FIELDS(staffing_rule, who, minimum, accounts_per_person, per_active_region, on_duty, rule)
};

struct office {
  std::string code; ///< GB/T 2260 code of its region; "00" for the national one
  localized name;
  std::vector<std::string> regions; ///< keys in `regions`; none for the national one
  CHARTER_FIELDS(office, code, name, regions)
};

struct regulator_rules {
  office national;
  std::vector<office> provincial;
  rule_ref rule;
  CHARTER_FIELDS(regulator_rules, national, provincial, rule)
};

/// Where a case can be referred to.
struct department {
  std::string key;
  localized name;
  localized matters;        ///< what it is competent for
  duration answer_within{}; ///< then the liaison officer asks again
  rule_ref rule;
  CHARTER_FIELDS(department, key, name, matters, answer_within, rule)
};

/// Who may do an act. An act without a power is open to anyone who passes the rest.
struct power {
  act what = act::decide_application;
  std::vector<role> roles;   ///< any of them
  std::uint32_t persons = 1; ///< that many different persons must agree
  std::vector<role> second;  ///< roles of those after the first; empty: same as `roles`
  bool fresh_eyes = false;   ///< nobody who decided earlier in the same case
  rule_ref rule;
  CHARTER_FIELDS(power, what, roles, persons, second, fresh_eyes, rule)
};

/// How many the provisions name, so that a table with a lost line is noticed.
struct declared_counts {
  std::uint32_t agreement_items = 0;
  std::uint32_t provincial_offices = 0;
  CHARTER_FIELDS(declared_counts, agreement_items, provincial_offices)
};

// -- the whole ------------------------------------------------------------------

struct rule_book {
  std::string id;            ///< "cn-2014", as in `rule_ref::charter`
  std::uint32_t version = 1; ///< of this file
  localized title;
  localized issuer;
  timestamp effective_from;
  std::vector<named_key> bases; ///< legal bases
  std::vector<named_key> aims;
  std::vector<article> articles;
  provider_rules provider;
  identity_rules identity;
  charter::agreement agreement;
  disclosure_rules disclosure;
  std::vector<organisation_kind> organisations;
  std::vector<credential_kind> organisation_credentials;
  news_rules news;
  std::vector<named_key> categories; ///< of accounts
  review_rules review;
  filing_rules filing;
  std::vector<complaint_reason> complaints;
  sanction_rules sanctions;
  appeal_rules appeals;
  credit_rules credit;
  std::vector<retention_rule> retention;
  std::vector<report_duty> reports;
  std::vector<staffing_rule> staffing;
  std::vector<named_key> regions; ///< GB/T 2260 codes of provinces: "11" to "65"
  regulator_rules regulators;
  std::vector<department> departments;
  std::vector<power> powers;
  declared_counts counts;
  CHARTER_FIELDS(rule_book, id, version, title, issuer, effective_from, bases, aims, articles, provider, identity,
                 agreement, disclosure, organisations, organisation_credentials, news, categories, review, filing,
                 complaints, sanctions, appeals, credit, retention, reports, staffing, regions, regulators, departments,
                 powers, counts)
};

} // namespace charter
