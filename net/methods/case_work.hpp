#pragma once
// What methods about cases share: their names, who may look into them, whose matter they are, and what a measure is
// when half of it was left to the charter.

#include <initializer_list>

#include "net/call.hpp"
#include "net/methods/governance_params.hpp"

namespace charter::net {

/// By any of its names (cas_, cmp_, snc_, apl_). Errors: `invalid_params` naming `field`.
result<case_id> case_named(std::string_view text, std::string_view field);

/// Errors: `forbidden` unless the charter gives one of these acts to a role that the caller holds; `unavailable`.
status require_power(const call& c, std::initializer_list<act> any_of);

/// The book by which what happened then is judged (article 10); absent: now. Errors: `unavailable`.
result<const rule_book*> judging_book(const call& c, std::optional<timestamp> at);

/// Four eyes are two persons: with `deciders` whoever decided before in this case counts beside its parties.
enum class other_eyes : std::uint8_t { parties, parties_and_deciders };

/// The case, and whether the caller's person, under whichever pseudonym, is one of those. Errors: `not_found`.
void look_at_case(const call_ptr& c, const case_id& which, other_eyes whose,
                  std::function<void(const cases::state&, bool same_person)> then);

/// What a complaint or a sanction is about. A post brings its account and its time. Errors: `not_found`,
/// `invalid_params` unless exactly one is given.
result<cases::target> target_of(const call& c, const target_params& p);

/// Completed by the ladder's step; what the ladder doesn't allow is refused where the case decides.
cases::measure measure_of(const rule_book& book, const measure_params& p);
cases::reasons reasons_of(reasons_params p);

} // namespace charter::net
