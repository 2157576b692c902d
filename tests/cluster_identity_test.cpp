// Two processes that are one node: a copied data directory, or a node that was started twice.

#include <catch2/catch.hpp>

#include "cluster/membership.hpp"
#include "storage/memory_journal.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using namespace std::chrono_literals;

namespace {

const log_keys keys;

/// Somebody registered, who renews the lease or doesn't.
class other_process {
public:
  other_process(etcd::client& etcd, const std::string& name, const std::string& directory, std::string process,
                std::chrono::seconds lifetime = limits::lease)
      : etcd_(etcd) {
    lease_ = until_answered([&] { return etcd_.grant(lifetime); }).operator*();
    etcd::transaction what;
    what.then.push_back(
        etcd::put(keys.node(name), to_text({own_protocol(), directory, "x:1", {}, std::move(process)}), lease_));
    REQUIRE(until_answered([&] { return etcd_.commit(what); }));
  }
  ~other_process() {
    renewer_ = {};
    (void)etcd_.revoke(lease_);
  }
  void live() {
    renewer_ = std::jthread{[this](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        (void)etcd_.keep_alive(lease_);
        std::this_thread::sleep_for(200ms);
      }
    }};
  }
  bool has_a_lease() {
    return bool(until_answered([&] { return etcd_.time_left(lease_); }));
  }

private:
  etcd::client& etcd_;
  etcd::lease_id lease_ = 0;
  std::jthread renewer_;
};

class registered {
public:
  registered(etcd::client& etcd, const std::string& name, const std::string& directory)
      : etcd_(etcd), name_(name),
        registration_(etcd, keys, name, {own_protocol(), directory, "y:1", member_phase::behind},
                      [this](const std::string& what, const std::string& why) {
                        std::lock_guard lock{mutex_};
                        alarms_.push_back(what + ": " + why);
                      }) {}

  bool is_there() {
    auto view = read_view(etcd_, keys);
    auto found = view ? view->view.members.find(name_) : decltype(view->view.members.end()){};
    return view && found != view->view.members.end() && found->second.process == registration_.process();
  }
  bool has_alarm(const std::string& words) {
    std::lock_guard lock{mutex_};
    return std::ranges::any_of(alarms_, [&](auto& one) { return one.find(words) != std::string::npos; });
  }
  bool is_displaced() const { return registration_.is_displaced(); }

private:
  etcd::client& etcd_;
  std::string name_;
  std::mutex mutex_;
  std::vector<std::string> alarms_;
  registration registration_; // last, so that it ends first
};

} // namespace

