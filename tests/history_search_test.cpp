// Small histories by hand: what the search has to accept, and what it has to reject. They show that the checker works,
// and nothing about the server: so they carry no invariants.

#include <catch2/catch.hpp>

#include <set>

#include "apps/history/check.hpp"
#include "apps/history/shrink.hpp"
#include "tests/history_fixture.hpp"

using namespace charter::history;
using namespace charter::history_test;

namespace {

bool is_well(const recording& what) {
  auto found = check(what);
  CHECK(found.undecided.empty());
  for (const auto& f : found.findings)
    UNSCOPED_INFO(to_text(f));
  return found.findings.empty();
}

/// The only finding, as text; empty if there is none, or more.
std::string only_finding(const recording& what) {
  auto found = check(what);
  return found.findings.size() == 1 ? to_text(found.findings.front()) : "";
}

} // namespace

// -- good ---------------------------------------------------------------------------------

TEST_CASE("history: nothing happened, and that is well", "[history]") { CHECK(is_well({})); }

TEST_CASE("history: posts that overlap may be numbered either way", "[history]") {
  script s;
  s.publish(0, 10, 2);
  s.publish(1, 9, 1);
  s.read_posts(2, 8, 1);
  s.read_posts(11, 12, 2);
  CHECK(is_well(s));
}

TEST_CASE("history: what begins as another ends overlaps it", "[history]") {
  script s;
  s.publish(0, 10, 2);
  s.publish(10, 20, 1);
  CHECK(is_well(s));
}

TEST_CASE("history: a post without an answer may have a number, late, or none", "[history]") {
  SECTION("it took the first number") {
    script s;
    s.publish_lost(0);
    s.publish(5, 6, 2);
    CHECK(is_well(s));
  }
  SECTION("it took effect long after") {
    script s;
    s.publish_lost(0);
    s.publish(5, 6, 1);
    s.read_posts(7, 8, 1);
    s.read_posts(20, 21, 2);
    CHECK(is_well(s));
  }
  SECTION("it never did") {
    script s;
    s.publish_lost(0);
    s.publish(5, 6, 1);
    s.publish(8, 9, 2);
    CHECK(is_well(s));
  }
}

TEST_CASE("history: a post that overlaps a suspension may go both ways", "[history]") {
  for (bool accepted : {true, false}) {
    script s;
    s.suspend(5, 10, "snc");
    if (accepted)
      s.publish(4, 11, 1);
    else
      s.publish_refused(4, 11);
    CHECK(is_well(s));
  }
}

TEST_CASE("history: under two suspensions, both have to be lifted", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.suspend(2, 3, "b");
  s.lift(4, 5, "a");
  s.publish_refused(6, 7);
  s.lift(8, 9, "b");
  s.publish(10, 11, 1);
  CHECK(is_well(s));
}

TEST_CASE("history: a lift without an answer may end the suspension at any time", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.lift_lost(2, "a");
  s.publish_refused(3, 4);
  s.publish(5, 6, 1);
  CHECK(is_well(s));
}

TEST_CASE("history: a repeat under the same command id takes effect once", "[history]") {
  script s;
  s.publish_lost(0, "c");
  s.publish(5, 6, 1, "c");
  s.publish(7, 8, 1, "c");
  s.publish(9, 10, 2);
  CHECK(is_well(s));
}

TEST_CASE("history: a repeat may be refused by what was decided for the first attempt, if that had no answer",
          "[history]") {
  script s;
  s.suspend(0, 1, "a");
  if (bool asked_before = GENERATE(true, false); asked_before) {
    s.publish_lost(2, "c");
    s.lift(3, 4, "a");
    s.publish_refused(5, 6, "c");
    CHECK(is_well(s));
  } else {
    s.lift(3, 4, "a");
    s.publish_lost(5, "c");
    s.publish_refused(6, 7, "c");
    CHECK_FALSE(is_well(s));
  }
}

TEST_CASE("history: a refusal leaves nothing behind, and may be followed by something else", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.publish_refused(2, 3, "c");
  s.lift(4, 5, "a");
  s.publish(6, 7, 1, "c");
  CHECK(is_well(s));
}

TEST_CASE("history: followers are counted once each", "[history]") {
  script s;
  s.subscribe(0, 1, "ann");
  s.subscribe(2, 3, "ann");
  s.subscribe(2, 9, "bo");
  s.read_followers(4, 5, 1);
  s.read_followers(6, 7, 2);
  s.unsubscribe(10, 11, "ann");
  s.read_followers(12, 13, 1);
  CHECK(is_well(s));
}

