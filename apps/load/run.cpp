#include "apps/load/run.hpp"

#include <algorithm>

#include <sys/resource.h>

#include "apps/load/desk_work.hpp"
#include "apps/load/disturbances.hpp"
#include "apps/load/person.hpp"
#include "apps/load/writers.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr auto connected_within = 120s; // after the last one was due
constexpr auto answered_within = 40s;   // what is under way when the running phase ends
constexpr auto heard_within = 15s;      // its pushes
constexpr double busy_cpu = 0.95;       // of the one core that this program has
constexpr auto heartbeat_every = 5ms;
constexpr std::uint64_t late_us = 50'000; // at 99 %

double own_cpu_s() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double seconds_since(instant then) { return std::chrono::duration<double>(steady::now() - then).count(); }

// -- connecting -------------------------------------------------------------------------------

/// Those who are awake at five in the morning, and everybody who works.
task<> connect_all(world& w, const run_watchers& watchers) {
  auto users = w.plan.population.users;
  auto early =
      std::max<std::size_t>(std::size_t{users} * w.plan.day.online_night_percent / 100, w.people.accounts.size());
  early = std::min<std::size_t>(early, users);
  auto begin = steady::now();
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < w.persons.size(); ++i) {
    auto& p = *w.persons[i];
    if (i < early || p.works())
      p.come_at(begin + std::chrono::nanoseconds{1s} * wanted++ / w.plan.connects_per_second);
    w.loop.spawn(p.live());
  }
  auto until = begin + std::chrono::nanoseconds{1s} * wanted / w.plan.connects_per_second + connected_within;
  while (w.online < wanted) {
    if (watchers.connecting)
      watchers.connecting(w.online, wanted);
    if (steady::now() > until) {
      auto& reasons = w.figures.lost_connections;
      throw run_failed{"only " + std::to_string(w.online) + " of " + std::to_string(wanted) + " came online" +
                       (reasons.empty() ? "" : "; among the reasons: " + reasons.begin()->first)};
    }
    co_await w.loop.pause(100ms);
  }
  if (watchers.connecting)
    watchers.connecting(w.online, wanted);
}

// -- running ----------------------------------------------------------------------------------

/// Each second: its figures, and whoever needs looking after.
task<> every_second(world& w, const run_watchers& watchers, run_facts& facts) {
  auto sent = w.net.bytes_sent;
  auto received = w.net.bytes_received;
  auto cpu = own_cpu_s();
  for (auto next = w.began + 1s; !w.is_over(); next += 1s) {
    co_await w.loop.until(next);
    w.figures.all.bytes_sent = w.net.bytes_sent - sent;
    w.figures.all.bytes_received = w.net.bytes_received - received;
    facts.online_peak = std::max<std::uint64_t>(facts.online_peak, w.online);
    for (auto& p : w.persons)
      p->look_after(next);
    if (next > w.ends())
      continue; // settling has no place in the day
    w.figures.tick(w.online, own_cpu_s() - cpu);
    if (watchers.second)
      watchers.second(w);
  }
}

/// How late this program's own timers are: whether it keeps up with what it wants to do.
task<> heartbeat(world& w, histogram& lateness) {
  for (auto next = w.began; w.is_running(); next += heartbeat_every) {
    co_await w.loop.until(next);
    lateness.record(since_us(next, steady::now()));
  }
}

void begin_everything(world& w) {
  for (auto part :
       {publish_on_schedule, correct_on_schedule, withdraw_on_schedule, chat_on_schedule, suspend_on_schedule,
        complain_on_schedule, come_and_go, drop_out_on_schedule, stop_reading_now_and_then, storms_at_their_time})
    w.loop.spawn(part(w));
}

// -- settling ---------------------------------------------------------------------------------

std::size_t unfinished(world& w, bool say) {
  std::size_t many = 0;
  for (auto& p : w.persons)
    many += p->unfinished(say);
  return many;
}

task<> settle(world& w, const run_watchers& watchers, run_facts& facts) {
  auto tell = [&](const std::string& what) {
    if (watchers.settling)
      watchers.settling(what);
  };
  tell("waiting for answers");
  for (auto until = steady::now() + answered_within; w.errands > 0 && steady::now() < until;)
    co_await w.loop.pause(50ms);
  tell("waiting for what is on its way");
  for (auto until = steady::now() + heard_within; unfinished(w, false) > 0 && steady::now() < until;)
    co_await w.loop.pause(100ms);
  facts.unfinished = unfinished(w, true);
  for (auto& p : w.persons)
    facts.streams += p->streams_watched();
}

task<> see_off(world& w) {
  for (auto& p : w.persons)
    p->go();
  co_await w.loop.pause(1s);
  for (auto& p : w.persons)
    p->fall_off(instant::max());
}

} // namespace

task<> run(world& w, const run_watchers& watchers, run_facts& facts) {
  auto began = steady::now();
  co_await connect_all(w, watchers);
  facts.connecting_s = seconds_since(began);

  w.figures = {};
  auto cpu = own_cpu_s();
  w.began = steady::now();
  w.now_in = phase::running;
  w.loop.spawn(every_second(w, watchers, facts));
  w.loop.spawn(heartbeat(w, facts.lateness));
  begin_everything(w);
  co_await w.loop.until(w.ends());

  facts.own_cpu_s = own_cpu_s() - cpu;
  auto busy = std::count_if(w.figures.seconds.begin(), w.figures.seconds.end(),
                            [](const second_sample& s) { return s.own_cpu > busy_cpu; });
  facts.was_held_up = busy * 10 > std::ssize(w.figures.seconds) || facts.lateness.at_percentile(99) > late_us;
  w.now_in = phase::settling;
  if (w.online == 0)
    throw run_failed{"nobody was online any more at the end; did the server stop?"};
  co_await settle(w, watchers, facts);
  w.now_in = phase::over;
  co_await see_off(w);
}

} // namespace charter::load
