#pragma once
// Does something whenever it is due, whether or not what was begun before has ended.

#include "apps/load/world.hpp"

namespace charter::load {

/// Commands, sanctions and complaints under way at one time; what is due beyond is counted as not sent.
inline constexpr std::size_t errands_max = 20'000;

/// `begin(due)` gives the task to spawn. Until the running phase ends.
template <class Begin>
task<> on_schedule(world& w, std::uint32_t per_minute, Begin begin) {
  arrivals all{per_minute / 60.0, w.day()};
  while (auto at = all.next(w.random)) {
    auto due = w.began + *at;
    co_await w.loop.until(due);
    if (!w.is_running())
      co_return;
    if (w.errands >= errands_max)
      ++w.figures.all.not_sent;
    else
      w.loop.spawn(begin(due));
  }
}

/// Counts an errand while it lives.
class errand {
public:
  explicit errand(world& w) : world_(w) { ++world_.errands; }
  ~errand() { --world_.errands; }
  errand(const errand&) = delete;
  errand& operator=(const errand&) = delete;

private:
  world& world_;
};

} // namespace charter::load