TEST_CASE("history: an account may have had a life before", "[history]") {
  script s;
  s.what.beginnings.push_back({"acc", 7, {"old"}, {"ann"}});
  s.publish_refused(0, 1);
  s.lift(2, 3, "old");
  s.publish(4, 5, 8);
  s.unsubscribe(6, 7, "ann");
  s.read_followers(8, 9, 0);
  CHECK(is_well(s));
}

TEST_CASE("history: accounts have nothing to do with each other", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.account = "other";
  s.publish(2, 3, 1);
  CHECK(is_well(s));
}

// -- bad ----------------------------------------------------------------------------------

TEST_CASE("history: a post accepted under a suspension is found", "[history]") {
  script s;
  for (std::uint64_t i = 0; i < 20; ++i)
    s.publish(int(i), int(i) + 1, i + 1);
  s.suspend(30, 31, "a");
  s.publish(35, 36, 21, "late");
  s.lift(40, 41, "a");
  s.publish(45, 46, 22);
  auto text = only_finding(s);
  // The twenty posts before, the lifting and the post after it are not needed to see it.
  CHECK(text == "[I2] acc: no order explains these 2 answers, the last one at 36.000 ms:\n"
                "    30.000 … 31.000 ms  staff suspend a → ok\n"
                "    35.000 … 36.000 ms  owner publish → post 21  (late)\n"
                "    whatever became of 20 × publish before that");
}

TEST_CASE("history: a post refused without a suspension is found", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.lift(2, 3, "a");
  s.publish_refused(4, 5);
  CHECK(only_finding(s).find("[I2] acc: no order explains these 2 answers") == 0); // the lift and the refusal
}

// A suspension that ends by itself is written as a lift, from when it may have been over to when it must have been.
TEST_CASE("history: a post accepted while a timed suspension runs is found", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.publish(10, 11, 1);
  s.lift(20, 22, "a");
  CHECK(only_finding(s).find("[I2] acc: no order explains these 2 answers") == 0);
}

TEST_CASE("history: a post refused after a timed suspension is over is found", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.publish_refused(10, 11);
  s.lift(20, 22, "a");
  s.publish_refused(23, 24);
  CHECK(only_finding(s).find("[I2] acc: no order explains") == 0);
}

TEST_CASE("history: a timed suspension holds until it was seen to be over, by whatever clock", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.lift(20, 60, "a"); // the clocks differ by as much
  SECTION("either way within that time") {
    s.publish_refused(25, 26);
    s.publish(30, 31, 1);
    CHECK(is_well(s));
  }
  SECTION("but not back") {
    s.publish(25, 26, 1);
    s.publish_refused(30, 31);
    CHECK(only_finding(s).find("[I2] acc: no order explains") == 0);
  }
  SECTION("of two, the one that lasts longer") {
    s.suspend(2, 3, "b");
    s.lift(80, 80, "b");
    s.publish(70, 71, 1);
    CHECK(only_finding(s).find("[I2] acc: no order explains") == 0);
  }
}

TEST_CASE("history: a timed suspension whose end is still open may be over, or not, and not before it may be",
          "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.lift_lost(20, "a");
  SECTION("not over") { s.publish_refused(90, 91); }
  SECTION("over") { s.publish(90, 91, 1); }
  CHECK(is_well(s));
  s.publish(10, 11, 1);
  CHECK_FALSE(check(s).findings.empty());
}

TEST_CASE("history: a number given twice is found", "[history]") {
  script s;
  s.publish(0, 1, 1);
  s.publish(2, 3, 2);
  s.publish(2, 3, 2);
  CHECK(only_finding(s).find("[I4] acc: no order explains these 2 answers") == 0);
}

TEST_CASE("history: a hole in the numbers is found, unless a lost post may fill it", "[history]") {
  script s;
  s.publish(0, 1, 1);
  s.publish(2, 3, 3);
  CHECK(only_finding(s).find("[I4] acc: no order explains this answer") == 0);
  s.publish_lost(1);
  CHECK(is_well(s));
}

TEST_CASE("history: a later post with a lower number is found", "[history]") {
  script s;
  s.publish(0, 1, 2);
  s.publish(2, 3, 1);
  CHECK_FALSE(is_well(s));
}

TEST_CASE("history: a read that doesn't know what was acknowledged is found", "[history]") {
  script s;
  s.publish(0, 1, 1);
  s.publish(2, 3, 2);
  s.read_posts(4, 5, 1);
  s.publish(6, 7, 3);
  CHECK(only_finding(s).find("[I1] acc: no order explains these 2 answers, the last one at 5.000 ms") == 0);
}

