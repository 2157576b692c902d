#pragma once
// Who writes: editors, who publish, correct and withdraw, and people who chat. Each text carries the number of its
// command, so that it is known again wherever it turns up.

#include "apps/load/world.hpp"

namespace charter::load {

task<> publish(world& w, std::uint32_t account, instant due);

/// Each until the running phase ends.
task<> publish_on_schedule(world& w);
task<> correct_on_schedule(world& w);
task<> withdraw_on_schedule(world& w);
task<> chat_on_schedule(world& w);

} // namespace charter::load
