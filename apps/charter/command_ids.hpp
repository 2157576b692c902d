#pragma once
// Command ids: UUIDv7 (RFC 9562), so that a command sent twice takes effect once.

#include <string_view>

#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace charter::cli {

/// The time from the clock, the rest random.
command_id fresh_command_id(timestamp now);

/// The time from the clock, the rest a hash of `what`: two runs in the same millisecond make the same id.
command_id derived_command_id(timestamp now, std::string_view what);

} // namespace charter::cli
