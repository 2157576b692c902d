#pragma once
// A journal that writes down when each post became durable, for benchmarks that measure from there (`charterd
// --bench-stamps FILE`). Everything else it passes on.
//
// A line is "NUMBER NANOSECONDS": the post's number in its account, and the monotonic clock, which the processes of one
// machine share. It is read before anybody hears of the append.

#include <memory>
#include <string>

#include "storage/journal.hpp"

namespace charter::node {

/// Appends to `file`. Errors: `unavailable` when that can't be written.
result<std::unique_ptr<storage::journal>> stamp_posts(std::unique_ptr<storage::journal> inner, const std::string& file);

} // namespace charter::node
