#pragma once
// A scenario from the first connection to the verdict.
//
// First everybody comes online, which isn't counted. Then the scenario runs for its length. At the end nothing new is
// begun; what is on its way arrives, and every stream has to have reached its newest item.

#include <functional>
#include <stdexcept>

#include "apps/load/world.hpp"

namespace charter::load {

/// Nothing that could be measured: the server is gone, or turns us away. With a sentence.
struct run_failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Who watches. All may be empty.
struct run_watchers {
  std::function<void(std::size_t online, std::size_t wanted)> connecting;
  std::function<void(const world&)> second; ///< the newest is the last of `figures.seconds`
  std::function<void(const std::string& what)> settling;
};

/// What a run comes to, besides the world's figures.
struct run_facts {
  double connecting_s = 0;
  double own_cpu_s = 0; ///< user and system time of this program in the running phase
  std::uint64_t online_peak = 0;
  std::uint64_t streams = 0;    ///< watched at the end, all subscribers' counted
  std::uint64_t unfinished = 0; ///< of those, whose newest item hadn't come
  histogram lateness;           ///< of our own timers, microseconds
  bool was_held_up = false;     ///< the load generator itself didn't keep up: its latencies are an upper bound
};

/// Throws `run_failed`.
task<> run(world& w, const run_watchers& watchers, run_facts& facts);

} // namespace charter::load
