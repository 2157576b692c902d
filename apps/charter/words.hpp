#pragma once
// The protocol's answers in words: badges, rules, refusals and what to do about them. English; no I/O.

#include <string>

#include "apps/charter/exit_code.hpp"
#include "apps/client/reply.hpp"
#include "domain/charter_kinds.hpp"

namespace charter::cli {

/// "[news]", "[news re-posts]" or nothing: what stands behind an account's name wherever it is shown (article 7.3).
std::string badge_text(news_right right);
/// From the wire's name; unknown ones are shown as they are.
std::string badge_text(const std::string& right);
/// "is entitled to publish and re-post current political news"; empty for none.
std::string badge_meaning(news_right right);

/// "article 7.2 of cn-2014, item entitlement"; empty when there is no rule.
std::string citation(const rule_ref& rule);

/// What to do about it, as a sentence; empty when there is nothing sensible to say.
std::string advice(const client::failure& why);

/// Lines for people: what happened, the rule behind it, what to do. Everything in it is harmless to a terminal.
std::string to_person(const client::failure& why);

/// {"error": {"cause": …, "type": …, "detail": …, "rule": …}} for `--json`.
std::string to_json_text(const client::failure& why);

exit_code exit_code_of(const client::failure& why);

} // namespace charter::cli
