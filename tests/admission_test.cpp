// Very many who come back at once: a line that moves as fast as those who are there can bear, and a time to come back
// at for those who find it full.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <vector>

#include "net/arrivals.hpp"
#include "tests/net_fixture.hpp"

using namespace charter;
using namespace charter::net;
using namespace std::chrono_literals;
using verdict = arrivals::verdict;

namespace {

constexpr auto tick = 5ms;

/// A line, looked after every few milliseconds of virtual time.
struct virtual_line {
  explicit virtual_line(const transport_limits& bounds = {}) : all(bounds) {}

  verdict come(session_number who) {
    auto said = all.come(who, now);
    if (said == verdict::welcome)
      in.push_back(who);
    return said;
  }
  void pass(std::chrono::milliseconds time, double lateness) {
    for (auto until = now + time; now < until;) {
      now += tick;
      all.report(lateness, now);
      while (auto who = all.next(now))
        in.push_back(*who);
    }
  }

  monotonic now{1h};
  arrivals all;
  std::vector<session_number> in;
};

bool is_ascending(const std::vector<session_number>& all) {
  return std::adjacent_find(all.begin(), all.end(), std::greater_equal{}) == all.end();
}

} // namespace

// -- the line -------------------------------------------------------------------------------------------------------

TEST_CASE("arrivals: whoever comes alone goes straight in", "[net]") {
  virtual_line line;
  for (session_number who = 1; who <= 20; ++who) {
    CHECK(line.come(who) == verdict::welcome);
    line.now += 100ms;
  }
}

