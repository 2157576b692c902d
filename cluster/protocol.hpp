#pragma once
// What nodes speak among each other, as a number. A node also speaks the one before its own, so that a cluster is
// brought up to date one node at a time; nodes that are further apart don't talk. Records have no version of their own
// in this: a release that writes a new kind follows one that reads it. Pure.

#include <algorithm>
#include <cstdint>

namespace charter::cluster {

// 1: the first. 2: also takes told_presence and told_typing (cluster/link_messages.hpp). 3: asked_time, too.
// 4: asked_rows.
inline constexpr std::uint32_t telling_protocol = 2;
inline constexpr std::uint32_t clock_protocol = 3;
inline constexpr std::uint32_t rows_protocol = 4;

/// This build's. In an object of its own, so that a test can put another in its place (apps/chaos/charterd_next.cpp).
std::uint32_t own_protocol();

constexpr bool can_talk(std::uint32_t one, std::uint32_t other) {
  return std::max(one, other) - std::min(one, other) <= 1;
}

} // namespace charter::cluster
