// Nodes that share shards out among them, with a real etcd: joining, dying, draining, being cut off.

#include <catch2/catch.hpp>

#include "cluster/membership.hpp"
#include "cluster/roster.hpp"
#include "storage/memory_journal.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::append_outcome;

namespace {

storage::system_environment world;
const std::vector<shard_id> shards{0, 1, 2, 3, 4, 5};
constexpr ownership_patience quick{milliseconds{500}, milliseconds{1'000}, milliseconds{100}};

/// What a node sees of etcd; nothing while it is cut off. While it is deaf, what it says arrives all the same.
class etcd_behind_cable final : public etcd::client {
public:
  explicit etcd_behind_cable(std::unique_ptr<etcd::client> real) : real_(std::move(real)) {}
  std::atomic<bool> cut = false;
  std::atomic<bool> deaf = false;

  std::vector<result<etcd::committed>> commit(std::span<const etcd::transaction* const> all) override {
    if (!cut) {
      auto answers = real_->commit(all);
      if (!deaf)
        return answers;
    }
    std::this_thread::sleep_for(milliseconds{10});
    return std::vector<result<etcd::committed>>(all.size(), nothing());
  }
  using client::commit;
  result<etcd::page> range(const etcd::key_range& keys, std::int64_t limit) override {
    return hears_nothing() ? result<etcd::page>{nothing()} : real_->range(keys, limit);
  }
  result<std::unique_ptr<etcd::watcher>> watch(std::span<const etcd::key_range> ranges, etcd::revision from) override {
    if (hears_nothing())
      return nothing();
    auto inner = real_->watch(ranges, from);
    if (!inner)
      return inner.why();
    return std::unique_ptr<etcd::watcher>{std::make_unique<cable_watcher>(*this, *std::move(inner))};
  }
  status compact(etcd::revision last) override { return cut ? status{nothing()} : real_->compact(last); }
  result<etcd::lease_id> grant(seconds lifetime) override {
    return heard(cut ? result<etcd::lease_id>{nothing()} : real_->grant(lifetime));
  }
  status revoke(etcd::lease_id lease) override { return cut ? status{nothing()} : real_->revoke(lease); }
  result<seconds> keep_alive(etcd::lease_id lease) override {
    return heard(cut ? result<seconds>{nothing()} : real_->keep_alive(lease));
  }
  result<seconds> time_left(etcd::lease_id lease) override {
    return hears_nothing() ? result<seconds>{nothing()} : real_->time_left(lease);
  }
  std::vector<etcd::member_state> members() override {
    return hears_nothing() ? std::vector<etcd::member_state>{} : real_->members();
  }
  status defragment(const std::string& endpoint) override { return real_->defragment(endpoint); }
  status disarm() override { return real_->disarm(); }

private:
  static refusal nothing() { return refuse(errc::unavailable, "cut off"); }
  bool hears_nothing() const { return cut || deaf; }
  template <class Answer>
  result<Answer> heard(result<Answer> answer) const {
    return deaf ? nothing() : std::move(answer);
  }
  struct cable_watcher final : etcd::watcher {
    cable_watcher(const etcd_behind_cable& c, std::unique_ptr<etcd::watcher> i) : cable(c), inner(std::move(i)) {}
    result<std::vector<etcd::event>> next(milliseconds patience) override {
      return cable.hears_nothing() ? result<std::vector<etcd::event>>{nothing()} : inner->next(patience);
    }
    const etcd_behind_cable& cable;
    std::unique_ptr<etcd::watcher> inner;
  };
  std::unique_ptr<etcd::client> real_;
};

class cluster_node {
public:
  cluster_node(etcd_service& service, std::string name, std::string directory = {}, ownership_patience patience = quick)
      : name_(std::move(name)), directory_(directory.empty() ? "dir-" + name_ : directory), patience_(patience),
        etcd_(service.connect(milliseconds{2'000})) {
    start();
  }
  ~cluster_node() { stop(); }

  void start() {
    replicated_journal_options log;
    log.directory = directory_;
    log.shards = shards;
    log.fatal = [](const std::string& why) { throw std::runtime_error(why); };
    journal_ = std::make_unique<replicated_journal>(etcd_, local_, world, log);
    membership_options options;
    options.name = name_;
    options.address = "127.0.0.1:1";
    options.directory = directory_;
    options.shards = shards;
    options.patience = patience_;
    options.lease = seconds{2};
    options.clock_is_right = [this] { return clock_is_right.load(); };
    options.serve = [this](shard_id shard) {
      std::lock_guard lock{mutex_};
      serving_.insert(shard);
    };
    options.stop = [this](shard_id shard) {
      {
        std::lock_guard lock{mutex_};
        serving_.erase(shard);
      }
      membership_->stopped(shard);
    };
    options.alarm = [this](const std::string& name, const std::string&) {
      std::lock_guard lock{mutex_};
      alarms_.insert(name);
    };
    membership_ = std::make_unique<membership>(etcd_, *journal_, options);
  }
  /// As a process that ends in order.
  void stop() {
    if (journal_)
      journal_->stop();
    membership_.reset();
    journal_.reset();
    serving_.clear();
  }

  std::set<shard_id> serving() {
    std::lock_guard lock{mutex_};
    return serving_;
  }
  bool has_alarm(const std::string& name) {
    std::lock_guard lock{mutex_};
    return alarms_.contains(name);
  }
  membership& member() { return *membership_; }
  replicated_journal& journal() { return *journal_; }
  etcd_behind_cable& etcd() { return etcd_; }
  const std::string& directory() const { return directory_; }
  std::atomic<bool> clock_is_right{true};

private:
  std::string name_;
  std::string directory_;
  ownership_patience patience_;
  etcd_behind_cable etcd_;
  storage::memory_journal local_;
  std::unique_ptr<replicated_journal> journal_;
  std::mutex mutex_;
  std::set<shard_id> serving_;
  std::set<std::string> alarms_;
  std::unique_ptr<membership> membership_;
};

void create_shards(etcd::client& etcd, const std::set<std::string>& replicas) {
  REQUIRE(until_answered([&] { return reserve_space(etcd, log_keys{}); }));
  fenced_log log{etcd, log_keys{}, world};
  for (auto shard : shards)
    REQUIRE(log.create(shard, log_end{}, replicas));
}

/// Each shard is served by one of them, and by nobody else.
bool share_all(std::initializer_list<cluster_node*> nodes, std::size_t at_most) {
  std::multiset<shard_id> all;
  for (auto* node : nodes) {
    auto serving = node->serving();
    if (serving.size() > at_most)
      return false;
    all.insert(serving.begin(), serving.end());
  }
  return all == std::multiset<shard_id>(shards.begin(), shards.end());
}

append_outcome append_to(cluster_node& node, shard_id shard, const std::string& name) {
  return append_one(node.journal(), shard, node.journal().head(shard), {record_of(name)});
}

/// Of all shards together, when nobody has claimed any for a while.
epoch claims_so_far(etcd::client& etcd) {
  auto sum_now = [&] {
    auto entries = read_entries(etcd, log_keys{});
    REQUIRE(entries);
    epoch sum = 0;
    for (auto& [shard, entry] : entries->of)
      sum += entry.claim->term;
    return sum;
  };
  epoch sum = 0;
  CHECK(comes_true([&] {
    auto before = std::exchange(sum, sum_now());
    std::this_thread::sleep_for(milliseconds{300});
    return before == sum;
  }));
  return sum;
}

} // namespace

TEST_CASE("membership: nodes share the shards, take over from one that goes, and share again when it is back",
          "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  cluster_node two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory(), "dir-three"});
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  auto claims = claims_so_far(one.etcd());
  cluster_node three{service, "three"};
  REQUIRE(comes_true([&] { return share_all({&one, &two, &three}, 2); }));
  for (auto* node : {&one, &two, &three})
    for (auto shard : node->serving())
      CHECK(append_to(*node, shard, "a") == append_outcome::durable);
  CHECK(claims_so_far(one.etcd()) == claims + 2); // who lets go doesn't claim it again
  two.stop();
  REQUIRE(comes_true([&] { return share_all({&one, &three}, 3); }));
  for (auto* node : {&one, &three})
    for (auto shard : node->serving()) {
      CHECK(node->journal().head(shard) == 1);
      CHECK(append_to(*node, shard, "b") == append_outcome::durable);
    }
  two.start();
  CHECK(comes_true([&] { return share_all({&one, &two, &three}, 2); }));
}

TEST_CASE("membership: a node that is cut off from etcd loses its shards, and lets go of them when it is back [I5]",
          "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  cluster_node two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory()});
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  auto before = one.serving();
  one.etcd().cut = true;
  REQUIRE(comes_true([&] { return two.serving().size() == shards.size(); }));
  CHECK(one.serving() == before); // it can't know
  for (auto shard : shards)
    CHECK(append_to(two, shard, "while the other is away") == append_outcome::durable);
  one.etcd().cut = false;
  REQUIRE(comes_true([&] { return one.serving().size() < before.size(); }));
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  for (auto* node : {&one, &two})
    for (auto shard : node->serving()) {
      CHECK(comes_true([&] { return node->journal().head(shard) == 1; }));
      CHECK(append_to(*node, shard, "after") == append_outcome::durable);
    }
}

TEST_CASE("membership: a node that etcd hears, but that hears nothing of etcd, loses its shards as well", "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  cluster_node two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory()});
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  one.etcd().deaf = true; // its renewals go on arriving
  REQUIRE(comes_true([&] { return two.serving().size() == shards.size(); }));
  one.etcd().deaf = false;
  CHECK(comes_true([&] { return share_all({&one, &two}, 3); }));
}

TEST_CASE("membership: who drains hands everything over before it goes", "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  cluster_node two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory()});
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  one.member().drain();
  REQUIRE(comes_true([&] { return one.member().drained(); }));
  CHECK(one.serving().empty());
  CHECK(comes_true([&] { return two.serving().size() == shards.size(); }));
  for (auto shard : shards)
    CHECK(append_to(two, shard, "a") == append_outcome::durable);
  two.member().drain(); // nobody is left to have them
  CHECK(comes_true([&] { return two.member().drained(); }));
  CHECK(two.serving().size() == shards.size());
}

TEST_CASE("membership: a drained node owns nothing, over restarts too, until it may again", "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  cluster_node two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory()});
  const log_keys keys;
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  REQUIRE(until_answered([&] { return drain(two.etcd(), keys, one.directory()); }));
  REQUIRE(comes_true([&] { return one.serving().empty() && two.serving().size() == shards.size(); }));
  for (auto shard : shards)
    CHECK(append_to(two, shard, "a") == append_outcome::durable);
  CHECK(comes_true([&] { return one.journal().head(0) == 1; })); // it follows
  CHECK(read_view(two.etcd(), keys)->view.members.at("one").phase == member_phase::serving);
  CHECK(drain(one.etcd(), keys, two.directory()).why().code == errc::conflict);
  one.stop();
  one.start();
  REQUIRE(comes_true([&] {
    auto seen = read_view(two.etcd(), keys);
    return seen && seen->view.members.contains("one") && seen->view.members.at("one").phase == member_phase::serving;
  }));
  std::this_thread::sleep_for(milliseconds{1'000}); // twice what a newcomer waits
  CHECK(one.serving().empty());
  CHECK(two.serving().size() == shards.size());
  REQUIRE(until_answered([&] { return undrain(two.etcd(), keys, one.directory()); }));
  CHECK(comes_true([&] { return share_all({&one, &two}, 3); }));
}

TEST_CASE("membership: what a drained node owned before a restart doesn't wait for it", "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  create_shards(one.etcd(), {one.directory(), "dir-two"});
  const log_keys keys;
  REQUIRE(comes_true([&] { return share_all({&one}, shards.size()); }));
  REQUIRE(*put_drained(one.etcd(), keys, wishes{}, {one.directory()}));
  std::this_thread::sleep_for(milliseconds{500});
  CHECK(share_all({&one}, shards.size())); // nobody else could have them
  one.stop();
  one.start();
  cluster_node two{service, "two"};
  CHECK(comes_true([&] { return share_all({&two}, shards.size()); }));
  CHECK(one.serving().empty());
}

TEST_CASE("membership: shards are shared out at once when an operator asks for it", "[cluster]") {
  etcd_service service;
  auto patient = quick;
  patient.hold_down = seconds{600};
  cluster_node one{service, "one", {}, patient};
  create_shards(one.etcd(), {one.directory(), "dir-two"});
  const log_keys keys;
  REQUIRE(comes_true([&] { return share_all({&one}, shards.size()); }));
  cluster_node two{service, "two", {}, patient};
  auto left = [&] {
    auto seen = read_view(two.etcd(), keys);
    return seen ? out_of_place(seen->view).size() : 99;
  };
  REQUIRE(comes_true([&] { return left() == 3; }));
  std::this_thread::sleep_for(milliseconds{1'000});
  CHECK(left() == 3);
  REQUIRE(until_answered([&] { return ask_to_spread(two.etcd(), keys); }));
  CHECK(comes_true([&] { return left() == 0 && share_all({&one, &two}, 3); }));
}

TEST_CASE("membership: a name that another directory has is not taken over, and a stranger owns nothing", "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"};
  create_shards(one.etcd(), {one.directory(), "dir-two"});
  REQUIRE(comes_true([&] { return share_all({&one}, shards.size()); }));
  cluster_node double_{service, "one", "dir-two"};
  REQUIRE(comes_true([&] { return double_.has_alarm("not_registered"); }));
  CHECK(double_.serving().empty());
  auto view = read_view(double_.etcd(), log_keys{});
  REQUIRE(view);
  CHECK(view->view.members.at("one").directory == one.directory());
  one.stop(); // then the name is free
  CHECK(comes_true([&] { return share_all({&double_}, shards.size()); }));
  cluster_node stranger{service, "stranger"};
  REQUIRE(comes_true([&] { return read_view(stranger.etcd(), log_keys{})->view.members.contains("stranger"); }));
  CHECK(share_all({&double_, &stranger}, shards.size()));
  CHECK(stranger.serving().empty());
}

TEST_CASE("membership: a node whose clock is wrong hands over what it owns, and owns again when it is right",
          "[cluster]") {
  etcd_service service;
  cluster_node one{service, "one"}, two{service, "two"};
  create_shards(one.etcd(), {one.directory(), two.directory()});
  REQUIRE(comes_true([&] { return share_all({&one, &two}, 3); }));
  one.clock_is_right = false;
  REQUIRE(comes_true([&] { return one.serving().empty() && two.serving().size() == shards.size(); }));
  std::this_thread::sleep_for(2 * quick.hold_down);
  CHECK(one.serving().empty());
  one.clock_is_right = true;
  CHECK(comes_true([&] { return share_all({&one, &two}, 3); }));

  // When nobody else is there, it claims nothing either.
  one.clock_is_right = false;
  REQUIRE(comes_true([&] { return one.serving().empty(); }));
  two.stop();
  std::this_thread::sleep_for(milliseconds{1'000});
  CHECK(one.serving().empty());
}