TEST_CASE("identity: a lease that nobody renews only gets shorter", "[cluster]") {
  lease_watch watch{5s};
  lease_watch::time_point now{};
  auto look = [&](std::optional<std::chrono::seconds> left, std::chrono::milliseconds after, etcd::lease_id lease = 7) {
    now += after;
    watch.look(lease, left, now, now);
  };
  SECTION("silent when two renewals are missing, or it is over") {
    for (auto left : {4s, 4s, 3s, 3s}) {
      look(left, 450ms);
      CHECK_FALSE(watch.is_silent());
    }
    look(2s, 450ms);
    CHECK(watch.is_silent());
    CHECK_FALSE(watch.is_renewed());
    look({}, 3'000ms);
    CHECK(watch.is_silent());
  }
  SECTION("renewed thrice, although each look finds the same") {
    for (int i = 0; i < 40; ++i)
      look(4s, 100ms);
    CHECK(watch.is_renewed());
    CHECK_FALSE(watch.is_silent());
    look(4s, 100ms, 8); // somebody else
    CHECK_FALSE(watch.is_renewed());
  }
  SECTION("a new leader of etcd prolongs it once") {
    look(3s, 0ms);
    for (auto left : {5s, 5s, 4s, 4s, 3s, 3s})
      look(left, 500ms);
    look(2s, 500ms);
    CHECK_FALSE(watch.is_renewed());
    CHECK(watch.is_silent());
  }
}

TEST_CASE("identity: what a node says of itself has the process, and is understood without", "[cluster]") {
  member node{2, "d1", "a:1", member_phase::serving, "0123"};
  CHECK(to_text(node) == "2 d1 a:1 serving 0123");
  CHECK(*parse_member(to_text(node)) == node);
  CHECK(parse_member("2 d1 a:1 serving")->process.empty());
}

TEST_CASE("identity: a second process waits, refuses while the first lives, and starts when it doesn't", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  SECTION("it lives, under the same name or another") {
    auto name = GENERATE("one", "two");
    auto process = GENERATE("00ff", ""); // the second: of an older version
    other_process first{*etcd, "one", "d1", process};
    first.live();
    auto turn = await_turn(*etcd, keys, "d1");
    REQUIRE_FALSE(turn);
    CHECK(turn.why().code == errc::conflict);
    CHECK(turn.why().detail.find("node/one: " + std::to_string(own_protocol()) + " d1 x:1") != std::string::npos);
    CHECK(await_turn(*etcd, keys, "d2"));
    registered second{*etcd, name, "d1"};
    CHECK(
        comes_true([&] { return second.has_alarm("not_registered: another process runs with this data directory"); }));
    CHECK_FALSE(second.is_there());
  }
  SECTION("it was killed: nobody waits for the end of its lease") {
    other_process first{*etcd, "one", "d1", "00ff"};
    CHECK(await_turn(*etcd, keys, "d1"));
    registered second{*etcd, "one", "d1"};
    CHECK(comes_true([&] { return second.is_there(); }));
    CHECK(first.has_a_lease());
    CHECK_FALSE(second.has_alarm(""));
  }
  SECTION("it was killed, and now has another name: then for its end") {
    other_process first{*etcd, "one", "d1", "00ff"};
    registered second{*etcd, "two", "d1"};
    CHECK(comes_true([&] { return second.is_there(); }));
    CHECK_FALSE(first.has_a_lease());
  }
}

TEST_CASE("identity: who is overwritten raises an alarm, and doesn't come back", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  registered first{*etcd, "one", "d1"};
  REQUIRE(comes_true([&] { return first.is_there(); }));
  {
    other_process second{*etcd, "one", "d1", ""};
    REQUIRE(comes_true([&] { return first.has_alarm("identity_taken: another process has taken this node's place"); }));
    CHECK(first.is_displaced());
  }
  registered third{*etcd, "one", "d1"};
  CHECK(comes_true([&] { return third.is_there(); }));
  CHECK_FALSE(third.is_displaced());
}

TEST_CASE("identity: who is overwritten lets go of everything, and others own it", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect(2'000ms);
  storage::system_environment world;
  const std::vector<shard_id> shards{0, 1};
  REQUIRE(until_answered([&] { return reserve_space(*etcd, keys); }));
  fenced_log log{*etcd, keys, world};
  for (auto shard : shards)
    REQUIRE(log.create(shard, {}, {"d1", "d2"}));
  struct node {
    storage::memory_journal local;
    std::mutex mutex;
    std::set<shard_id> serving;
    std::set<std::string> alarms;
    std::unique_ptr<replicated_journal> journal;
    std::unique_ptr<membership> member;
    ~node() { journal->stop(); }
    std::size_t count() {
      std::lock_guard lock{mutex};
      return serving.size();
    }
    bool has_alarm(const std::string& name) {
      std::lock_guard lock{mutex};
      return alarms.contains(name);
    }
  };
  auto start = [&](node& n, const std::string& name, const std::string& directory) {
    replicated_journal_options with;
    with.directory = directory;
    with.shards = shards;
    n.journal = std::make_unique<replicated_journal>(*etcd, n.local, world, with);
    membership_options options;
    options.name = name;
    options.address = "x:1";
    options.directory = directory;
    options.shards = shards;
    options.serve = [&n](shard_id shard) {
      std::lock_guard lock{n.mutex};
      n.serving.insert(shard);
    };
    options.stop = [&n](shard_id shard) {
      {
        std::lock_guard lock{n.mutex};
        n.serving.erase(shard);
      }
      n.member->stopped(shard);
    };
    options.alarm = [&n](const std::string& what, const std::string&) {
      std::lock_guard lock{n.mutex};
      n.alarms.insert(what);
    };
    n.member = std::make_unique<membership>(*etcd, *n.journal, options);
  };
  node one, two;
  start(one, "one", "d1");
  REQUIRE(comes_true([&] { return one.count() == shards.size(); }));
  start(two, "two", "d2");
  other_process thief{*etcd, "one", "d1", "00ff"};
  thief.live();
  CHECK(comes_true([&] { return one.has_alarm("identity_taken") && one.count() == 0; }));
  CHECK(comes_true([&] { return two.count() == shards.size(); }));
}
