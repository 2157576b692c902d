#pragma once
// What the world outside gives: wall time and random bytes. A simulator puts its own in their place.

#include <span>

#include "domain/bytes.hpp"
#include "domain/time.hpp"

namespace charter {

class environment {
public:
  virtual ~environment() = default;
  /// UTC; may jump. Shards make it monotonic: now = max(wall clock, time of the last record).
  virtual timestamp now() = 0;
  /// Unpredictable bytes; a failing source is a bug and ends the process.
  virtual void fill_random(std::span<std::uint8_t> out) = 0;
};

} // namespace charter
