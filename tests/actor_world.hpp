#pragma once
// A deterministic home for actors under test: one thread, virtual time, and messages that move only inside `run` and
// `run_for`. With a seed the order in which runnable actors get their turn is drawn at random, one message a turn, so
// that many seeds explore many interleavings; the same seed gives the same trace. Messages from one actor to another
// stay in order, as CAF promises.
//
//   actor_world w(seed);
//   auto shard = w.own(spawn_shard(w.system(), …));
//   auto answer = w.ask<receipt>(shard, publish{"first"});      // runs the world until it's answered
//   REQUIRE(answer);
//   w.run_for(5s);                                               // every timer fires at its own time, in order
//
// A failing assertion prints SEED=… for as long as the world lives; SEED=n in the environment repeats one
// (`world_seeds`). Detached and blocking actors have threads of their own and escape all this: spawn the others only.
//
// Declare the world after all that actors write to: they end in its destructor.
//
// Own what you spawn: the world ends it, and what it supervises, before it goes. Actors that are still left then fail
// the test case, since they would keep the system from ending.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <catch2/catch.hpp>

namespace charter::test {

/// Seeds first, first + 1, … for a property; just one when the environment has SEED.
inline std::vector<std::uint64_t> world_seeds(std::size_t count, std::uint64_t first = 1) {
  if (auto given = std::getenv("SEED"))
    return {std::strtoull(given, nullptr, 10)};
  std::vector<std::uint64_t> seeds(count);
  for (auto& seed : seeds)
    seed = first++;
  return seeds;
}

class actor_world {
public:
  using clock_duration = caf::actor_clock::duration_type;

  /// Without a seed runnable actors take turns in the order in which they became so.
  explicit actor_world(std::optional<std::uint64_t> seed = std::nullopt) : order_(seed.value_or(0)), shuffled_(seed) {
    if (seed)
      seed_message_.emplace(Catch::MessageBuilder("INFO", CATCH_INTERNAL_LINEINFO, Catch::ResultWas::Info)
                            << "SEED=" << *seed << " COMMIT=" << commit());
    config_.set("scheduler.policy", caf::atom("testing"));
    system_ = std::make_unique<caf::actor_system>(config_);
    scheduler_ = &dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }
  actor_world(const actor_world&) = delete;
  actor_world& operator=(const actor_world&) = delete;

  /// Asks all owned actors to end, last owned first, then kills them. No time passes, so a back-off or a shutdown
  /// timeout doesn't run out.
  ~actor_world() {
    for (auto reason : {caf::exit_reason::user_shutdown, caf::exit_reason::kill})
      for (auto actor = owned_.rbegin(); actor != owned_.rend(); ++actor) {
        caf::anon_send_exit(*actor, reason);
        drain();
      }
    owned_.clear();
    scheduler_->clock().cancel_all(); // timers hold references to actors
    drain();
    if (auto left = system_->registry().running(); left > 0) {
      std::cerr << "actor_world: " << left << " actors were never ended; own() what is spawned\n";
      system_->await_actors_before_shutdown(false);
      if (std::uncaught_exceptions() == 0)
        CHECK(left == 0);
    }
  }

  caf::actor_system& system() { return *system_; }
  caf::scheduler::test_coordinator& scheduler() { return *scheduler_; }

  /// The actors' clock; starts near zero.
  caf::actor_clock::time_point now() const { return scheduler_->clock().current_time; }

  template <class Handle>
  Handle own(Handle handle) {
    owned_.push_back(caf::actor_cast<caf::strong_actor_ptr>(handle));
    return handle;
  }

  /// One turn of one actor. False if nobody has anything to do at this instant.
  bool step() {
    auto& jobs = scheduler_->jobs;
    if (jobs.empty())
      return false;
    if (shuffled_) {
      auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(order_() % jobs.size());
      std::rotate(jobs.begin(), chosen, chosen + 1);
    }
    return scheduler_->try_run_once();
  }

  /// Until nobody has anything to do at this instant. Throws if that seems never to come.
  void run() {
    for (std::size_t turns = 0; step(); ++turns)
      if (turns == turns_max)
        throw std::runtime_error("actor_world: messages go round and round without time passing");
  }

  /// Runs, and lets time pass: to each timer that is due on the way, exactly, then to the end.
  void run_for(clock_duration time) {
    auto& clock = scheduler_->clock();
    auto end = clock.current_time + time;
    run();
    while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
      scheduler_->advance_time(std::max(clock_duration(0), clock.schedule().begin()->first - clock.current_time));
      run();
    }
    scheduler_->advance_time(end - clock.current_time);
    run();
  }

  /// Runs until the predicate holds, letting time pass where nothing else is left to do. False if it never does within
  /// `limit`.
  bool run_until(const std::function<bool()>& holds, clock_duration limit = std::chrono::minutes(10)) {
    auto& clock = scheduler_->clock();
    auto end = clock.current_time + limit;
    for (std::size_t turns = 0; !holds(); ++turns) {
      if (turns == turns_max)
        return false;
      if (step())
        continue;
      if (clock.schedule().empty() || clock.schedule().begin()->first > end)
        return false;
      scheduler_->advance_time(std::max(clock_duration(0), clock.schedule().begin()->first - clock.current_time));
    }
    return true;
  }

  /// Sends a request and runs, with time passing, until it's answered: a value, or the error. The timeout is virtual.
  template <class Answer, class Handle, class... Message>
  caf::expected<Answer> ask(const Handle& to, Message&&... message) {
    return begin<Answer>(to, std::forward<Message>(message)...)();
  }

  /// Sends a request, and moves nothing yet. Calling the result runs the world until the answer is there.
  template <class Answer, class Handle, class... Message>
  std::function<caf::expected<Answer>()> begin(const Handle& to, Message&&... message) {
    auto me = std::make_shared<caf::scoped_actor>(*system_);
    auto request = (*me)->request(to, caf::infinite, std::forward<Message>(message)...);
    auto response = std::make_shared<decltype(request)>(std::move(request));
    return [this, me, response]() -> caf::expected<Answer> {
      caf::expected<Answer> outcome = caf::error(caf::sec::request_timeout);
      if (run_until([&] { return (*me)->has_next_message(); }))
        response->receive([&](Answer& answer) { outcome = std::move(answer); },
                          [&](caf::error& why) { outcome = std::move(why); });
      return outcome;
    };
  }

private:
  static constexpr std::size_t turns_max = 5'000'000;

  static std::string commit() {
    auto given = std::getenv("CHARTER_COMMIT");
    return given ? given : "unknown";
  }

  void drain() {
    for (std::size_t turns = 0; turns < turns_max && scheduler_->try_run_once(); ++turns) {
    }
  }

  std::mt19937_64 order_;
  bool shuffled_;
  std::optional<Catch::ScopedMessage> seed_message_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  std::vector<caf::strong_actor_ptr> owned_;
};

} // namespace charter::test
