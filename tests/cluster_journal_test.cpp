// The journal of nodes in a cluster: appending through etcd, following, trimming, and running out of space.

#include <catch2/catch.hpp>

#include <csignal>
#include <thread>

#include "cluster/catch_up.hpp"
#include "cluster/replicated_journal.hpp"
#include "cluster/roster.hpp"
#include "cluster/tail.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using storage::append_outcome;

namespace {

storage::system_environment world;
const std::vector<shard_id> all_shards{0, 1, 2, 3};

/// A node as far as the journal is concerned: a data directory, a connection, the replicated journal.
class journal_node {
public:
  journal_node(etcd_service& service, std::string name, replicated_journal_options options = {}, bool remembers = false)
      : directory_(make_directory(scratch_)), name_(std::move(name)), etcd_(service.connect()),
        options_(std::move(options)), remembers_(remembers) {
    start();
  }

  void start() {
    local_ = open_journal(directory_);
    auto options = options_;
    options.directory = name_;
    options.shards = all_shards;
    if (remembers_)
      options.memory = *cluster_memory::open(directory_);
    options.upkeep_period = milliseconds{50};
    options.alarm = [this](const std::string& name, const std::string&) {
      std::lock_guard lock{mutex_};
      alarms_.insert(name);
    };
    options.fatal = [this](const std::string& why) {
      std::lock_guard lock{mutex_};
      alarms_.insert("fatal: " + why);
    };
    journal_ = std::make_unique<replicated_journal>(*etcd_, *local_, world, options);
  }
  void stop() {
    catching_up_.reset();
    lender_.reset();
    journal_.reset();
    local_.reset();
  }
  /// The cluster, from its next start on.
  void remembers() { remembers_ = true; }
  void lose_disk() {
    stop();
    fs::remove_all(directory_);
    directory_ = make_directory(scratch_);
  }

  replicated_journal& operator*() { return *journal_; }
  replicated_journal* operator->() { return journal_.get(); }
  storage::journal& local() { return *local_; }
  etcd::client& etcd() { return *etcd_; }
  const std::string& directory() const { return directory_; }

  /// From now on it takes what it lacks from `other`, over links that do with each message as `carry` says.
  void take_from(journal_node& other, std::function<std::string(std::string answer)> carry) {
    lender_ = std::make_unique<log_lender>(other.local(), [&other](shard_id shard) { return other->doubt(shard); });
    catch_up_options options;
    options.directory = name_;
    options.shards = all_shards;
    options.ask = [this, carry](const std::string&, const std::string& message) {
      lender_->put(*decode_question(message), [this, carry](std::string answer) {
        if (auto arrived = decode_answer(carry(std::move(answer))))
          catching_up_->answered(*std::move(arrived));
        return true;
      });
      return true;
    };
    options.trouble = [this](shard_id, const refusal& why) {
      std::lock_guard lock{mutex_};
      alarms_.insert(why.detail);
    };
    catching_up_ = std::make_unique<catch_up>(*etcd_, *journal_, std::move(options));
  }

