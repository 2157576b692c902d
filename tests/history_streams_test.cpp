// What subscribers saw, and the format of the file.

#include <catch2/catch.hpp>

#include <sstream>

#include "apps/history/check.hpp"
#include "tests/history_fixture.hpp"

using namespace charter::history;
using namespace charter::history_test;

namespace {

std::string findings_of(const recording& what) {
  std::string all;
  for (const auto& f : check(what).findings)
    all += to_text(f) + "\n";
  return all;
}

/// Three posts, acknowledged by 3, 5 and 7 ms.
script three_posts() {
  script s;
  s.publish(2, 3, 1, "one");
  s.publish(4, 5, 2, "two");
  s.publish(6, 7, 3, "three");
  return s;
}

} // namespace

TEST_CASE("history: a stream in order is well, wherever it begins and ends", "[history]") {
  auto s = three_posts();
  s.listen("from-start", 0, 0);
  s.item("from-start", 3, 1, "one");
  s.item("from-start", 5, 2);
  s.item("from-start", 7, 3, "three");
  s.quiet("from-start", 20);
  s.listen("later", 4, 1);
  s.item("later", 6, 2, "two");
  CHECK(findings_of(s) == "");
}

TEST_CASE("history: a hole, a repeat and a missing end are found", "[history]") {
  auto s = three_posts();
  s.listen("ann", 0, 0);
  SECTION("hole") {
    s.item("ann", 8, 1);
    s.item("ann", 9, 3);
    CHECK(findings_of(s) == "[I4] acc: ann got post 3 though post 2 is missing, and nobody told of a gap\n");
  }
  SECTION("repeat") {
    s.item("ann", 8, 1);
    s.item("ann", 9, 1);
    CHECK(findings_of(s) == "[I4] acc: ann got post 1 after post 1\n");
  }
  SECTION("the last one is missing") {
    s.item("ann", 8, 1);
    s.item("ann", 9, 2);
    s.quiet("ann", 20);
    CHECK(findings_of(s) == "[I4] acc: ann never got post 3, though post 3 was acknowledged and all is quiet\n");
  }
}

TEST_CASE("history: a gap that was told of is none", "[history]") {
  auto s = three_posts();
  s.listen("ann", 0, 0);
  s.gap("ann", 8, 1, 2);
  s.item("ann", 9, 3);
  s.quiet("ann", 20);
  CHECK(findings_of(s) == "");
  // What it asks for then.
  s.listen("ann asking", 10, 0);
  s.item("ann asking", 10, 1, "one");
  s.item("ann asking", 10, 2, "two");
  CHECK(findings_of(s) == "");
  s.listen("bo", 0, 0);
  s.gap("bo", 8, 2, 2);
  CHECK(findings_of(s) == "[I4] acc: bo was told of a gap from 2 to 2 when post 1 was next\n");
}

TEST_CASE("history: a new connection begins where it says", "[history]") {
  auto s = three_posts();
  s.listen("ann", 0, 0);
  s.item("ann", 3, 1);
  s.listen("ann", 6, 2);
  s.item("ann", 8, 3);
  CHECK(findings_of(s) == "");
}

TEST_CASE("history: a post that was seen has been published, whatever its author heard", "[history]") {
  script s;
  s.publish_lost(0, "lost");
  s.listen("ann", 0, 0);
  s.item("ann", 5, 1, "lost");
  SECTION("so the next one is the second") {
    s.publish(6, 7, 2);
    CHECK(findings_of(s) == "");
  }
  SECTION("and not the first") {
    s.publish(6, 7, 1);
    CHECK(findings_of(s).find("[I4] acc: no order explains these 2 answers") == 0);
  }
}

TEST_CASE("history: a post that nobody can account for is found", "[history]") {
  script s;
  s.publish(0, 1, 1, "one");
  s.listen("ann", 0, 1);
  SECTION("by its number") {
    s.item("ann", 5, 2);
    CHECK(findings_of(s).find("by 5.000 ms  ann had post 2") != std::string::npos);
  }
  SECTION("by its command") {
    s.item("ann", 5, 2, "strange");
    CHECK(findings_of(s) == "[I4] acc: post 2 comes from command strange, which nobody sent\n");
  }
}

