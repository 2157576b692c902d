#pragma once
// Time as the domain knows it: milliseconds since 1970, UTC, given as an argument and never read from a clock.

#include <chrono>
#include <string>
#include <string_view>

#include "domain/result.hpp"

namespace charter {

using duration = std::chrono::milliseconds;
using timestamp = std::chrono::sys_time<duration>;

/// RFC 3339, UTC, milliseconds: "2026-11-24T13:56:44.000Z". Years 0000 to 9999; outside of them it is clamped.
std::string to_text(timestamp t);

/// Errors: `invalid_params` unless the text is RFC 3339 with `Z` or an offset. Digits past milliseconds are cut.
result<timestamp> parse_time(std::string_view text);

} // namespace charter
