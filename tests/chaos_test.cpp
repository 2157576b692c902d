// The parts of the fault campaign that need no cluster: what a seed decides, how attempts become a recording, what a
// follower has to ask for, the relay, and whose a connection is.

#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "apps/chaos/live_stream.hpp"
#include "apps/chaos/recorder.hpp"
#include "apps/chaos/recovery.hpp"
#include "apps/chaos/relay.hpp"
#include "apps/chaos/report.hpp"
#include "apps/chaos/schedule.hpp"
#include "apps/chaos/socket_owner.hpp"
#include "apps/history/check.hpp"

using namespace charter;
using namespace charter::chaos;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::ip::tcp;
using history::outcome;
using history::sighting_kind;

namespace {

const std::vector<fault> all{faults.begin(), faults.end()};

history::operation on(history::operation_kind kind, const std::string& command, const std::string& sanction = {}) {
  history::operation out;
  out.kind = kind;
  out.account = "a";
  out.client = "somebody";
  out.command = command;
  out.sanction = sanction;
  return out;
}

std::vector<std::uint64_t> numbers(const live_stream::sightings& seen, sighting_kind kind) {
  std::vector<std::uint64_t> out;
  for (auto& s : seen)
    if (s.kind == kind)
      out.push_back(s.number);
  return out;
}

/// Free a moment ago.
tcp::endpoint free_entrance(asio::io_context& loop) {
  tcp::acceptor probe{loop, {asio::ip::address_v4::loopback(), 0}};
  return probe.local_endpoint();
}

} // namespace

TEST_CASE("schedule: a seed gives the same faults again, and each kind as often", "[chaos]") {
  schedule one{7, all}, again{7, all}, other{8, all};
  std::map<fault, int> times;
  bool differs = false;
  for (std::size_t i = 0; i < 10 * all.size(); ++i) {
    auto a = one.next(), b = again.next(), c = other.next();
    REQUIRE((a.what == b.what && a.length == b.length && a.lead == b.lead && a.pick == b.pick));
    REQUIRE((a.length >= 500ms && a.length <= 12s));
    differs |= a.what != c.what || a.pick != c.pick;
    ++times[a.what];
  }
  CHECK(differs);
  for (auto what : faults)
    CHECK(times[what] == 10);
}

TEST_CASE("schedule: faults have names of their own", "[chaos]") {
  for (auto what : faults)
    CHECK(parse_fault(to_name(what)) == what);
  CHECK_FALSE(parse_fault("flood").has_value());
}

TEST_CASE("recorder: an attempt counts as unknown until it is answered, so that any moment can be checked", "[chaos]") {
  recorder log;
  auto first = log.ask(on(history::operation_kind::publish, "c1"));
  CHECK(history::check(log.snapshot()).findings.empty());
  auto retry = log.ask(on(history::operation_kind::publish, "c1"));
  log.answer(retry, outcome::ok, 1);
  auto seen = log.snapshot();
  REQUIRE(seen.operations.size() == 2);
  CHECK(seen.operations[first].result == outcome::unknown);
  CHECK(seen.operations[first].answered == history::never);
  CHECK((seen.operations[retry].number == 1 && seen.operations[retry].answered >= seen.operations[retry].invoked));
  CHECK((log.asked() == 2 && log.answered() == 1));
  CHECK(history::check(seen).findings.empty());
}

TEST_CASE("recorder: a sanction is named by its answer, for all attempts", "[chaos]") {
  recorder log;
  std::vector<recorder::attempt> attempts{log.ask(on(history::operation_kind::suspend, "c1", "c1")),
                                          log.ask(on(history::operation_kind::suspend, "c1", "c1"))};
  log.answer(attempts[1], outcome::ok);
  log.name_sanction(attempts, "snc_1");
  log.answer(log.ask(on(history::operation_kind::lift, "c2", "snc_1")), outcome::ok);
  CHECK(history::check(log.snapshot()).findings.empty());
  // And what is told wrongly is found.
  log.answer(log.ask(on(history::operation_kind::publish, "c3")), outcome::refused);
  CHECK(history::check(log.snapshot()).findings.size() == 1);
}

