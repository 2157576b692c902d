#pragma once
// What everything in a run shares. One thread, the loop's; parts refer to it by reference and live no longer.

#include <memory>
#include <random>
#include <vector>

#include "apps/load/arrivals.hpp"
#include "apps/load/command_checker.hpp"
#include "apps/load/measurements.hpp"
#include "apps/load/population.hpp"
#include "apps/load/push_decoder.hpp"
#include "apps/load/scenario.hpp"
#include "apps/load/session.hpp"
#include "apps/load/violations.hpp"

namespace charter::load {

class person;

/// A post that was acknowledged, for who wants to correct it or to complain.
struct known_post {
  std::string post;          ///< "pst_…"
  std::uint32_t account = 0; ///< index
};

enum class phase {
  connecting, ///< not counted
  running,
  settling, ///< nothing new is done; what is on its way arrives
  over,     ///< everybody goes
};

struct world {
  world(const scenario& plan_, const population& people_, network& net_, std::uint64_t seed, std::string run);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  const scenario& plan;
  const population& people;
  network& net;
  event_loop& loop;
  std::mt19937_64 random;
  stream_names streams;
  push_decoder decoder;
  command_checker commands;
  std::vector<instant> due; ///< of commands, by number - 1
  violations broken;
  measurements figures;
  std::vector<std::unique_ptr<person>> persons; ///< users, then staff
  std::vector<known_post> posts;                ///< the latest, in no order
  phase now_in = phase::connecting;
  instant began{};         ///< of the running phase
  std::size_t online = 0;  ///< persons who listen
  std::size_t errands = 0; ///< commands, complaints, sanctions that are under way

  day_curve day() const { return {plan.length, plan.day.night_percent / 100.0}; }
  instant ends() const { return began + plan.length; }
  bool is_over() const { return now_in == phase::over; }
  bool is_running() const { return now_in == phase::running; }

  person& user(std::size_t i) { return *persons[i]; }
  person& moderator();
  person& senior();
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }

  command_number begin_command(command_kind kind, stream_number stream, instant when);
  void found(int invariant, std::string what) { broken.add(invariant, std::move(what)); }
  void found(command_checker::findings all);
  void remember(known_post post);
};

} // namespace charter::load
