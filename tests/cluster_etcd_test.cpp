// Our client against a real etcd.

#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "tests/certificates.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::etcd;
using namespace charter::test;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds unhurried{10'000};

transaction put_if_absent(const std::string& key, const std::string& value) {
  transaction out;
  out.conditions.push_back(modified_at(key, 0));
  out.then.push_back(put(key, value));
  out.otherwise.push_back(read({key, {}}));
  return out;
}

/// The next events, or what ended the watch.
result<std::vector<event>> next_events(watcher& watch) {
  for (int i = 0; i < 100; ++i)
    if (auto events = watch.next(milliseconds{100}); !events || !events->empty())
      return events;
  return std::vector<event>{};
}

} // namespace

TEST_CASE("etcd: transactions, ranges, and what fails", "[cluster]") {
  etcd_service service;
  auto client = service.connect(unhurried);
  auto first = client->commit(put_if_absent("k/1", "one"));
  REQUIRE(first);
  CHECK(first->met);
  auto again = client->commit(put_if_absent("k/1", "two"));
  REQUIRE(again);
  CHECK_FALSE(again->met);
  REQUIRE(again->reads.size() == 1);
  CHECK(again->reads[0].at(0).value == "one");
  CHECK(again->reads[0].at(0).modified == first->at);

  // Several at once, answers in order.
  std::vector<transaction> many;
  for (int i = 2; i < 30; ++i)
    many.push_back(put_if_absent("k/" + std::to_string(i), std::string(1000, 'x')));
  std::vector<const transaction*> all;
  for (auto& one : many)
    all.push_back(&one);
  for (auto& answer : client->commit(all))
    CHECK((answer && answer->met));
  auto page = client->range(keys_below("k/"), 10);
  REQUIRE(page);
  CHECK(page->rows.size() == 10);
  CHECK(page->more);
  CHECK(client->range(keys_below("k/"))->rows.size() == 29);

  transaction clear;
  clear.conditions = {value_is("k/1", "one"), modified_at("k/1", first->at)};
  clear.then.push_back(erase(keys_below("k/")));
  CHECK(client->commit(clear)->met);
  CHECK(client->range(keys_below("k/"))->rows.empty());
  CHECK_FALSE(client->commit(clear)->met);

  transaction twice;
  twice.then = {put("k", "1"), put("k", "2")};
  CHECK(client->commit(twice).why().code == errc::invalid_params);
  transaction huge;
  huge.then = {put("k", std::string(1'700'000, 'x'))};
  CHECK(client->commit(huge).why().code == errc::invalid_params);
}

TEST_CASE("etcd: a watch brings every put in order, and says when it came too late", "[cluster]") {
  etcd_service service;
  auto client = service.connect(unhurried);
  auto start = client->range({"w", {}})->at;
  for (int i = 0; i < 5; ++i)
    REQUIRE(client->commit(put_if_absent("w/" + std::to_string(i), std::to_string(i))));
  REQUIRE(client->commit(put_if_absent("elsewhere", "x")));
  std::vector<key_range> ranges{keys_below("w/"), keys_below("v/")};
  auto watch = client->watch(ranges, start + 1);
  REQUIRE(watch);
  REQUIRE(client->commit(put_if_absent("w/5", "5")));
  std::string seen;
  while (seen.size() < 6) {
    auto events = next_events(**watch);
    REQUIRE(events);
    REQUIRE_FALSE(events->empty());
    for (auto& each : *events)
      seen += each.value;
  }
  CHECK(seen == "012345");
  CHECK((*watch)->next(milliseconds{0})->empty());

  auto now = client->range({"w", {}})->at;
  REQUIRE(client->compact(now));
  REQUIRE(client->compact(now)); // harmless
  auto late = client->watch(ranges, start + 1);
  REQUIRE(late);
  CHECK(next_events(**late).why().code == errc::conflict);
  CHECK((*late)->next(milliseconds{0}).why().code == errc::conflict);
}

