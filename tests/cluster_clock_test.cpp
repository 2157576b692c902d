// Clocks that jump, drift, or are wrong from the start: what a node goes by, and whether it may own anything.

#include <catch2/catch.hpp>

#include "cluster/clock_watch.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using namespace std::chrono_literals;

namespace {

class machine final : public environment {
public:
  timestamp now() override { return timestamp{duration{wall}}; }
  void fill_random(std::span<std::uint8_t>) override {}
  node_clock::steady::time_point even() const { return node_clock::steady::time_point{duration{boot}}; }

  void pass(duration how_long) {
    wall += how_long.count();
    boot += how_long.count();
  }
  std::atomic<std::int64_t> wall{1'000'000};
  std::int64_t boot = 5'000;
};

/// Nodes whose clocks are as far ahead as they are told to be, and which answer at once.
struct others {
  std::map<std::string, duration> ahead;
  std::set<std::string> silent;
};

class watched {
public:
  watched(node_clock& clock, others who) : clock_(clock), who_(std::move(who)) {
    clock_watch_options options;
    options.period = 20ms;
    options.nodes = options.asked = [this] {
      std::lock_guard lock{mutex_};
      std::set<std::string> out;
      for (auto& [directory, ahead] : who_.ahead)
        out.insert(directory);
      return out;
    };
    options.ask = [this](const std::string& directory, const std::string& message) {
      auto asked = decode_question(message);
      if (!asked || !std::holds_alternative<asked_time>(asked->what))
        throw std::logic_error("that is no question for the time");
      std::unique_lock lock{mutex_};
      if (who_.silent.contains(directory))
        return true;
      auto now = clock_.now() + who_.ahead.at(directory);
      lock.unlock();
      watch->answered(*decode_answer(encode_answer({asked->number, 0, 0, given_time{now}})));
      return true;
    };
    options.alarm = [this](const std::string& name, const std::string&) {
      std::lock_guard lock{mutex_};
      alarms_.insert(name);
    };
    watch.emplace(clock_, std::move(options));
  }
  ~watched() { watch->stop(); }

  void are_now(others who) {
    std::lock_guard lock{mutex_};
    who_ = std::move(who);
  }
  bool becomes(bool right) {
    return comes_true([&] { return watch->is_right() == right; }, 10s);
  }
  bool has_alarm(const std::string& name) {
    std::lock_guard lock{mutex_};
    return alarms_.contains(name);
  }

  std::optional<clock_watch> watch;

private:
  node_clock& clock_;
  std::mutex mutex_;
  others who_;
  std::set<std::string> alarms_;
};

} // namespace

TEST_CASE("clock: a node's time runs on evenly when the machine's jumps, and follows it where it differs by little",
          "[cluster]") {
  machine m;
  node_clock clock{m, [&] { return m.even(); }};
  CHECK(clock.now() == m.now());
  m.pass(2s);
  CHECK(clock.now() == m.now());

  for (auto jump : {-20'000, 40'000}) {
    auto before = clock.now();
    m.wall += jump;
    m.pass(1s);
    CHECK(clock.now() == before + 1s);
    CHECK(clock.follow());       // tells it once
    CHECK_FALSE(clock.follow()); // and doesn't go there
    CHECK(clock.now() == before + 1s);
    m.wall -= jump;
    CHECK_FALSE(clock.follow());
    clock.step();
  }

  m.wall += 12;
  for (auto expected : {7ms, 2ms, 0ms, 0ms}) {
    CHECK_FALSE(clock.follow());
    CHECK(clock.gap() == expected);
  }
  m.wall += 60'000;
  clock.step();
  CHECK(clock.gap() == 0ms);
}

TEST_CASE("clock: most of the nodes decide who is off", "[cluster]") {
  CHECK_FALSE(is_clock_off({}, 1));
  CHECK_FALSE(is_clock_off({{"b", 9s}}, 2)); // one of us, but which
  CHECK_FALSE(is_clock_off({{"b", 9s}, {"c", 0s}}, 3));
  CHECK(is_clock_off({{"b", 9s}, {"c", 9s}}, 3));
  CHECK(is_clock_off({{"b", -501ms}, {"c", -501ms}}, 3));
  CHECK_FALSE(is_clock_off({{"b", 500ms}, {"c", 500ms}}, 3));
  CHECK_FALSE(is_clock_off({{"b", 9s}}, 3)); // the third hasn't said anything
  CHECK(median_gap({{"b", 9s}, {"c", 8s}}) == 8s);
  CHECK(median_gap({}) == 0s);
}

TEST_CASE("clock: a node isn't right before the others have told their time, and not while they differ", "[cluster]") {
  storage::system_environment world;
  node_clock clock{world};
  watched node{clock, {{{"b", 0s}, {"c", 0s}}, {"b", "c"}}};
  CHECK_FALSE(node.watch->is_right());
  node.are_now({{{"b", 9s}, {"c", 9s}}, {}});
  REQUIRE(comes_true([&] { return node.has_alarm("clock_off"); }));
  CHECK_FALSE(node.watch->is_right());
  node.are_now({{{"b", 9s}, {"c", 0s}}, {}});
  CHECK(node.becomes(true));
  CHECK(node.has_alarm("clock_right"));
  CHECK(node.watch->gaps().at("b") > 8s);
  node.are_now({{{"b", 0s}, {"c", 0s}}, {"c"}}); // a node that doesn't answer is none whose clock differs
  std::this_thread::sleep_for(100ms);
  CHECK(node.watch->is_right());
}

TEST_CASE("clock: who is alone, or doesn't hear anybody, waits two seconds at most", "[cluster]") {
  storage::system_environment world;
  node_clock clock{world};
  watched alone{clock, {}};
  CHECK(alone.becomes(true));
  watched unheard{clock, {{{"b", 0s}}, {"b"}}};
  CHECK_FALSE(unheard.watch->is_right());
  CHECK(unheard.becomes(true));
}

TEST_CASE("clock: when the machine's clock is put right, the node goes by it again", "[cluster]") {
  machine m;
  node_clock clock{m}; // a clock that stands still is as good as any here
  watched node{clock, {{{"b", 0s}, {"c", 0s}}, {}}};
  REQUIRE(node.becomes(true));
  node.are_now({{{"b", 30s}, {"c", 30s}}, {}}); // as after a sleep that the even clock didn't notice
  REQUIRE(node.becomes(false));
  auto before = clock.now();
  m.wall = (clock.now() + 30s).time_since_epoch().count();
  REQUIRE(comes_true([&] { return clock.now() > before + 20s; }));
  node.are_now({{{"b", 0s}, {"c", 0s}}, {}});
  CHECK(node.becomes(true));
}
