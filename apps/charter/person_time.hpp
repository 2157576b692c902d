#pragma once
// Times as a person reads them: the clock in the local zone, and how far off that is.

#include <string>

#include "domain/time.hpp"

namespace charter::cli {

/// "just now", "14:25, 3 minutes ago", "yesterday 14:25", "Sunday 14:25, 3 days ago", "12 Nov 14:25, 2 weeks ago",
/// "12 Nov 2025, a year ago"; ahead of now: "14:31, in 6 minutes", "tomorrow 14:25", "Fri 27 Nov 14:25, in 3 days".
/// Local zone: as TZ or the system has it.
std::string to_person(timestamp t, timestamp now);

/// "3 days", "an hour", "45 seconds": the largest unit, rounded down. Never negative.
std::string to_person(duration span);

timestamp clock_now();

} // namespace charter::cli
