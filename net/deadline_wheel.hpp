#pragma once
// A timer wheel: thousands of deadlines for the price of one timer.
//
// Belongs to one I/O thread. Deadlines are rounded up to a tick, and are hints: a connection looks at its own times
// when its entry comes up and enters itself anew, so moving a deadline later costs nothing. Entries beyond the wheel's
// round come up early.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "net/rate_limiter.hpp"

namespace charter::net {

class deadline_wheel {
public:
  static constexpr std::chrono::milliseconds tick{32};
  static constexpr std::size_t slots = 2048; ///< 65 seconds

  explicit deadline_wheel(monotonic start) : start_(start), wheel_(slots) {}

  /// Gives when it will come up.
  monotonic add(std::uint64_t key, monotonic when) {
    auto at = std::clamp(tick_of(when) + 1, current_ + 1, current_ + slots - 1);
    wheel_[at % slots].push_back(key);
    ++size_;
    return time_of(at);
  }

  /// When the next entry comes up; `monotonic::max()` if there is none.
  monotonic next() const {
    if (size_ == 0)
      return monotonic::max();
    auto at = current_ + 1;
    while (wheel_[at % slots].empty())
      ++at;
    return time_of(at);
  }

  /// Calls `due(key)` for all entries up to `now`; it may add.
  template <class Due>
  void advance(monotonic now, Due due) {
    auto until = tick_of(now);
    for (auto steps = std::size_t{0}; current_ < until && steps < slots; ++steps) {
      ++current_;
      auto keys = std::move(wheel_[current_ % slots]);
      wheel_[current_ % slots].clear();
      size_ -= keys.size();
      for (auto key : keys)
        due(key);
    }
    current_ = std::max(current_, until);
  }

private:
  monotonic time_of(std::uint64_t at) const { return start_ + static_cast<std::int64_t>(at) * tick; }
  std::uint64_t tick_of(monotonic when) const {
    return when <= start_ ? 0 : static_cast<std::uint64_t>((when - start_) / tick);
  }

  monotonic start_;
  std::uint64_t current_ = 0; ///< the last tick that was handled
  std::size_t size_ = 0;
  std::vector<std::vector<std::uint64_t>> wheel_;
};

} // namespace charter::net