  bool has_alarm(const std::string& name) {
    std::lock_guard lock{mutex_};
    return alarms_.contains(name);
  }
  /// Waits until the follower has caught up.
  epoch claim(shard_id shard) {
    epoch term = 0;
    comes_true([&] {
      auto claimed = journal_->claim(shard);
      term = claimed ? *claimed : 0;
      return bool(claimed);
    });
    return term;
  }
  void claim_all() {
    for (auto shard : all_shards)
      REQUIRE(claim(shard) > 0);
  }

private:
  scratch_directory scratch_;
  std::string directory_;
  std::string name_;
  std::unique_ptr<etcd::client> etcd_;
  replicated_journal_options options_;
  bool remembers_ = false;
  std::mutex mutex_;
  std::set<std::string> alarms_;
  std::unique_ptr<storage::journal> local_;
  std::unique_ptr<replicated_journal> journal_;
  std::unique_ptr<log_lender> lender_; ///< another node's
  std::unique_ptr<catch_up> catching_up_;
};

void create_shards(etcd::client& etcd, const std::set<std::string>& replicas) {
  if (auto reserved = until_answered([&] { return reserve_space(etcd, log_keys{}); }); !reserved)
    throw std::runtime_error(reserved.why().detail);
  fenced_log log{etcd, log_keys{}, world};
  for (auto shard : all_shards)
    if (auto made = log.create(shard, log_end{}, replicas); !made)
      throw std::runtime_error(made.why().detail);
}

std::vector<std::string> headers(const storage::journal& log, shard_id shard) {
  std::vector<std::string> out;
  for (auto& record : read_all(log, shard))
    out.emplace_back(text_of(record.header));
  return out;
}

/// One batch to each shard, in one call; a record each.
std::vector<append_outcome> append_everywhere(storage::journal& log, const std::string& name,
                                              std::size_t body_bytes = 0) {
  std::vector<storage::append_batch> batches;
  for (auto shard : all_shards)
    batches.push_back({shard, log.head(shard), {record_of(name, std::string(body_bytes, 'x'))}});
  return log.append(batches);
}

std::size_t tail_rows(etcd::client& etcd, shard_id shard) {
  auto rows = etcd.range(log_keys{}.log(shard));
  return rows ? rows->rows.size() : SIZE_MAX;
}

} // namespace

TEST_CASE("replicated journal: an owner appends and reads, a follower has the same", "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  journal_node two{service, "d2"};
  CHECK(append_one(*one, 1, 0, {record_of("early")}) == append_outcome::conflict);
  create_shards(one.etcd(), {"d1", "d2"});
  REQUIRE(one.claim(1) == 1);
  REQUIRE(two.claim(2) == 1);
  CHECK(append_one(*one, 2, 0, {record_of("not mine")}) == append_outcome::conflict);
  CHECK(append_one(*one, 1, 1, {record_of("ahead")}) == append_outcome::conflict);
  CHECK(append_one(*one, 1, 0, {}) == append_outcome::durable);
  std::vector<storage::append_batch> batches{
      {1, 0, {record_of("a", "body"), record_of("b")}},
      {2, 0, {record_of("x")}},
      {1, 2, {record_of("c")}},
      {1, 2, {record_of("wrong")}},
  };
  using enum append_outcome;
  CHECK(one->append(batches) == std::vector{durable, conflict, durable, conflict});
  CHECK(append_one(*two, 2, 0, {record_of("y")}) == durable);
  CHECK(headers(*one, 1) == std::vector<std::string>{"a", "b", "c"});
  REQUIRE(comes_true([&] { return two->head(1) == 3 && one->head(2) == 1; }));
  CHECK(headers(*two, 1) == std::vector<std::string>{"a", "b", "c"});
  CHECK(text_of(read_all(*two, 1)[0].body) == "body");
  CHECK(headers(*one, 2) == std::vector<std::string>{"y"});
  auto health = one->health();
  CHECK(health.shards.at(1).term == 1);
  CHECK(health.shards.at(1).last == 3);
  CHECK(health.shards.at(2).term == 0);
}

TEST_CASE("replicated journal: who takes over has all that was acknowledged, and the old owner nothing more [I1] [I5]",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  journal_node two{service, "d2"};
  create_shards(one.etcd(), {"d1", "d2"});
  REQUIRE(one.claim(1) == 1);
  for (int round = 0; round < 6; ++round) {
    auto& old_owner = round % 2 ? two : one;
    auto& new_owner = round % 2 ? one : two;
    auto head = old_owner->head(1);
    for (int i = 0; i < 20; ++i)
      REQUIRE(append_one(*old_owner, 1, head + i, {record_of("r" + std::to_string(head + i))}) ==
              append_outcome::durable);
    CHECK(new_owner.claim(1) == static_cast<epoch>(round + 2));
    CHECK(new_owner->head(1) == head + 20);
    if (round < 3) { // noticed by appending, or by asking
      CHECK(append_one(*old_owner, 1, head + 20, {record_of("too late")}) == append_outcome::conflict);
    } else {
      CHECK(old_owner->held(1) > 0);
      CHECK(old_owner->confirm({1})->empty());
    }
    CHECK(old_owner->held(1) == 0);
    CHECK(old_owner.has_alarm("shard_fenced"));
    CHECK(new_owner->confirm({0, 1}).operator*() == std::set<shard_id>{1});
  }
  CHECK(headers(*two, 1).size() == 120);
}

