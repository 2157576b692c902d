#pragma once
// Of calls that can't be ordered, a few that can't be ordered either: what a person has to look at.
//
// Two steps, each of which turns an orderable history into an orderable one, so that what stays impossible shows a real
// fault. First the history is cut off after the earliest answer up to which it is impossible: what had no answer by
// then may have happened or not (linearizability is closed under prefixes). Then facts are dropped, many at a time and
// at last one by one, as long as the rest remains impossible: a read is left out, and of a change it is forgotten that,
// when and how it took effect. In the end each remaining fact is needed.

#include <cstddef>
#include <span>
#include <vector>

#include "apps/history/account_model.hpp"
#include "apps/history/linearize.hpp"

namespace charter::history {

struct core {
  std::vector<call> facts;    ///< by time
  std::vector<call> possible; ///< changes that may have happened as well, and don't help
  instant until = never;      ///< where the history was cut off
};

/// `calls` are impossible from `start`. Searches within `each`, and tries calls for `trials_max` in all; then the core
/// may be larger than need be.
core shrink(std::span<const call> calls, const account_model& start, const bounds& each,
            std::size_t trials_max = 300'000'000);

} // namespace charter::history
