// The search against one that tries everything: whatever is left out on the way (calls taken at once, lost calls taken
// just in time, configurations not entered twice) must not change what is found.

#include <catch2/catch.hpp>

#include <random>

#include "apps/history/linearize.hpp"

using namespace charter::history;

namespace {

/// All orders of all subsets that hold what must have happened.
bool can_be_ordered(const std::vector<call>& calls, account_model& model, std::vector<bool>& taken) {
  auto earliest_deadline = never;
  bool is_done = true;
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (!taken[i] && calls[i].must_happen()) {
      is_done = false;
      earliest_deadline = std::min(earliest_deadline, calls[i].deadline);
    }
  if (is_done)
    return true;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (taken[i] || calls[i].invoked > earliest_deadline)
      continue;
    auto what = model.apply(calls[i]);
    if (what == account_model::effect::impossible)
      continue;
    taken[i] = true;
    bool found = can_be_ordered(calls, model, taken);
    taken[i] = false;
    if (what == account_model::effect::change)
      model.undo(calls[i]);
    if (found)
      return true;
  }
  return false;
}

std::vector<call> any_calls(std::mt19937& random, bool of_posts) {
  auto below = [&](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random); };
  using kind = call::kind;
  const std::vector<kind> kinds =
      of_posts ? std::vector{kind::publish, kind::publish,      kind::suspend,    kind::lift, kind::publish_refused,
                             kind::lift,    kind::lift_refused, kind::read_posts, kind::seen, kind::suspend}
               : std::vector{kind::subscribe, kind::unsubscribe, kind::join, kind::read_followers};
  std::vector<call> calls;
  for (int count = 3 + below(5); count > 0; --count) {
    call c;
    c.what = kinds[std::size_t(below(int(kinds.size())))];
    c.invoked = instant{below(12)};
    c.deadline = !c.only_looks() && below(3) == 0 ? never : c.invoked + instant{below(8)};
    c.subject = c.what == kind::join ? 0 : std::uint32_t(below(2));
    if (c.what == kind::publish && c.must_happen()) // of a lost one nobody knows it
      c.number = std::uint64_t(1 + below(3));
    if (c.what == kind::read_posts || c.what == kind::read_followers || c.what == kind::seen)
      c.number = std::uint64_t(below(3));
    calls.push_back(c);
  }
  return calls;
}

} // namespace

TEST_CASE("history: the search finds an order exactly when there is one", "[history]") {
  const bool of_posts = GENERATE(true, false);
  std::size_t possible = 0;
  constexpr std::uint32_t histories = 30'000;
  for (std::uint32_t seed = 0; seed < histories; ++seed) {
    std::mt19937 random(seed);
    auto calls = any_calls(random, of_posts);
    account_model start(0, {seed % 4 == 0, false}, {false, seed % 4 == 1});
    std::vector<bool> taken(calls.size(), false);
    auto model = start;
    const bool expected = can_be_ordered(calls, model, taken);
    auto result = linearize(calls, start, {});
    if ((result.found == verdict::ordered) != expected)
      FAIL("SEED=" << seed << " of_posts=" << of_posts << " expected=" << expected);
    possible += expected;
  }
  // Neither answer is the rule.
  CHECK(possible > histories / 10);
  CHECK(possible < histories * 9 / 10);
}