TEST_CASE("live stream: begins after the head, or with an older push that comes on the way", "[chaos]") {
  live_stream stream{"reader", "a"};
  stream.listening(5);
  auto seen = stream.pushed(5, "c5", 1ns);
  CHECK(numbers(seen, sighting_kind::listen) == std::vector<std::uint64_t>{4});
  CHECK(numbers(seen, sighting_kind::item) == std::vector<std::uint64_t>{5});
  CHECK(numbers(stream.pushed(6, "c6", 2ns), sighting_kind::listen).empty());
  CHECK(stream.take_missing() == std::vector<number_range>{{1, 4}}); // from before the first connection
}

TEST_CASE("live stream: what came between two connections is asked for", "[chaos]") {
  live_stream stream{"reader", "a"};
  stream.listening(0);
  stream.pushed(1, "c1", 1ns);
  stream.listening(4);
  CHECK(numbers(stream.begun(2ns), sighting_kind::listen) == std::vector<std::uint64_t>{4});
  CHECK(stream.take_missing() == std::vector<number_range>{{2, 4}});
  auto given = stream.given({2, 4}, {"c2", "c3", "c4"}, 3ns);
  CHECK(given.front().subscriber == "reader asks");
  CHECK(numbers(given, sighting_kind::item) == std::vector<std::uint64_t>{2, 3, 4});
  stream.told_of_gap(5, 6, 4ns);
  CHECK(stream.take_missing() == std::vector<number_range>{{5, 6}});
  CHECK(stream.reached() == 6);
}

TEST_CASE("live stream: a node that is behind shows what was seen already, and nothing is missing", "[chaos]") {
  live_stream stream{"reader", "a"};
  stream.listening(0);
  for (std::uint64_t i = 1; i <= 3; ++i)
    stream.pushed(i, "c", 1ns);
  stream.listening(1);
  CHECK(numbers(stream.pushed(2, "c", 2ns), sighting_kind::listen) == std::vector<std::uint64_t>{1});
  CHECK_FALSE(stream.has_missing());
  CHECK(stream.reached() == 3);
}

TEST_CASE("recovery: what was asked before a fault says nothing about it", "[chaos]") {
  recovery back{2, 2};
  back.fault_begins(10ns);
  back.answered(0, 0, true, 9ns, 12ns);
  CHECK_FALSE(back.after_fault(0).has_value());
  back.answered(0, 0, false, 11ns, 12ns); // nothing was appended
  CHECK_FALSE(back.after_fault(0).has_value());
  back.answered(0, 0, true, 11ns, 15ns);
  back.answered(0, 1, true, 16ns, 17ns);
  CHECK(back.after_fault(0) == history::instant{5});
  back.fault_is_over(20ns);
  CHECK_FALSE(back.every_account());
  back.answered(0, 0, false, 21ns, 22ns);
  back.answered(1, 0, true, 21ns, 22ns);
  CHECK((back.every_account() && !back.every_node()));
  back.answered(1, 1, true, 23ns, 24ns);
  CHECK(back.every_node());
  CHECK(median({3ns, 1ns, 2ns}) == history::instant{2});
  CHECK_FALSE(median({}).has_value());
}

TEST_CASE("relay: what begins while its route is held comes through afterwards", "[chaos]") {
  asio::io_context loop;
  tcp::acceptor listens{loop, {asio::ip::address_v4::loopback(), 0}};
  auto entrance = free_entrance(loop);
  relay between{{{entrance.port(), listens.local_endpoint().port()}}};
  between.set(0, direction::there, passing::held);
  tcp::socket here{loop};
  here.connect(entrance);
  asio::write(here, asio::buffer("question", 8));
  boost::system::error_code nobody;
  listens.non_blocking(true);
  tcp::socket there{loop};
  CHECK((listens.accept(there, nobody), nobody == asio::error::would_block));

  between.set(0, direction::there, passing::free);
  between.delay(0, 1ms);
  listens.non_blocking(false);
  listens.accept(there);
  std::string heard(8, ' ');
  asio::read(there, asio::buffer(heard));
  CHECK(heard == "question");
  asio::write(there, asio::buffer("answered", 8));
  asio::read(here, asio::buffer(heard));
  CHECK(heard == "answered");
  there.close();
  CHECK(here.read_some(asio::buffer(heard), nobody) == 0);
}

