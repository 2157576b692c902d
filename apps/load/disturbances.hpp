#pragma once
// What goes wrong, and the day: storms in which many lose their connection at once, single ones cut without a goodbye,
// readers who stop reading, and people who come and go with the hour.

#include "apps/load/world.hpp"

namespace charter::load {

/// Each until the running phase ends.
task<> come_and_go(world& w);
task<> drop_out_on_schedule(world& w);
task<> stop_reading_now_and_then(world& w);
task<> storms_at_their_time(world& w);

} // namespace charter::load