TEST_CASE("replicated journal: who takes over is told how far effects have arrived [I3]", "[cluster]") {
  etcd_service service;
  std::atomic<position> taken{0};
  replicated_journal_options options;
  options.effects_taken = [&](shard_id shard) { return shard == 1 ? taken.load() : 0; };
  journal_node one{service, "d1", options};
  journal_node two{service, "d2"};
  create_shards(one.etcd(), {"d1", "d2"});
  REQUIRE(one.claim(1) == 1);
  CHECK(one->effects_taken(1) == 0);
  REQUIRE(append_one(*one, 1, 0, {record_of("a"), record_of("b"), record_of("c")}) == append_outcome::durable);
  auto told = [&](position at) {
    return comes_true([&] {
      auto now = reported_effects(one.etcd(), log_keys{}, 1);
      return now && *now == at;
    });
  };
  taken = 2;
  REQUIRE(told(2));
  REQUIRE(two.claim(1) == 2);
  CHECK(two->effects_taken(1) == 2);
  CHECK(two->effects_taken(2) == 0);
  // One that is wrong claims more than there is.
  REQUIRE(report_effects(one.etcd(), log_keys{}, {{1, 9}}));
  REQUIRE(one->confirm({1})->empty()); // it sees that it has lost the shard
  REQUIRE(one.claim(1) == 3);
  CHECK(one->effects_taken(1) == 3);
}