TEST_CASE("history: a post that is there twice, or differs, is found", "[history]") {
  auto s = three_posts();
  s.listen("ann", 0, 0);
  s.listen("bo", 0, 0);
  s.item("ann", 8, 1, "one");
  SECTION("under two numbers") {
    s.item("ann", 9, 2, "one");
    CHECK(findings_of(s).find("[I3] acc: command one took effect twice: as post 1 and as post 2") == 0);
  }
  SECTION("from one subscriber to another") {
    s.item("bo", 9, 1, "three");
    CHECK(findings_of(s).find("[I4] acc: post 1 is not the same for all: command one and command three") == 0);
  }
}

TEST_CASE("history: a refused post that is there all the same is found", "[history]") {
  script s;
  s.suspend(0, 1, "a");
  s.publish_refused(2, 3, "no");
  s.listen("ann", 0, 0);
  s.item("ann", 5, 1, "no");
  CHECK(findings_of(s) == "[I2] acc: post 1 (command no) is there, though it was refused\n");
}

TEST_CASE("history: a post that was seen before it was asked for is found", "[history]") {
  script s;
  s.publish(5, 6, 1, "early");
  s.listen("ann", 0, 0);
  s.item("ann", 4, 1, "early");
  CHECK(findings_of(s) == "[I14] acc: post 1 (command early) was seen before it was asked for\n");
}

// -- the format ---------------------------------------------------------------------------

TEST_CASE("history: what is written reads back the same", "[history]") {
  auto s = three_posts();
  s.what.beginnings.push_back({"older", 7, {"snc"}, {"ann", "bo"}});
  s.suspend(8, 9, "snc-2");
  s.lift_lost(10, "snc-2");
  s.publish_refused(11, 12, "four");
  s.subscribe(1, 2, "北京");
  s.unsubscribe(3, 4, "北京");
  s.read_posts(13, 14, 3);
  s.read_followers(15, 16, 0);
  s.listen("ann", 0, 0);
  s.gap("ann", 1, 1, 1);
  s.item("ann", 2, 2, "two");
  s.quiet("ann", 20);
  std::stringstream first;
  write(first, s);
  auto [again, mistakes] = read(first);
  CHECK(mistakes.empty());
  std::stringstream second;
  write(second, again);
  CHECK(second.str() == first.str());
  CHECK(again.operations.size() == s.what.operations.size());
  CHECK(again.sightings.size() == s.what.sightings.size());
}

TEST_CASE("history: the format is as documented", "[history]") {
  script s;
  s.publish(1, 2, 1, "cmd");
  std::ostringstream out;
  write(out, s);
  CHECK(out.str() == R"({"type":"publish","account":"acc","client":"owner","command":"cmd","invoked_ns":1000000,)"
                     R"("answered_ns":2000000,"outcome":"ok","number":1})"
                     "\n");
}

TEST_CASE("history: every mistake is told with its line", "[history]") {
  std::istringstream in(R"({"type":"publish","account":"a","client":"o","invoked_ns":1,"outcome":"ok","number":1}

nonsense
[]
{"type":"dance"}
{"type":"publish","account":"a","client":"o","invoked_ns":5,"answered_ns":4,"outcome":"unknown"}
{"type":"publish","account":"a","client":"o","invoked_ns":5,"answered_ns":4,"outcome":"ok","number":1}
{"type":"publish","account":"a","client":"o","invoked_ns":-5,"outcome":"unknown"}
{"type":"item","subscriber":"s","account":"a","at_ns":1}
)");
  auto [what, mistakes] = read(in);
  CHECK(mistakes == std::vector<std::string>{
                        "line 1: 'answered_ns' is missing", "line 3: not JSON", "line 4: not an object",
                        "line 5: there is no type 'dance'", "line 7: the answer came before the question",
                        "line 8: 'invoked_ns' has to be a whole number from 0", "line 9: 'number' is missing"});
}
