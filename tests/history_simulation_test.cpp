// Random histories of a correct account are accepted; with one thing broken once, they are rejected.

#include <catch2/catch.hpp>

#include <chrono>

#include <rapidcheck.h>

#include "apps/history/check.hpp"
#include "tests/history_simulation.hpp"

using namespace charter::history;
using namespace charter::history_test;

namespace {

report simulate(fault wrong, int steps) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  RC_LOG() << "SEED=" << seed << "\n";
  auto found = check(simulation(seed, wrong).run(steps));
  for (const auto& f : found.findings)
    RC_LOG() << to_text(f) << "\n";
  RC_ASSERT(found.undecided.empty());
  return found;
}

} // namespace

TEST_CASE("history: whatever a correct account does is accepted", "[history]") {
  CHECK(rc::check("for any interleaving and any loss of answers",
                  [] { RC_ASSERT(simulate(fault::none, 400).findings.empty()); }));
}

TEST_CASE("history: a fault is found in any history", "[history]") {
  const auto [name, wrong] = GENERATE(table<const char*, fault>({
      {"a post accepted under a suspension", fault::accepts_under_suspension},
      {"a post refused without one", fault::refuses_without_suspension},
      {"an acknowledged post lost", fault::loses_acknowledged_post},
      {"a number given twice", fault::gives_number_twice},
      {"a number skipped", fault::skips_number},
      {"a stale read", fault::reads_stale},
      {"a wrong count", fault::counts_wrong},
      {"a repeat applied again", fault::applies_repeat_again},
      {"an item that a subscriber never got", fault::hides_item},
      {"an item that a subscriber got twice", fault::repeats_item},
  }));
  DYNAMIC_SECTION(name) {
    CHECK(rc::check(name, [wrong = wrong] { RC_ASSERT(!simulate(wrong, 400).findings.empty()); }));
  }
}

TEST_CASE("history: a long history is checked as well", "[history]") {
  auto what = simulation(7, fault::none).run(60'000);
  auto found = check(what);
  CHECK(what.operations.size() > 5'000);
  CHECK(found.findings.empty());
  CHECK(found.undecided.empty());
}
