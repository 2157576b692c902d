#include "bench/harness.hpp"

#include <unistd.h>

#include <cstdlib>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace charter::bench;

TEST_CASE("bench: medians and percentiles", "[bench]") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 3, 2}) == 2.5);
  CHECK(percentile({10, 20, 30, 40}, 50) == 20);
  CHECK(percentile({10, 20, 30, 40}, 99) == 40);
  CHECK(percentile({10, 20, 30, 40}, 0) == 10);
  CHECK(percentile({7}, 99) == 7);
}

TEST_CASE("bench: subjects take turns, and the JSON has medians and extremes over the rounds", "[bench]") {
  std::string program = "bench_it", quick = "--quick";
  char* arguments[] = {program.data(), quick.data()};
  harness h("it", 2, arguments);
  CHECK(h.quick());
  std::string turns;
  // A disturbed round is repeated and its first figures may be dropped, so the figures go by what was asked for.
  h.compare("c", 3,
            {{"charter",
              [&] {
                turns += 'A';
                return samples{{"m", 1, "s"}};
              }},
             {"floor", [&] {
                turns += 'B';
                return samples{{"m", 2, "s"}, {"n", 3, "MB"}};
              }}});
  for (double value : {5.0, 1.0, 3.0})
    h.add("d", "charter", {"m", value, "s"}, value == 5.0 ? 1.0 : 0.0);
  h.note("m", "d", "charter", "watch out");
  std::string in_turns;
  for (char turn : turns)
    if (in_turns.empty() || in_turns.back() != turn)
      in_turns += turn;
  CHECK(in_turns == "ABABAB");

  auto all = nlohmann::json::parse(h.json());
  CHECK(all["name"] == "it");
  CHECK(all["machine"]["cores"].get<int>() > 0);
  REQUIRE(all["results"].size() == 4);
  auto first = all["results"][0];
  CHECK(first["metric"] == "m");
  CHECK(first["case"] == "c");
  CHECK(first["subject"] == "charter");
  CHECK(first["runs"] == 3);
  auto last = all["results"][3];
  CHECK(last["value"] == 3.0);
  CHECK(last["min"] == 1.0);
  CHECK(last["max"] == 5.0);
  CHECK(last["unit"] == "s");
  CHECK(last["disturbed"] == 1);
  CHECK(last["note"] == "watch out");
  CHECK(h.finish() == 0);
}

TEST_CASE("bench: a peer that fails is told, and the others go on; our own failure ends all", "[bench]") {
  std::string program = "bench_it";
  char* arguments[] = {program.data()};
  harness h("it", 1, arguments);
  int good = 0, bad = 0;
  subject charter{"charter", [&] {
                    ++good;
                    return samples{{"m", 1, "s"}};
                  }};
  auto breaks = [&]() -> samples {
    ++bad;
    throw std::runtime_error("no");
  };
  h.compare("c", 3, {{"peer", breaks, true}, charter});
  CHECK(bad == 1);
  CHECK(good >= 3);
  auto all = nlohmann::json::parse(h.json());
  CHECK(all["failed"] == nlohmann::json::parse(R"([{"case": "c", "subject": "peer", "why": "no"}])"));
  CHECK(all["results"].size() == 1);
  CHECK_THROWS_AS(h.compare("d", 3, {charter, {"floor", breaks}}), std::runtime_error);
}

TEST_CASE("bench: measuring nothing is a failure", "[bench]") {
  std::string program = "bench_it";
  char* arguments[] = {program.data()};
  CHECK(harness("it", 1, arguments).finish() == 1);
}

TEST_CASE("bench: what a process uses", "[bench]") {
  auto before = own_cpu_seconds();
  foreign_cpu_meter meter;
  volatile std::uint64_t sum = 0;
  while (own_cpu_seconds() < before + 0.05)
    sum = sum + 1;
  CHECK(meter.read() >= 0);
  auto by_pid = cpu_seconds(getpid());
  REQUIRE(by_pid);
  CHECK(*by_pid <= own_cpu_seconds() + 0.05);
  CHECK(rss_bytes() > 100'000);
  CHECK(rss_peak_bytes() >= rss_bytes() / 2);
  CHECK(rss_bytes(getpid()) > 100'000);
  CHECK_FALSE(cpu_seconds(-1));
  CHECK(machine_busy_seconds() > 0);
}
