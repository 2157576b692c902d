#pragma once
// The desk at work: senior moderators suspend accounts and lift it again, while their editors go on publishing (I2);
// readers complain, and moderators claim the case and decide.

#include "apps/load/world.hpp"

namespace charter::load {

/// Each until the running phase ends.
task<> suspend_on_schedule(world& w);
task<> complain_on_schedule(world& w);

} // namespace charter::load
