#include "apps/load/disturbances.hpp"

#include <algorithm>

#include "apps/load/person.hpp"
#include "apps/load/schedule.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr auto look_at_the_clock = 200ms;
constexpr std::size_t at_once = 250; // connections that a storm cuts in one go

instant within(world& w, std::chrono::nanoseconds most) {
  return steady::now() + std::chrono::nanoseconds{w.below(static_cast<std::size_t>(most.count()) + 1)};
}

/// Somebody by chance for whom `fits` holds; null when that isn't easy to find.
template <class Fits>
person* somebody(world& w, Fits fits) {
  for (int tries = 0; tries < 50; ++tries)
    if (auto& p = w.user(w.below(w.plan.population.users)); fits(p))
      return &p;
  return nullptr;
}

bool is_free_to_go(const person& p) { return p.is_online() && !p.works() && !p.is_slow(); }

task<> drop_out(world& w) {
  if (auto* p = somebody(w, is_free_to_go))
    p->fall_off(steady::now() + w.plan.readers.away_for);
  co_return;
}

task<> strike(world& w, const storm& s) {
  w.figures.marks.push_back({std::chrono::duration<double>(steady::now() - w.began).count(),
                             "storm: " + std::to_string(s.share_percent) + " % lose their connection"});
  for (std::size_t i = 0; i < w.plan.population.users; ++i) {
    if (w.user(i).is_online() && w.chance(s.share_percent))
      w.user(i).fall_off(within(w, s.back_within));
    if (i % at_once == at_once - 1)
      co_await w.loop.pause(1ms); // others have their turn in between
  }
}

} // namespace

task<> come_and_go(world& w) {
  auto& day = w.plan.day;
  auto users = w.plan.population.users;
  auto night = static_cast<double>(day.online_night_percent) / std::max(1u, day.online_peak_percent);
  day_curve curve{w.plan.length, night};
  while (w.is_running()) {
    auto wanted = static_cast<std::size_t>(curve.at(steady::now() - w.began) * users * day.online_peak_percent / 100);
    std::size_t here = 0;
    for (std::size_t i = 0; i < users; ++i)
      here += !w.user(i).is_away();
    for (; here < wanted; ++here)
      if (auto* p = somebody(w, [](auto& x) { return x.is_away(); }))
        p->come_at(within(w, look_at_the_clock));
    for (; here > wanted; --here)
      if (auto* p = somebody(w, is_free_to_go))
        p->leave();
    co_await w.loop.pause(look_at_the_clock);
  }
}

task<> drop_out_on_schedule(world& w) {
  co_await on_schedule(w, w.plan.readers.drop_outs_per_minute, [&w](instant) { return drop_out(w); });
}

task<> stop_reading_now_and_then(world& w) {
  auto users = w.plan.population.users;
  std::vector<person*> slow; // always the same ones
  for (std::size_t i = 0; i < users; ++i)
    if (w.net.can_be_slow && !w.user(i).works() && w.chance(w.plan.readers.slow_percent))
      slow.push_back(&w.user(i));
  while (w.is_running() && !slow.empty()) {
    co_await w.loop.pause(std::chrono::nanoseconds{w.plan.readers.slow_every} / slow.size());
    auto* p = slow[w.below(slow.size())];
    if (w.is_running() && p->is_online() && !p->is_slow())
      w.loop.spawn(p->be_slow(w.plan.readers.slow_for));
  }
}

task<> storms_at_their_time(world& w) {
  auto storms = w.plan.storms;
  std::sort(storms.begin(), storms.end(), [](auto& a, auto& b) { return a.at_percent < b.at_percent; });
  for (auto& s : storms) {
    co_await w.loop.until(w.began + w.plan.length * s.at_percent / 100);
    if (!w.is_running())
      co_return;
    co_await strike(w, s);
  }
}

} // namespace charter::load
