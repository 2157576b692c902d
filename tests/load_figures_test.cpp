// What a load generator draws by chance, and how it counts.

#include <cmath>

#include <catch2/catch.hpp>

#include "apps/load/arrivals.hpp"
#include "apps/load/histogram.hpp"
#include "apps/load/live_view.hpp"
#include "apps/load/number_text.hpp"
#include "apps/load/population.hpp"
#include "apps/load/zipf.hpp"

using namespace charter::load;
using namespace std::chrono_literals;

// -- Zipf -----------------------------------------------------------------------------------

TEST_CASE("load: Zipf's law gives the k-th its share", "[load]") {
  zipf law{100, 1};
  std::mt19937_64 random{1};
  std::vector<int> times(100);
  constexpr int draws = 200'000;
  for (int i = 0; i < draws; ++i)
    ++times[law(random)];
  for (std::size_t rank : {0, 1, 3, 9, 40}) {
    auto expected = law.probability(rank) * draws;
    CAPTURE(rank, expected);
    CHECK(std::abs(times[rank] - expected) < 5 * std::sqrt(expected));
  }
  CHECK(law.probability(0) == Approx(10 * law.probability(9)));
}

TEST_CASE("load: exponent 0 is fair, and one of one is that one", "[load]") {
  zipf fair{4, 0};
  for (std::size_t rank = 0; rank < 4; ++rank)
    CHECK(fair.probability(rank) == Approx(0.25));
  std::mt19937_64 random{2};
  zipf only{1, 3};
  CHECK(only(random) == 0);
  CHECK(only.distinct(5, random) == std::vector<std::size_t>{0});
}

TEST_CASE("load: distinct choices are distinct, and favour the popular", "[load]") {
  zipf law{50, 1};
  std::mt19937_64 random{3};
  std::vector<int> times(50);
  for (int i = 0; i < 5'000; ++i) {
    auto chosen = law.distinct(5, random);
    REQUIRE(chosen.size() == 5);
    REQUIRE(std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>{}) == chosen.end());
    for (auto rank : chosen)
      ++times[rank];
  }
  CHECK(times[0] > 2 * times[9]);
  CHECK(times[9] > times[49]);
  CHECK(times[49] > 0);
}

TEST_CASE("load: followings are the same each time, with the plan's mean", "[load]") {
  population_plan plan;
  plan.users = 2'000;
  plan.accounts = 100;
  plan.followings_mean = 6;
  auto all = followings(plan);
  CHECK(all == followings(plan));
  std::size_t sum = 0;
  for (auto& one : all) {
    CHECK(!one.empty());
    sum += one.size();
  }
  CHECK(static_cast<double>(sum) / plan.users == Approx(plan.followings_mean).margin(0.5));
}

// -- arrivals -------------------------------------------------------------------------------

TEST_CASE("load: arrivals come in order, within the run, at the rate of the day", "[load]") {
  day_curve flat{100s, 1};
  arrivals steady{50, flat};
  std::mt19937_64 random{4};
  std::size_t many = 0;
  std::chrono::nanoseconds last{};
  while (auto at = steady.next(random)) {
    CHECK(*at >= last);
    CHECK(*at < 100s);
    last = *at;
    ++many;
  }
  CHECK(std::abs(static_cast<double>(many) - 5'000) < 5 * std::sqrt(5'000));
  CHECK_FALSE(arrivals{0, flat}.next(random));
}

TEST_CASE("load: the evening is busier than the night", "[load]") {
  day_curve day{240s, 0.1};
  CHECK(day.at(0s) == Approx(0.1));
  CHECK(day.at(150s) == Approx(1)); // eight in the evening
  arrivals all{100, day};
  std::mt19937_64 random{5};
  std::size_t morning = 0, evening = 0;
  while (auto at = all.next(random)) {
    morning += *at < 20s;
    evening += *at >= 140s && *at < 160s;
  }
  CHECK(evening > 3 * morning);
}

// -- histograms -----------------------------------------------------------------------------

TEST_CASE("load: a histogram is exact for small values and within one per cent for large ones", "[load]") {
  histogram h;
  CHECK(h.at_percentile(99) == 0);
  for (std::uint64_t v = 1; v <= 1'000'000; v += 7)
    h.record(v);
  for (double p : {1.0, 25.0, 50.0, 90.0, 99.0, 99.9}) {
    auto exact = p * 10'000;
    CAPTURE(p);
    CHECK(static_cast<double>(h.at_percentile(p)) >= exact * 0.999);
    CHECK(static_cast<double>(h.at_percentile(p)) <= exact * 1.01);
  }
  CHECK(h.max() == 1'000'000 - (1'000'000 - 1) % 7);
  CHECK(h.at_percentile(100) == h.max());
  histogram small;
  for (std::uint64_t v = 0; v < 256; ++v)
    small.record(v);
  CHECK(small.at_percentile(50) == 127);
}

TEST_CASE("load: a histogram's buckets add up, whatever goes in", "[load]") {
  histogram h, other;
  std::mt19937_64 random{6};
  std::uint64_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    auto v = random() >> (random() % 64);
    most = std::max(most, v);
    (i % 2 ? h : other).record(v);
  }
  h.add(other);
  std::uint64_t sum = 0, last = 0;
  bool is_ascending = true;
  h.each([&](std::uint64_t value, std::uint64_t times) {
    is_ascending &= value >= last;
    last = value;
    sum += times;
  });
  CHECK(is_ascending);
  CHECK(sum == 10'000);
  CHECK(h.count() == 10'000);
  CHECK(h.max() == most);
  h.clear();
  CHECK(h.count() == 0);
  CHECK(h.at_percentile(50) == 0);
}

// -- figures in words -------------------------------------------------------------------------

TEST_CASE("load: figures read well", "[load]") {
  CHECK(with_commas(0) == "0");
  CHECK(with_commas(999) == "999");
  CHECK(with_commas(1'000) == "1,000");
  CHECK(with_commas(1'234'567) == "1,234,567");
  CHECK(time_text(420) == "0.420 ms");
  CHECK(time_text(12'340) == "12.3 ms");
  CHECK(time_text(999'900) == "1.00 s");
  CHECK(bytes_text(512) == "512 B");
  CHECK(bytes_text(12'345'678) == "12.3 MB");
  CHECK(sparkline({0, 1, 2}, 2) == "▅█");
  CHECK(sparkline({}, 5).empty());
  CHECK(bar(0.5, 4) == "[##--]");
  CHECK(bar(7, 2) == "[##]");
}
