// The journal of nodes in a cluster: appending through etcd, following, trimming, and running out of space.

#include <csignal>

#include "tests/journal_node.hpp"

using namespace charter;
using namespace charter::test;
using std::chrono::seconds;
using std::chrono::steady_clock;

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

namespace {

/// Compacting takes until the test says so, and twenty seconds at most.
class busy_etcd final : public forwarding_etcd {
public:
  using forwarding_etcd::forwarding_etcd;
  status compact(etcd::revision) override {
    compacts = true;
    for (int i = 0; i < 4'000 && !goes_on; ++i)
      std::this_thread::sleep_for(milliseconds{5});
    return done{};
  }
  std::atomic<bool> compacts{false}, goes_on{false};
};

} // namespace

TEST_CASE("replicated journal: where logs end is asked for while etcd makes room", "[cluster]") {
  etcd_service service;
  auto real = service.connect();
  busy_etcd etcd{*real};
  create_shards(etcd, {"d1"});
  scratch_directory scratch;
  auto local = open_journal(make_directory(scratch));
  replicated_journal_options options;
  options.directory = "d1";
  options.shards = all_shards;
  options.upkeep_period = milliseconds{20};
  replicated_journal one{etcd, *local, world, options};
  REQUIRE(comes_true([&] { return bool(one.claim(all_shards.front())); }));
  REQUIRE(comes_true([&] { return etcd.compacts.load(); }));
  auto then = steady_clock::now();
  CHECK(comes_true([&] { return one.latest_proof().at > then; }));
  etcd.goes_on = true;
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
