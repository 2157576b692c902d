#include "cluster/node_clock.hpp"

#include <algorithm>

namespace charter::cluster {

namespace {

std::int64_t ms_of(node_clock::steady::time_point t) {
  return std::chrono::duration_cast<duration>(t.time_since_epoch()).count();
}

} // namespace

node_clock::node_clock(environment& wall, std::function<steady::time_point()> even)
    : wall_(wall), even_(std::move(even)) {
  step();
}

timestamp node_clock::now() { return timestamp{duration{ms_of(even_()) + ahead_ms_}}; }

duration node_clock::gap() { return wall_.now() - now(); }

bool node_clock::follow() {
  auto difference = gap();
  bool far = difference > clock_tolerance || difference < -clock_tolerance;
  if (!far)
    ahead_ms_ += std::clamp<duration>(difference, -clock_slew, clock_slew).count();
  return far && !jumped_.exchange(far);
}

void node_clock::step() {
  ahead_ms_ = wall_.now().time_since_epoch().count() - ms_of(even_());
  jumped_ = false;
}

} // namespace charter::cluster