TEST_CASE("etcd: a watch on a member that dies or freezes ends, and the next one is elsewhere", "[cluster]") {
  etcd_service service{{.members = 3}};
  auto client = service.connect();
  auto start = client->range({"w", {}})->at;
  std::vector<key_range> ranges{keys_below("w/")};
  for (auto what : {SIGSTOP, SIGKILL}) {
    // Which member it is connected to doesn't show from outside: stop them one by one until the watch ends.
    auto watch = client->watch(ranges, start + 1);
    for (int i = 0; !watch && i < 30; ++i)
      watch = client->watch(ranges, start + 1);
    REQUIRE(watch);
    bool ended = false;
    for (int i = 0; i < service.size() && !ended; ++i) {
      service.signal(i, what);
      auto until = steady_clock::now() + seconds{6};
      while (!ended && steady_clock::now() < until)
        ended = !(*watch)->next(milliseconds{50});
      service.signal(i, SIGCONT);
      if (what == SIGKILL)
        service.start(i);
    }
    CHECK(ended);
  }
}

TEST_CASE("etcd: a lease ends when nobody keeps it alive, and its keys with it", "[cluster]") {
  etcd_service service;
  auto client = service.connect(unhurried);
  auto lease = client->grant(seconds{4});
  REQUIRE(lease);
  transaction with_lease;
  with_lease.then.push_back(put("node/1", "here", *lease));
  REQUIRE(client->commit(with_lease));
  for (int i = 0; i < 12; ++i) {
    auto left = client->keep_alive(*lease);
    REQUIRE(left);
    CHECK(*left == seconds{4});
    std::this_thread::sleep_for(milliseconds{500});
  }
  CHECK(client->range({"node/1", {}})->rows.size() == 1);
  REQUIRE(client->revoke(*lease));
  REQUIRE(client->revoke(*lease)); // harmless
  CHECK(client->range({"node/1", {}})->rows.empty());
  CHECK(client->keep_alive(*lease).why().code == errc::not_found);
}

TEST_CASE("etcd: without the authority's certificate nothing goes", "[cluster]") {
  etcd_service service{{.tls = true}};
  auto client = service.connect(unhurried);
  REQUIRE(client->commit(put_if_absent("k", "v")));
  auto refused = [&](client_options options) {
    options.patience = milliseconds{500};
    auto other = connect(options);
    return !other || (*other)->range({"k", {}}, 0).why().code == errc::unavailable;
  };
  auto options = service.options_for_clients();
  auto files = [&](const std::string& authority, const std::string& name) {
    return etcd::tls_files{service.certificate_path(authority + ".pem"), service.certificate_path(name + ".pem"),
                           service.certificate_path(name + ".key")};
  };
  options.tls = tls_of(files("authority", "intruder"));
  CHECK(refused(options)); // the member doesn't know us
  options.tls = tls_of(files("stranger", "node"));
  CHECK(refused(options)); // we don't know the member
  options.tls.reset();
  CHECK(refused(options));
  options.endpoints = {"192.0.2.1:2379"};
  CHECK(connect(options).why().code == errc::invalid_params); // in plain text over a network
}

TEST_CASE("etcd: when members fail, calls go to the others", "[cluster]") {
  etcd_service service{{.members = 3}};
  auto client = service.connect();
  for (int i = 0; i < service.size(); ++i) {
    auto key = "k/" + std::to_string(i);
    service.signal(i, SIGKILL);
    auto landed = client->commit(put_if_absent(key, "v"));
    for (auto until = steady_clock::now() + seconds{10}; !landed && steady_clock::now() < until;)
      landed = client->commit(put_if_absent(key, "v"));
    CHECK(landed);
    auto members = client->members();
    REQUIRE(members.size() == 3);
    CHECK_FALSE(members[i].answers);
    service.start(i);
    for (auto until = steady_clock::now() + seconds{20}; steady_clock::now() < until;)
      if (members = client->members(); members[i].answers)
        break;
    CHECK(members[i].answers);
  }
  CHECK(client->range(keys_below("k/"))->rows.size() == 3);
}
