#pragma once
// What people type for things, as the protocol wants them: names instead of ids, "7d" for lengths, "8.2" for rules.

#include <optional>
#include <string>
#include <string_view>

#include "apps/charter/invocation.hpp"

namespace charter::cli {

/// An id as it is; else the id of the account of this name. Errors: as the server has them.
client::reply<std::string> account_named(invocation& in, const std::string& text);

/// An id as it is; else the id of the user with exactly this pseudonym. Errors: `not_found`.
client::reply<std::string> user_named(invocation& in, const std::string& text);

/// "8.2", "8.2:item", or "cn-2014:8.2:item" as a rule; without a charter, the one in force.
client::reply<json> rule_named(invocation& in, const std::string& text);

/// {"post": …}, {"account": …}, {"organisation": …} or {"user": …}, as the id's prefix says; other texts are taken for
/// an account's name.
client::reply<json> target_named(invocation& in, const std::string& text);

/// "90s", "30m", "12h", "7d", "2w". Nothing for anything else.
std::optional<duration> parse_length(std::string_view text);

/// "kind=…,number=…,issuer=…,scope=…,from=2026-01-01,until=2031-01-01", or the protocol's JSON object.
result<json> parse_credential(const std::string& text);

/// A text argument: as it is, "-" from standard input, "@FILE" from a file (a leading "@@" stands for "@").
result<std::string> text_argument(const std::string& text);

} // namespace charter::cli