TEST_CASE("replicated journal: the tail goes when all replicas have synced it, or two when it presses [I13]",
          "[cluster]") {
  etcd_service service;
  replicated_journal_options small;
  small.tail_bytes_max = 100'000;
  journal_node one{service, "d1", small};
  journal_node two{service, "d2", small};
  create_shards(one.etcd(), {"d1", "d2", "d3"}); // the third is away
  one.claim_all();
  for (int i = 0; i < 3; ++i)
    append_everywhere(*one, "r" + std::to_string(i), 10'000);
  REQUIRE(comes_true([&] { return two->head(3) == 3; }));
  std::this_thread::sleep_for(milliseconds{300}); // several rounds of upkeep
  CHECK(tail_rows(one.etcd(), 1) == 3);
  CHECK(one->health().shards.at(1).tail_bytes > 30'000);
  auto erase = position{2};
  CHECK(one->erase_bodies(1, {&erase, 1}).why().code == errc::unavailable);
  for (int i = 3; i < 7; ++i)
    append_everywhere(*one, "r" + std::to_string(i), 10'000);
  REQUIRE(comes_true([&] { return tail_rows(one.etcd(), 1) <= 4; }));
  CHECK(one->erase_bodies(1, {&erase, 1}));
  CHECK(read_all(*one, 1)[1].body.empty());
  CHECK(append_everywhere(*one, "r7")[0] == append_outcome::durable);

  // The third comes late: the journal has to come from another first.
  journal_node three{service, "d3", small};
  REQUIRE(comes_true([&] { return three.has_alarm("shard_not_followed"); }));
  CHECK(three->claim(1).why().code == errc::unavailable);
  CHECK(three->head(1) == 0);
}

TEST_CASE("replicated journal: a report that comes late is put right, though nothing new is appended [I13]",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  create_shards(one.etcd(), {"d1", "d2"});
  REQUIRE(one.claim(1) == 1);
  REQUIRE(append_one(*one, 1, 0, {record_of("a"), record_of("b")}) == append_outcome::durable);
  auto is_told = [&] {
    return comes_true([&] {
      auto entry = read_entry(one.etcd(), log_keys{}, 1);
      return entry && entry->synced["d1"] == 2;
    });
  };
  REQUIRE(is_told());
  REQUIRE(report_synced(one.etcd(), log_keys{}, "d1", {{1, 1}}));
  CHECK(is_told());
}

TEST_CASE("catching up: what was trimmed comes from another node, in parts with checksums [I13]", "[cluster]") {
  etcd_service service;
  replicated_journal_options small;
  small.tail_bytes_max = 100'000;
  journal_node one{service, "d1", small};
  journal_node two{service, "d2", small};
  create_shards(one.etcd(), {"d1", "d2", "d3"}); // the third is away
  one.claim_all();
  constexpr std::size_t rounds = 120; // of 10 KB: more than two parts of each shard
  for (std::size_t landed = 0; landed < rounds;)
    if (append_everywhere(*one, "r" + std::to_string(landed), 10'000)[3] == append_outcome::durable)
      ++landed; // in between the tail is at its bound
  REQUIRE(comes_true([&] { return tail_rows(one.etcd(), 1) < 10; }));
  auto erased = position{2};
  REQUIRE(one->erase_bodies(1, {&erased, 1}));

  journal_node three{service, "d3", small};
  REQUIRE(comes_true([&] { return three.has_alarm("shard_not_followed") && three->lacks(1); }));
  CHECK(three->claim(1).why().code == errc::unavailable);
  std::atomic<int> damaged{0};
  three.take_from(one, [&](std::string answer) {
    if (damaged < 3 && ++damaged)
      answer[answer.size() / 2] ^= 1;
    return answer;
  });
  REQUIRE(comes_true([&] { return three->head(0) == one->head(0) && three->head(3) == one->head(3); }));
  CHECK(three.has_alarm("the node with directory d1 gave a damaged part of the log"));
  CHECK_FALSE(three.has_alarm("no other node has more of it"));
  for (auto shard : all_shards)
    CHECK(headers(*three, shard) == headers(*one, shard));
  CHECK(read_all(*three, 1)[1].body.empty());
  CHECK(text_of(read_all(*three, 1)[2].body).size() == 10'000);

  // From here on it is a replica like the others.
  append_everywhere(*one, "later");
  CHECK(comes_true([&] { return three->head(1) == one->head(1); }));
  auto head = one->head(1);
  CHECK(three.claim(1) == 2);
  CHECK(append_one(*three, 1, head, {record_of("mine")}) == append_outcome::durable);
  CHECK(three->accept({1, head + 2, {record_of("given")}}).why().code == errc::conflict);
}

TEST_CASE("catching up: a journal that doesn't match is neither brought forward, nor listed, nor lent from [I1]",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  create_shards(one.etcd(), {"d1", "d2"});
  one.claim_all();
  for (int i = 0; i < 5; ++i)
    append_everywhere(*one, "r" + std::to_string(i));

  // Of another cluster: shorter, and with something else in it.
  journal_node foreign{service, "d9"};
  for (auto shard : all_shards)
    REQUIRE(append_one(foreign.local(), shard, 0, {record_of("theirs")}) == append_outcome::durable);
  REQUIRE(admit(one.etcd(), log_keys{}, "d9"));
  REQUIRE(comes_true([&] { return foreign->doubt(1).has_value(); }));
  CHECK(foreign->doubt(1)->detail.find("has another record at 1") != std::string::npos);
  CHECK(foreign->claim(1).why().code == errc::internal);
  std::this_thread::sleep_for(milliseconds{600}); // it looks again
  CHECK(headers(*foreign, 1) == std::vector<std::string>{"theirs"});
  CHECK(read_entry(one.etcd(), log_keys{}, 1)->replicas == std::set<std::string>{"d1", "d2"});

  // Nobody takes from it, and from others only what follows.
  log_lender lender{foreign.local(), [&](shard_id shard) { return foreign->doubt(shard); }};
  std::atomic<bool> refused{false};
  lender.put({1, 1, asked_records{1}}, [&](const std::string& answer) {
    refused = std::holds_alternative<refusal>(decode_answer(answer)->outcome);
    return true;
  });
  CHECK(comes_true([&] { return refused.load(); }));
  CHECK(foreign->accept({1, 2, {record_of("r1")}, mark_of(record_of("r0"))}).why().code == errc::internal);
}

TEST_CASE("replicated journal: an etcd restored from a backup is followed by nobody who has seen more [I1]",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1", {}, true};
  journal_node two{service, "d2", {}, true};
  create_shards(one.etcd(), {"d1", "d2"});
  REQUIRE(until_answered([&] { return put_cluster_id(one.etcd(), log_keys{}, std::string(32, 'a')); }));
  one.claim_all();
  append_everywhere(*one, "before");
  REQUIRE(comes_true([&] { return two->head(0) == 1 && two->head(3) == 1; }));
  two.stop();
  two.start(); // it knows of the backup's revision, and of nothing newer
  auto records_of_two = GENERATE(1, 2);
  if (records_of_two == 1)
    two.stop();
  service.back_up(0);
  for (auto outcome : append_everywhere(*one, "acknowledged after the backup"))
    REQUIRE(outcome == append_outcome::durable);
  if (records_of_two == 2)
    REQUIRE(comes_true([&] { return two->head(0) == 2 && two->head(3) == 2; }));
  std::this_thread::sleep_for(milliseconds{500}); // they look at etcd ten times as often
  if (records_of_two == 2)
    two.stop();
  one.stop();
  service.restore(0);

  one.start();
  REQUIRE(comes_true([&] { return one->doubt(1).has_value(); }));
  INFO(one->doubt(1)->detail);
  CHECK(one->doubt(1)->detail.find("restored from a backup") != std::string::npos);
  CHECK(one->claim(1).why().code == errc::internal);
  CHECK(one.has_alarm("shard_not_followed"));
  two.start();
  if (records_of_two == 2) {
    REQUIRE(comes_true([&] { return two->doubt(1).has_value(); }));
    CHECK(two->claim(1).why().code == errc::internal);
    return;
  }
  // It was down when the newest record was acknowledged, and can't know better. But the logs are never mixed.
  two.claim_all();
  for (int i = 0; i < 30; ++i) // until etcd's revision is beyond what was seen, too
    append_everywhere(*two, "another future");
  one.stop();
  one.start();
  REQUIRE(comes_true([&] { return one->doubt(1).has_value(); }));
  CHECK(one->doubt(1)->detail.find("has another record at 2") != std::string::npos);
  CHECK(one->claim(1).why().code == errc::internal);
  CHECK(headers(*one, 1) == std::vector<std::string>{"before", "acknowledged after the backup"});
}

TEST_CASE("replicated journal: a directory follows no other cluster than its own, until it is admitted there",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1", {}, true};
  create_shards(one.etcd(), {"d1"});
  REQUIRE(until_answered([&] { return put_cluster_id(one.etcd(), log_keys{}, std::string(32, 'a')); }));
  one.claim_all();
  append_everywhere(*one, "r");
  auto known = read_known_cluster(one.directory());
  REQUIRE((known && *known));
  CHECK((*known)->id == std::string(32, 'a'));

  journal_node two{service, "d2"};
  two.stop();
  REQUIRE(write_known_cluster(two.directory(), {std::string(32, 'b'), 5}));
  two.remembers();
  two.start();
  REQUIRE(comes_true([&] { return two->doubt(1).has_value(); }));
  CHECK(two->doubt(1)->detail.find("belongs to cluster bbbb") != std::string::npos);
  CHECK(two->claim(1).why().code == errc::internal);
  REQUIRE(admit(one.etcd(), log_keys{}, "d2"));
  REQUIRE(comes_true([&] { return two->head(1) == one->head(1) && !two->doubt(1); }));
  CHECK((*read_known_cluster(two.directory()))->id == std::string(32, 'a'));
}

TEST_CASE("roster: a lost directory is dismissed, and a new one is listed when it has caught up [I13]", "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  journal_node two{service, "d2"};
  const log_keys keys;
  CHECK(admit(one.etcd(), keys, "d4").why().code == errc::not_found);
  create_shards(one.etcd(), {"d1", "d2", "d3"});
  one.claim_all();
  for (int i = 0; i < 5; ++i)
    append_everywhere(*one, "r" + std::to_string(i));
  auto listed = [&](const std::string& directory) {
    std::size_t count = 0;
    auto entries = read_entries(one.etcd(), keys);
    for (auto& [shard, entry] : entries->of)
      count += entry.replicas.contains(directory);
    return count;
  };
  REQUIRE(listed("d3") == all_shards.size());
  CHECK(*dismiss(one.etcd(), keys, "d3") == all_shards.size());
  CHECK(*dismiss(one.etcd(), keys, "d3") == 0);
  CHECK(listed("d3") == 0);
  CHECK(dismiss(one.etcd(), keys, "d2").why().code == errc::conflict); // one disk would be left
  REQUIRE(comes_true([&] { return tail_rows(one.etcd(), 1) == 0; }));  // nobody waits for the third any more

  journal_node four{service, "d4"};
  REQUIRE(comes_true([&] { return four.has_alarm("shard_not_followed"); }));
  std::this_thread::sleep_for(milliseconds{600}); // it looks again
  CHECK(four->head(1) == 0);                      // nobody has admitted it
  four.take_from(one, std::identity{});
  REQUIRE(admit(four.etcd(), keys, "d4"));
  REQUIRE(comes_true([&] { return listed("d4") == all_shards.size(); }));
  for (auto shard : all_shards)
    CHECK(headers(*four, shard) == headers(*one, shard));
  CHECK(comes_true([&] { return !*is_admitted(four.etcd(), keys, "d4"); }));
  CHECK(four.claim(2) == 2);

  // Its node lives: it can't be dismissed.
  auto lease = four.etcd().grant(seconds{60});
  etcd::transaction here;
  here.then.push_back(etcd::put(keys.node("four"), to_text(member{own_protocol(), "d4", "x:1", {}}), *lease));
  REQUIRE(four.etcd().commit(here));
  CHECK(dismiss(one.etcd(), keys, "d4").why().code == errc::conflict);
  CHECK(listed("d4") == all_shards.size());
}

TEST_CASE("replicated journal: a tail at its bound holds the owner back until replicas have it [I12]", "[cluster]") {
  etcd_service service;
  replicated_journal_options small;
  small.tail_bytes_max = 50'000;
  journal_node one{service, "d1", small};
  create_shards(one.etcd(), {"d1", "d2"});
  one.claim_all();
  std::vector<append_outcome> outcomes;
  int landed = 0;
  while ((outcomes = append_everywhere(*one, "r" + std::to_string(landed), 10'000))[0] == append_outcome::durable)
    REQUIRE(++landed < 10);
  CHECK(landed == 4);
  CHECK(outcomes[0] == append_outcome::no_space);
  CHECK(one->health().held_back >= 1);
  CHECK(headers(*one, 0).size() == 4);
  journal_node two{service, "d2", small};
  CHECK(comes_true([&] { return append_everywhere(*one, "more", 10'000)[0] == append_outcome::durable; }));
  CHECK(comes_true([&] { return two->head(0) == one->head(0); }));
}

TEST_CASE("replicated journal: with two replicas the loss of either disk loses nothing acknowledged [I13]",
          "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  journal_node two{service, "d2"};
  create_shards(one.etcd(), {"d1", "d2"});
  one.claim_all();
  for (int i = 0; i < 20; ++i)
    for (auto outcome : append_everywhere(*one, "r" + std::to_string(i), 100))
      REQUIRE(outcome == append_outcome::durable);
  auto reported = [&] {
    auto entry = read_entry(two.etcd(), log_keys{}, 1);
    return entry ? entry->synced["d1"] : 0;
  };
  REQUIRE(comes_true([&] { return reported() > 0; }));
  one.lose_disk(); // whether the other has it all on disk or not
  for (auto shard : all_shards) {
    REQUIRE(two.claim(shard) == 2);
    CHECK(headers(*two, shard).size() == 20);
  }
  // With an empty disk under its old name, the node neither claims nor reports its beginnings as progress.
  one.start();
  REQUIRE(comes_true([&] { return one.has_alarm("shard_not_followed"); }));
  std::this_thread::sleep_for(milliseconds{200});
  CHECK(reported() > 0);
  CHECK(one->claim(1).why().code == errc::internal);
}

TEST_CASE("replicated journal: a follower that was away, or whose watch was compacted, catches up", "[cluster]") {
  etcd_service service;
  journal_node one{service, "d1"};
  journal_node two{service, "d2"};
  create_shards(one.etcd(), {"d1", "d2"});
  one.claim_all();
  append_everywhere(*one, "r0");
  REQUIRE(comes_true([&] { return two->head(3) == 1; }));
  two.stop();
  for (int i = 1; i < 60; ++i)
    append_everywhere(*one, "r" + std::to_string(i), 2'000);
  REQUIRE(one.etcd().compact(one.etcd().range({"x", {}})->at));
  two.start();
  REQUIRE(comes_true([&] { return two->head(0) == 60 && two->head(3) == 60; }));
  CHECK(headers(*two, 2) == headers(*one, 2));
  // And after etcd itself was away.
  service.signal(0, SIGKILL);
  service.start(0);
  REQUIRE(append_everywhere(*one, "later")[0] == append_outcome::durable);
  CHECK(comes_true([&] { return two->head(0) == 61; }));
  CHECK(one->health().sent_again > 0);
}

TEST_CASE("replicated journal: an etcd without space stops writes, not reads, and recovers without loss [I12]",
          "[cluster]") {
  etcd_service service{{.quota_bytes = 6 << 20}};
  replicated_journal_options roomy; // so that etcd's bound comes first
  roomy.tail_bytes_max = 1 << 30;
  journal_node one{service, "d1", roomy};
  create_shards(one.etcd(), {"d1", "d2"}); // the second is away, so nothing is trimmed
  one.claim_all();
  std::map<shard_id, std::vector<std::string>> acknowledged;
  bool full = false;
  for (int i = 0; !full && i < 1000; ++i) {
    auto name = "r" + std::to_string(i);
    auto outcomes = append_everywhere(*one, name, 50'000);
    for (auto shard : all_shards) {
      full |= outcomes[shard] == append_outcome::no_space;
      if (outcomes[shard] == append_outcome::durable)
        acknowledged[shard].push_back(name);
      else
        REQUIRE(outcomes[shard] == append_outcome::no_space);
    }
  }
  REQUIRE(full);
  REQUIRE(comes_true([&] { return one.has_alarm("etcd_out_of_space"); }));
  CHECK_FALSE(one->health().has_room);
  for (auto shard : all_shards)
    CHECK(headers(*one, shard) == acknowledged[shard]);
  CHECK(one->confirm({0, 1}).operator*() == std::set<shard_id>{0, 1});
  for (auto outcome : append_everywhere(*one, "refused", 50'000))
    CHECK(outcome == append_outcome::no_space);

  // The replica comes back to a full etcd, which takes no report of what it has synced before the reserve is removed.
  journal_node two{service, "d2", roomy};
  REQUIRE(comes_true([&] { return two->head(0) == one->head(0) && two->head(3) == one->head(3); }));
  CHECK(comes_true([&] { return append_everywhere(*one, "again", 50'000)[0] == append_outcome::durable; }));
  CHECK(one->health().has_room);
  for (auto shard : all_shards) {
    auto now = headers(*one, shard);
    REQUIRE(now.size() >= acknowledged[shard].size());
    now.resize(acknowledged[shard].size());
    CHECK(now == acknowledged[shard]);
    CHECK(comes_true([&] { return headers(*two, shard) == headers(*one, shard); }));
  }
}