TEST_CASE("relay: a route that tells who asks is held for one, and free for the others", "[chaos]") {
  asio::io_context loop;
  tcp::acceptor listens{loop, {asio::ip::address_v4::loopback(), 0}};
  auto entrance = free_entrance(loop);
  tcp::socket one{loop, {asio::ip::address_v4::loopback(), 0}}, other{loop, {asio::ip::address_v4::loopback(), 0}};
  std::map<std::uint16_t, asker> known{{one.local_endpoint().port(), 1}, {other.local_endpoint().port(), 2}};
  relay between{{{entrance.port(), listens.local_endpoint().port()}}, [=](std::uint16_t from, std::uint16_t to) {
                  return to == entrance.port() ? std::optional{known.at(from)} : std::nullopt;
                }};
  one.connect(entrance);
  auto from_one = listens.accept();
  other.connect(entrance);
  auto from_other = listens.accept();

  between.set(0, 1, direction::there, passing::held);
  asio::write(one, asio::buffer("held", 4));
  asio::write(other, asio::buffer("free", 4));
  std::string heard(4, ' ');
  asio::read(from_other, asio::buffer(heard));
  CHECK(heard == "free");
  asio::write(from_one, asio::buffer("back", 4)); // the other way isn't held
  asio::read(one, asio::buffer(heard));
  CHECK(heard == "back");
  CHECK(from_one.available() == 0);

  between.set(0, 1, direction::there, passing::free);
  asio::read(from_one, asio::buffer(heard));
  CHECK(heard == "held");
}

namespace {

/// Two ends of a connection through a relay.
struct through_relay {
  asio::io_context loop;
  tcp::acceptor listens{loop, {asio::ip::address_v4::loopback(), 0}};
  tcp::endpoint entrance = free_entrance(loop);
  relay between;
  tcp::socket here{loop};
  tcp::socket there{loop};

  explicit through_relay(who_fn who = {})
      : between({{entrance.port(), listens.local_endpoint().port()}}, std::move(who)) {
    here.connect(entrance);
    listens.accept(there);
  }
};

/// Whether it comes to be so within two seconds.
bool eventually(const std::function<bool()>& so) {
  for (auto until = std::chrono::steady_clock::now() + 2s; std::chrono::steady_clock::now() < until;)
    if (so())
      return true;
  return so();
}

boost::system::error_code read_error(tcp::socket& from) {
  std::array<char, 16> some{};
  boost::system::error_code out;
  from.read_some(asio::buffer(some), out);
  return out;
}

} // namespace

TEST_CASE("relay: what is lost never comes, and its connection is reset when the route is free", "[chaos]") {
  through_relay way;
  way.between.set(0, direction::back, passing::lost);
  asio::write(way.here, asio::buffer("question", 8));
  std::string heard(8, ' ');
  asio::read(way.there, asio::buffer(heard)); // the other way isn't cut
  CHECK(heard == "question");
  asio::write(way.there, asio::buffer("answered", 8));
  REQUIRE(eventually([&] { return way.between.counted().lost_bytes == 8; }));
  CHECK(way.between.counted().resets == 0);
  way.here.non_blocking(true);
  CHECK(read_error(way.here) == asio::error::would_block);
  way.here.non_blocking(false);

  way.between.set(0, direction::back, passing::free);
  CHECK(read_error(way.here) == asio::error::connection_reset);
  CHECK(read_error(way.there) == asio::error::connection_reset);
  auto counted = way.between.counted();
  CHECK((counted.resets == 1 && counted.lost_bytes == 8 && counted.held_bytes == 0));
}

TEST_CASE("relay: what is reset loses what is under way, and nobody gets through before the route is free", "[chaos]") {
  through_relay way;
  way.between.set(0, direction::back, passing::reset);
  asio::write(way.there, asio::buffer("answered", 8));
  CHECK(read_error(way.here) == asio::error::connection_reset);
  CHECK(read_error(way.there) == asio::error::connection_reset);
  CHECK((way.between.counted().resets == 1 && way.between.counted().lost_bytes == 8));
  tcp::socket again{way.loop};
  again.connect(way.entrance);
  CHECK(read_error(again) == asio::error::connection_reset);
  CHECK(way.between.counted().kept_out == 1);

  way.between.set(0, direction::back, passing::free);
  tcp::socket later{way.loop}, found{way.loop};
  later.connect(way.entrance);
  way.listens.accept(found);
  asio::write(later, asio::buffer("question", 8));
  std::string heard(8, ' ');
  asio::read(found, asio::buffer(heard));
  CHECK(heard == "question");
}

