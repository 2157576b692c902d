#pragma once
// The time that a node of a cluster goes by. It is taken from the wall clock once, and then runs evenly: a wall clock
// that jumps moves nothing here. Small differences, as from a machine that keeps in step with a time server, are made
// up for by and by. Whether the whole is right is for the other nodes to say (cluster/clock_watch.hpp).
//
// Thread-safe. Nothing can fail.

#include <atomic>
#include <functional>

#include "domain/environment.hpp"

namespace charter::cluster {

/// What is still taken for the same time (a design decision: sanctions and deadlines count in minutes and days).
inline constexpr std::chrono::milliseconds clock_tolerance{500};
/// How much of a small difference is made up for in a second.
inline constexpr std::chrono::milliseconds clock_slew{5};

class node_clock final : public environment {
public:
  using steady = std::chrono::steady_clock;
  /// `wall` outlives it, and gives random bytes as well.
  explicit node_clock(environment& wall, std::function<steady::time_point()> even = steady::now);

  timestamp now() override;
  void fill_random(std::span<std::uint8_t> out) override { wall_.fill_random(out); }

  /// How far the wall clock is ahead of this one.
  duration gap();
  /// To be called every second: follows the wall clock where that differs by little. True when it has jumped since.
  bool follow();
  /// Takes the wall clock's time at once.
  void step();

private:
  environment& wall_;
  std::function<steady::time_point()> even_;
  std::atomic<std::int64_t> ahead_ms_{0}; ///< of the even clock, since 1970
  std::atomic<bool> jumped_{false};
};

} // namespace charter::cluster