TEST_CASE("history: reads that go back in time are found", "[history]") {
  script s;
  s.publish_lost(0);
  s.read_posts(2, 3, 1);
  s.read_posts(4, 5, 0);
  CHECK(only_finding(s).find("[I1] acc: no order explains these 2 answers") == 0);
}

TEST_CASE("history: a wrong count of followers is found", "[history]") {
  script s;
  for (int i = 0; i < 40; ++i)
    s.subscribe_lost(i, "follower-" + std::to_string(i));
  s.read_followers(50, 51, 41);
  CHECK(only_finding(s).find("whatever became of 40 × subscribe") != std::string::npos);
}

TEST_CASE("history: one command id with two answers is found", "[history]") {
  script s;
  s.publish(0, 1, 1, "c");
  s.publish(2, 3, 2, "c");
  CHECK(only_finding(s) == "[I3] acc: command c was answered twice: post 1, and post 2");
}

TEST_CASE("history: a repeat that is refused after it was accepted is found", "[history]") {
  script s;
  s.publish(0, 1, 1, "c");
  s.suspend(2, 3, "a");
  s.publish_refused(4, 5, "c");
  CHECK(only_finding(s) == "[I3] acc: command c was accepted, and a repeat of it refused");
}

TEST_CASE("history: one command id for two things is found", "[history]") {
  script s;
  s.suspend(0, 1, "a", "c");
  s.publish(5, 6, 1, "c");
  CHECK_FALSE(is_well(s));
}

// -- bounds and shrinking -------------------------------------------------------------------

TEST_CASE("history: many lost posts are no explosion, since they are all alike", "[history]") {
  script s;
  for (int i = 0; i < 500; ++i)
    s.publish_lost(i);
  for (int i = 0; i < 200; ++i)
    s.publish(500 + i, 520 + i, 2 * std::uint64_t(i) + 3);
  CHECK(is_well(s));
  s.read_posts(2'000, 2'001, 100);
  auto found = check(s);
  CHECK(found.findings.size() == 1);
  CHECK(found.undecided.empty());
}

TEST_CASE("history: a search that gets too big says that it is undecided", "[history]") {
  script s;
  for (int i = 0; i < 30; ++i) // in any order, all at once
    s.subscribe(0, 100, "follower-" + std::to_string(i));
  s.read_followers(50, 51, 31);
  auto found = check(s, {1'000, 1'000'000});
  CHECK(found.findings.empty());
  CHECK(found.undecided == std::vector<std::string>{"acc"});
}

TEST_CASE("history: what shrinking leaves is impossible, and all of it is needed", "[history]") {
  script s;
  s.publish(0, 3, 1);
  s.suspend(1, 4, "a");
  s.publish_lost(2);
  s.lift(5, 8, "a");
  s.read_posts(6, 7, 2);
  s.publish(9, 10, 4);
  s.suspend(11, 12, "b");
  s.publish_refused(13, 14);
  s.read_posts(15, 16, 4);
  std::vector<finding> none;
  auto calls = calls_of(s, none).at("acc");
  auto small = shrink(calls.posts, calls.start, {});
  auto is_impossible = [&](const core& c) {
    auto all = c.facts;
    all.insert(all.end(), c.possible.begin(), c.possible.end());
    return linearize(all, calls.start, {}).found == verdict::impossible;
  };
  CHECK(is_impossible(small));
  CHECK(small.facts.size() < calls.posts.size());
  for (std::size_t i = 0; i < small.facts.size(); ++i) {
    auto less = small;
    auto fact = less.facts[i];
    less.facts.erase(less.facts.begin() + std::ptrdiff_t(i));
    fact.deadline = never;
    fact.number = 0;
    if (fact.what != call::kind::read_posts && fact.what != call::kind::publish_refused)
      less.possible.push_back(fact);
    CHECK_FALSE(is_impossible(less));
  }
}

TEST_CASE("history: the order that is found is one", "[history]") {
  script s;
  s.publish(0, 9, 2);
  s.publish(1, 8, 1);
  s.suspend(2, 7, "a");
  s.publish_refused(3, 6);
  s.lift_lost(4, "a");
  s.publish(10, 11, 3);
  std::vector<finding> none;
  auto calls = calls_of(s, none).at("acc");
  auto result = linearize(calls.posts, calls.start, {});
  REQUIRE(result.found == verdict::ordered);
  CHECK(std::set<std::size_t>(result.order.begin(), result.order.end()).size() == result.order.size());
  auto model = calls.start;
  auto latest_invocation = instant{0};
  for (auto i : result.order) {
    CHECK(model.apply(calls.posts[i]) != account_model::effect::impossible);
    latest_invocation = std::max(latest_invocation, calls.posts[i].invoked);
    CHECK(calls.posts[i].deadline >= latest_invocation);
  }
}