TEST_CASE("relay: counts what it holds and delays, once", "[chaos]") {
  through_relay way;
  CHECK(way.between.counted().held_bytes == 0);
  way.between.set(0, direction::there, passing::held);
  asio::write(way.here, asio::buffer("question", 8));
  REQUIRE(eventually([&] { return way.between.counted().held_bytes > 0; }));
  way.between.delay(0, 1ms);
  way.between.set(0, direction::there, passing::free);
  std::string heard(8, ' ');
  asio::read(way.there, asio::buffer(heard));
  asio::write(way.there, asio::buffer("answered", 8));
  asio::read(way.here, asio::buffer(heard));
  auto counted = way.between.counted();
  CHECK((counted.held_bytes == 8 && counted.delayed_bytes == 8 && counted.lost_bytes == 0 && counted.resets == 0));
}

TEST_CASE("relay: whose a connection is may show later; whom nobody knows is a stranger", "[chaos]") {
  auto asked = std::make_shared<std::atomic<int>>(0);
  SECTION("it shows") {
    through_relay way{[=](auto, auto) { return ++*asked < 3 ? std::nullopt : std::optional<asker>{1}; }};
    REQUIRE(eventually([&] { return *asked >= 3; }));
    way.between.set(0, 1, direction::there, passing::lost);
    asio::write(way.here, asio::buffer("question", 8));
    CHECK(eventually([&] { return way.between.counted().lost_bytes == 8; }));
    CHECK(way.between.strangers(0) == 0);
  }
  SECTION("it doesn't") {
    through_relay way{[=](auto, auto) -> std::optional<asker> { return ++*asked, std::nullopt; }};
    CHECK(way.between.strangers(0) == 0);
    std::this_thread::sleep_for(1s);
    REQUIRE(eventually([&] { return way.between.strangers(0) == 1; }));
    way.here.close();
    CHECK(eventually([&] { return way.between.strangers(0) == 0; }));
  }
}

TEST_CASE("clock ledger: what ends by itself ends within what the clocks leave open", "[chaos]") {
  clock_ledger clocks;
  SECTION("all are right") {
    CHECK_FALSE(clocks.earliest(10s, 9s).has_value());
    CHECK(clocks.earliest(10s, 12s) == 10s);
    CHECK(clocks.latest(10s, 12s) == 10s);
    CHECK_FALSE(clocks.latest(10s, 9s).has_value());
  }
  SECTION("one is ahead for a while") {
    clocks.set(5s, 0s, 20s);
    clocks.set(8s, 0s, 0s);
    CHECK(clocks.earliest(10s, 12s) == 5s); // at once: a record with that time may have been written
    CHECK(clocks.earliest(26s, 30s) == 6s);
    CHECK(clocks.earliest(29s, 30s) == 29s);
    CHECK(clocks.earliest(4s, 30s) == 4s); // it was over before
    CHECK(clocks.latest(26s, 30s) == 26s); // the others' may have been asked alone
    CHECK_FALSE(clocks.earliest(26s, 5500ms).has_value());
  }
  SECTION("one is behind for a while") {
    clocks.set(5s, 2s, 0s);
    clocks.set(8s, 0s, 0s);
    CHECK(clocks.earliest(7s, 12s) == 7s);
    CHECK(clocks.latest(4s, 12s) == 6s); // it was over, and then again not
    CHECK(clocks.latest(5500ms, 12s) == 7500ms);
    CHECK(clocks.latest(7s, 12s) == 8s); // set right in between
    CHECK(clocks.latest(3s, 12s) == 3s);
    CHECK_FALSE(clocks.latest(7s, 7500ms).has_value());
  }
}

namespace {

/// Suspended for so long, as of now.
void suspend_for(recorder& log, std::chrono::milliseconds length) {
  auto attempt = log.ask(on(history::operation_kind::suspend, "c1", "snc_1"));
  log.answer(attempt, outcome::ok);
  log.ends_by_itself("a", "snc_1", std::chrono::system_clock::now() + length);
}

std::size_t findings_after_publish(recorder& log, outcome result) {
  log.answer(log.ask(on(history::operation_kind::publish, "p")), result, result == outcome::ok ? 1 : 0);
  return history::check(log.snapshot()).findings.size();
}

} // namespace

