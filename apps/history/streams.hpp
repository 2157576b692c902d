#pragma once
// A subscriber's stream: numbers without a hole and without a repeat, or a gap that it was told of [I4].

#include <vector>

#include "apps/history/calls.hpp"
#include "apps/history/recording.hpp"

namespace charter::history {

/// Says of each stream the first thing that is wrong, and looks on from there.
void check_streams(const recording& what, std::vector<finding>& findings);

} // namespace charter::history
