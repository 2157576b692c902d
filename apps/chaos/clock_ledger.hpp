#pragma once
// How wrong the nodes' wall clocks were at which time, and what that means for something that ends by itself.
//
// A shard's time is its owner's wall clock, or that of its last record if this is later: it is at most as far ahead as
// any clock has been, until the others have caught up, and never further behind than the slowest clock is now. Pure.

#include <optional>
#include <vector>

#include "apps/history/recording.hpp"

namespace charter::chaos {

class clock_ledger {
public:
  using instant = history::instant;

  /// From `at` on, clocks are at most so far behind and ahead; both from zero. In the order of time. Who changes a
  /// clock says so before it makes it worse, and after it has made it better.
  void set(instant at, instant behind, instant ahead);

  /// When a shard may have taken it to be `until` for the first time, if that was by `now`.
  std::optional<instant> earliest(instant until, instant now) const;
  /// From when on every node has taken it to be later than `until`, if that was by `now`.
  std::optional<instant> latest(instant until, instant now) const;

private:
  struct period {
    instant from{0};
    instant behind{0};
    instant ahead{0};
  };
  std::vector<period> periods_{period{}};
};

} // namespace charter::chaos