TEST_CASE("recorder: a suspension that ends by itself holds until then, and no longer", "[chaos]") {
  recorder log;
  suspend_for(log, 300ms);
  SECTION("a post before is against it") { CHECK(findings_after_publish(log, outcome::ok) == 1); }
  SECTION("a refusal before isn't") { CHECK(findings_after_publish(log, outcome::refused) == 0); }
  SECTION("afterwards it's the other way round") {
    std::this_thread::sleep_for(400ms);
    auto result = GENERATE(outcome::ok, outcome::refused);
    CHECK(findings_after_publish(log, result) == (result == outcome::ok ? 0 : 1));
  }
}

TEST_CASE("recorder: a suspension that a clock may have ended early, or late, says nothing meanwhile", "[chaos]") {
  recorder log;
  auto result = GENERATE(outcome::ok, outcome::refused);
  SECTION("ahead") {
    suspend_for(log, 10s);
    log.clocks_are(0s, 20s);
    CHECK(findings_after_publish(log, result) == 0);
  }
  SECTION("behind") {
    suspend_for(log, 50ms);
    std::this_thread::sleep_for(100ms);
    log.clocks_are(2s, 0s);
    CHECK(findings_after_publish(log, result) == 0);
  }
}

TEST_CASE("schedule: cuts differ in what becomes of bytes, and clocks are off by what a round bears", "[chaos]") {
  schedule some{3, all};
  std::map<loss, int> times;
  for (std::size_t i = 0; i < 60 * all.size(); ++i) {
    auto plan = some.next();
    auto jump = jump_of(plan);
    if (plan.what == fault::cut_etcd)
      ++times[loss_of(plan)];
    if (plan.what == fault::jump_clock)
      CHECK((jump >= 1s && jump <= 20s));
    else if (plan.what == fault::clock_behind)
      CHECK((jump <= -1s && jump >= -10s));
    else
      CHECK(jump == 0s);
    if (plan.what == fault::pause_owner)
      CHECK(loss_of(plan) == loss::none);
  }
  for (auto how : {loss::none, loss::silent, loss::by_reset})
    CHECK(times[how] >= 10);
}

TEST_CASE("report: a kind of fault that was asked for and never took effect is told, with why", "[chaos]") {
  auto round = [](fault what, bool seen) {
    round_result out;
    out.plan.what = what;
    out.did = {seen, seen ? "process 4711 is gone" : "0 bytes held"};
    return out;
  };
  using texts = std::vector<std::string>;
  CHECK(without_effect({}, {round(fault::kill_node, true), round(fault::kill_node, false)}).empty());
  auto rounds = std::vector{round(fault::cut_etcd, false), round(fault::kill_node, true)};
  CHECK(without_effect({}, rounds) == texts{"cut-etcd never took effect: 0 bytes held"});
  CHECK(line_of(rounds[0], 2).find("NOT INJECTED: 0 bytes held") != std::string::npos);
  CHECK(line_of(rounds[1], 2).find("NOT") == std::string::npos);
  CHECK(table_of(rounds).find("owner cut off from etcd       1           0") != std::string::npos);
  CHECK(without_effect({fault::delay}, {}) == texts{"delay never took effect: no round came to it"});
}

TEST_CASE("socket owner: the end of a connection belongs to who holds it", "[chaos]") {
  asio::io_context loop;
  tcp::acceptor listens{loop, {asio::ip::address_v4::loopback(), 0}};
  auto to = listens.local_endpoint();
  auto newer = asio::ip::make_address("::ffff:127.0.0.1"); // as gRPC connects
  const int parent = ::getppid(), own = ::getpid();
  tcp::socket four{loop}, six{loop};
  four.connect(to);
  six.connect({newer, to.port()});
  for (auto* socket : {&four, &six}) {
    auto from = socket->local_endpoint().port();
    CHECK(owner_of_connection(from, to.port(), std::array{0, parent, own}) == 2);
    CHECK_FALSE(owner_of_connection(from, to.port(), std::array{parent}).has_value());
    CHECK_FALSE(owner_of_connection(from, static_cast<std::uint16_t>(to.port() - 1), std::array{own}).has_value());
  }
  CHECK_FALSE(owner_of_connection(to.port(), 1, std::array{own}).has_value());
}