TEST_CASE("arrivals: a crowd goes in in its order, faster and faster while nothing is late", "[net]") {
  virtual_line line;
  for (session_number who = 1; who <= 2'000; ++who)
    REQUIRE(line.come(who) != verdict::postponed);
  auto at_first = line.all.per_second();
  line.pass(1'500ms, 0.5);
  CHECK(line.in.size() == 2'000);
  CHECK(is_ascending(line.in));
  CHECK(line.all.per_second() > 2 * at_first);
  CHECK(line.all.per_second() <= transport_limits{}.upgrades_per_second_max);
}

TEST_CASE("arrivals: while something is late next to nobody goes in, but never nobody [I12]", "[net]") {
  transport_limits bounds;
  bounds.upgrades_per_second_min = 20;
  virtual_line line(bounds);
  for (session_number who = 1; who <= 1'000; ++who)
    line.come(who);
  auto at_first = line.all.per_second();
  line.pass(5'000ms, 1.5);
  auto slowest = static_cast<std::size_t>(5 * bounds.upgrades_per_second_min);
  CHECK(line.in.size() >= slowest);
  CHECK(line.in.size() <= slowest + 10); // those who came first went straight in
  CHECK(line.all.per_second() < at_first);
  CHECK(line.all.per_second() >= bounds.upgrades_per_second_min);
  line.pass(5'000ms, 0);
  CHECK(line.in.size() == 1'000);
  CHECK(is_ascending(line.in));
}

TEST_CASE("arrivals: nobody overtakes the line", "[net]") {
  virtual_line line;
  while (line.come(line.in.size() + 1) == verdict::welcome) {
  }
  line.now += 1s; // room again, and nobody has looked yet
  CHECK(line.come(1'000) == verdict::waits);
  line.pass(100ms, 0);
  CHECK(line.in.back() == 1'000);
}

TEST_CASE("arrivals: whoever leaves the line makes room, and takes nobody's turn", "[net]") {
  transport_limits bounds;
  bounds.upgrades_waiting_max = 3;
  virtual_line line(bounds);
  session_number who = 1;
  while (line.come(who) == verdict::welcome)
    ++who;
  CHECK(line.come(who + 1) == verdict::waits);
  CHECK(line.come(who + 2) == verdict::waits);
  CHECK(line.come(who + 3) == verdict::postponed);
  CHECK(line.all.leave(who));
  CHECK_FALSE(line.all.leave(who));
  CHECK(line.all.waiting() == 2);
  CHECK(line.come(who + 4) == verdict::waits);
  line.pass(100ms, 0);
  CHECK(std::ranges::count(line.in, who) == 0);
  CHECK(std::vector(line.in.end() - 3, line.in.end()) == std::vector{who + 1, who + 2, who + 4});
}

TEST_CASE("arrivals: a wait that is longer than clients bear is not begun [I12]", "[net]") {
  transport_limits bounds;
  bounds.upgrades_per_second_max = 100;
  bounds.upgrade_wait_max = 1s;
  virtual_line line(bounds);
  session_number who = 1;
  while (line.come(who) != verdict::postponed)
    ++who;
  CHECK(line.all.waiting() >= 100);
  CHECK(line.all.waiting() <= 102);
}

TEST_CASE("arrivals: whoever is postponed has a time of its own, as many a second as are let in [I12]", "[net]") {
  transport_limits bounds;
  bounds.upgrades_per_second_max = 200;
  bounds.upgrades_waiting_max = 50;
  virtual_line line(bounds);
  std::vector<std::chrono::milliseconds> times;
  for (session_number who = 1; who <= 451; ++who)
    if (line.come(who) == verdict::postponed)
      times.push_back(line.all.postpone(line.now));
  REQUIRE(times.size() >= 398);
  CHECK(std::is_sorted(times.begin(), times.end()));
  CHECK(times.front() >= 250ms); // behind those who wait
  CHECK(times[200] - times[0] >= 999ms);
  CHECK(times[200] - times[0] <= 1'001ms);
  auto longest = 0ms;
  for (int i = 0; i < 100'000; ++i)
    longest = std::max(longest, line.all.postpone(line.now));
  CHECK(longest == 60s);
}

TEST_CASE("arrivals: whoever comes back when told gets in, all of a crowd in good time [I12]", "[net]") {
  transport_limits bounds;
  bounds.upgrades_per_second_max = 500;
  bounds.upgrades_waiting_max = 100;
  virtual_line line(bounds);
  std::multimap<monotonic, session_number> comes;
  std::map<session_number, int> postponed;
  for (session_number who = 1; who <= 5'000; ++who)
    comes.emplace(line.now, who);
  auto began = line.now;
  while (line.in.size() < 5'000 && line.now < began + 60s) {
    while (!comes.empty() && comes.begin()->first <= line.now) {
      auto who = comes.begin()->second;
      comes.erase(comes.begin());
      if (line.come(who) == verdict::postponed) {
        ++postponed[who];
        comes.emplace(line.now + line.all.postpone(line.now), who);
      }
    }
    line.pass(tick, 0);
  }
  CHECK(line.in.size() == 5'000);
  CHECK(line.now - began < 12s); // 10 s at that rate
  CHECK(std::ranges::max_element(postponed, {}, [](auto& x) { return x.second; })->second <= 2);
}

// -- on a server ----------------------------------------------------------------------------------------------------

namespace {

/// One thread, on which so many may come in, no more and no fewer.
server_config slow_server(double per_second, std::size_t waiting) {
  server_config config;
  config.io_threads = 1;
  config.limits.upgrades_per_second_max = config.limits.upgrades_per_second_min = per_second;
  config.limits.upgrades_waiting_max = waiting;
  return config;
}

constexpr double never = 0.001; // a second

struct crowd {
  std::vector<std::unique_ptr<net_client>> clients;
  net_client& ask(std::uint16_t port) {
    clients.push_back(std::make_unique<net_client>(port));
    clients.back()->send(net_client::upgrade_request("charter.v1.json"));
    return *clients.back();
  }
};

/// Until the counter is there.
bool reaches(const running_server& s, counter c, std::uint64_t value) {
  for (int i = 0; i < patience_ms && s.count(c) != value; ++i)
    std::this_thread::sleep_for(1ms);
  return s.count(c) == value;
}

} // namespace

TEST_CASE("admission: a full line answers when to come back; whoever is there isn't held up [I12]", "[net]") {
  auto config = slow_server(never, 2);
  config.limits.upgrade_wait_max = 1h; // 20 of `never` at a time
  running_server s(config);
  net_client there(s.port);
  REQUIRE(there.upgrade());
  crowd waiting;
  waiting.ask(s.port);
  waiting.ask(s.port);
  REQUIRE(reaches(s, counter::upgrades_waiting, 2));
  net_client late(s.port);
  late.send(net_client::upgrade_request("charter.v1.json"));
  auto answer = late.read_response();
  CHECK(answer.status == 503);
  CHECK(answer.has("Retry-After: "));
  CHECK(answer.body.find("\"type\":\"unavailable\"") != std::string::npos);
  CHECK(answer.body.find("\"retry_after_ms\":") != std::string::npos);
  CHECK(late.at_end());
  there.send(net_client::frame(0x81, "still here"));
  CHECK(there.read_frame().payload == "still here");
  net_client page(s.port);
  page.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(page.read_response().status == 200);
  CHECK(s.count(counter::sessions) == 1);
  CHECK(s.count(counter::upgrades_delayed) == 2);
  CHECK(s.count(counter::upgrades_postponed) == 1);
}

TEST_CASE("admission: whoever waited comes in, with what it has said meanwhile", "[net]") {
  running_server s(slow_server(20, 10));
  crowd all;
  for (int i = 0; i < 4; ++i)
    all.ask(s.port).send(net_client::frame(0x81, std::to_string(i)));
  for (int i = 0; i < 4; ++i) {
    CHECK(all.clients[static_cast<std::size_t>(i)]->read_response().status == 101);
    CHECK(all.clients[static_cast<std::size_t>(i)]->read_frame().payload == std::to_string(i));
  }
  CHECK(s.count(counter::upgrades_waiting) == 0);
  CHECK(s.count(counter::upgrades_delayed) >= 1);
}

TEST_CASE("admission: while the layer above is behind those who come wait, and come in when it has caught up [I12]",
          "[net]") {
  auto config = slow_server(never, 100);
  config.limits.upgrades_per_second_max = 1'000;
  config.limits.upgrade_wait_max = 1h;
  running_server s(config);
  s.diary.keeps_up = false;
  crowd all;
  for (int i = 0; i < 100; ++i)
    all.ask(s.port);
  // The transport has given up one probe and sent another: long after all would have come in.
  CHECK(s.diary.wait([&] { return s.diary.probes_ == 2; }));
  CHECK(s.count(counter::upgrades_waiting) > 0);
  CHECK(s.count(counter::upgrades_waiting) + s.count(counter::sessions) == 100);
  REQUIRE(all.clients[0]->read_response().status == 101);
  all.clients[0]->send(net_client::frame(0x81, "there"));
  CHECK(all.clients[0]->read_frame().payload == "there");
  s.diary.keeps_up = true;
  CHECK(all.clients.back()->read_response().status == 101);
  CHECK(s.count(counter::upgrades_waiting) == 0);
}

TEST_CASE("admission: a peer that hung up while it waited gets no session", "[net]") {
  running_server s(slow_server(20, 10));
  crowd all;
  for (int i = 0; i < 4; ++i)
    all.ask(s.port);
  REQUIRE(all.clients[0]->read_response().status == 101);
  all.clients[2]->reset();
  CHECK(all.clients[3]->read_response().status == 101);
  CHECK(reaches(s, counter::connections, 3));
  CHECK(s.diary.wait([&] { return s.diary.opened_.size() == 3; }));
}

TEST_CASE("admission: whoever has waited for too long is told when to come back [I12]", "[net]") {
  auto config = slow_server(0.5, 10);
  config.limits.upgrade_wait_max = 50ms;
  running_server s(config);
  crowd all;
  all.ask(s.port);
  REQUIRE(all.clients[0]->read_response().status == 101);
  auto answer = all.ask(s.port).read_response();
  CHECK(answer.status == 503);
  CHECK(answer.body.find("\"retry_after_ms\":") != std::string::npos);
  CHECK(reaches(s, counter::upgrades_waiting, 0));
}

TEST_CASE("admission: a server that stops doesn't keep those who wait", "[net]") {
  auto config = slow_server(never, 10);
  config.limits.upgrade_wait_max = 1h;
  running_server s(config);
  crowd all;
  all.ask(s.port);
  REQUIRE(all.clients[0]->read_response().status == 101);
  all.ask(s.port);
  REQUIRE(reaches(s, counter::upgrades_waiting, 1));
  std::thread stopping([&] { s.transport.stop(20s); });
  CHECK(all.clients[1]->read_response().status == 503);
  all.clients[0]->send(net_client::close_frame(1001));
  stopping.join();
  CHECK(s.count(counter::upgrades_waiting) == 0);
}
