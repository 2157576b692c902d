#pragma once
// How the parts of a case fit together: one file per concept (review, complaint, sanction, withholding, appeal, desk),
// all of them deciding on the same state. Included by domain/cases*.cpp only.

#include <string>
#include <string_view>

#include "domain/cases.hpp"
#include "domain/effects.hpp"

namespace charter::cases {

using made = result<decision<event>>;

// -- one per command ------------------------------------------------------------

made on(const state& s, const apply& c, const context& in);
made on(const state& s, const amend& c, const context& in);
made on(const state& s, const withdraw& c, const context& in);
made on(const state& s, const complain& c, const context& in);
made on(const state& s, const impose& c, const context& in);
made on(const state& s, const claim& c, const context& in);
made on(const state& s, const release& c, const context& in);
made on(const state& s, const note& c, const context& in);
made on(const state& s, const decide_application& c, const context& in);
made on(const state& s, const decide_complaint& c, const context& in);
made on(const state& s, const file_appeal& c, const context& in);
made on(const state& s, const decide_appeal& c, const context& in);
made on(const state& s, const second& c, const context& in);
made on(const state& s, const lift& c, const context& in);
made on(const state& s, const withhold& c, const context& in);
made on(const state& s, const restore& c, const context& in);
made on(const state& s, const refer& c, const context& in);
made on(const state& s, const name_answer& c, const context& in);
made on(const state& s, const enforcement_confirmed& c, const context& in);
made on(const state& s, const account_opened& c, const context& in);
made on(const state& s, const office_news& c, const context& in);
made on(const state& s, const tick& c, const context& in);

// -- questions (cases_parts.cpp) ------------------------------------------------

/// Filed and not decided.
bool appeal_pending(const state& s);
/// A deadline runs: somebody of the desk has to decide.
bool awaits_decision(const state& s);
/// The act that the next decision on this case is.
act next_act(const state& s);
/// The account, organisation or user that a complaint or a sanction is about.
const target* target_of(const state& s);
bool sanction_in_force(const state& s, timestamp now);
bool post_is_withheld(const state& s);

/// A member of staff who may do this in this case: holds the role, and is no party, neither as this user nor as the
/// same person under another pseudonym (I9). Errors: `unauthenticated`, `not_found`, `forbidden`, `unavailable`.
status check_desk(const state& s, act what, bool same_person, const context& in, bool first = true);
/// Errors: `forbidden` when the caller decided earlier in this case (I9).
status check_fresh(const state& s, act what, const context& in);
/// Errors: `conflict` when somebody else has taken the case.
status check_free(const state& s, const context& in);
/// A text that somebody writes. Errors: `invalid_params` when it's missing, `too_large`.
status check_text(std::string_view field, std::string_view text, std::size_t bytes_max, bool required);
status check_evidence(const std::vector<std::string>& evidence);
status check_target(const target& what);

/// The book by which the act is judged (article 10). Errors: `unavailable`, `conflict` when there was none yet.
result<const rule_book*> judging_book(const target& what, const context& in);

// -- what goes out (cases_parts.cpp) --------------------------------------------

std::string text_of(const context& in, case_aspect aspect);
/// `cas_…` or `cmp_…`, as the case began.
std::string text_of(const state& s, const context& in);

notice about_case(const context& in, notice_kind kind, std::string text, rule_ref rule = {});
void tell_all(decision<event>& out, const std::vector<user_id>& who, const notice& what);
/// The complainant, when signed in.
void tell_complainant(decision<event>& out, const state& s, const notice& what);

/// Names the account or organisation concerned, and never a person.
leaf leaf_about(const context& in, leaf_type type, case_aspect aspect, const target& what, rule_ref rule);

/// To the office of that region, and to the national one when `copy` or when no office has the region.
void send_to_offices(decision<event>& out, const rule_book& book, std::string_view region, bool copy,
                     const office_item& item, const context& in);

/// Appends what `more` decided, keeping the first's answer.
void append(decision<event>& out, decision<event> more);

// -- steps that several commands share ------------------------------------------

/// The checks and the choice behind a sanction, made once where it is decided first.
struct sentence {
  cases::target target;
  cases::measure measure;
  cases::reasons reasons;
  std::vector<user_id> notify;
  std::string region;
  severity weight = severity::minor;
  sanction_step recommended = sanction_step::warn;
};
/// Errors: `invalid_params` for what the ladder doesn't allow or what is missing (I9).
result<sentence> sentence_of(const impose& c, const context& in);
result<sentence> sentence_of(const state& s, const decide_complaint& c, const context& in);

/// Imposes: events, effects, notices, leaf and reports. `by`: one or two persons.
decision<event> carry_out(const state& s, const sentence& what, std::vector<user_id> by, bool from_complaint,
                          const context& in);
/// Ends the sanction; with `restores` its withheld post comes back.
decision<event> end_sanction(const state& s, lifted what, bool restores, const context& in);
decision<event> end_withholding(const state& s, user_id by, std::string reason, const context& in);

/// Takes effect, after one person or two.
made settle(const state& s, const decide_application& c, std::vector<user_id> by, const context& in);
made settle(const state& s, const decide_complaint& c, std::vector<user_id> by, const context& in);
made settle(const state& s, const impose& c, std::vector<user_id> by, const context& in);

/// The acts that a decision is; the strictest of them says how many persons it takes.
std::vector<act> acts_of(const application& what, const decide_application& c);
std::uint32_t persons_for(const rule_book& book, const std::vector<act>& acts);

} // namespace charter::cases
