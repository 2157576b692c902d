// Journals that are none of this cluster's log: an etcd that was restored from a backup, a directory of another
// cluster, a copy that went its own way.

#include "tests/journal_node.hpp"

using namespace charter;
using namespace charter::test;

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
