// What doesn't need an etcd: keys and values of the log, and what an answer proves.

#include <catch2/catch.hpp>

#include "cluster/log_batch.hpp"
#include "cluster/log_move.hpp"
#include "cluster/tail.hpp"
#include "storage/memory_journal.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;

namespace {

const log_keys keys;
const std::string nonce_a(32, 'a');
const std::string nonce_b(32, 'b');
const std::string nonce_c(32, 'c');

std::vector<storage::log_record> two_records() { return {record_of("one", "body"), record_of("two")}; }

/// What etcd answers when the conditions weren't met.
result<etcd::committed> unmet(const log_move& move, const std::string& now) {
  return etcd::committed{7, false, {{{move.key, now, 7}}}};
}

const result<etcd::committed> no_answer = refuse(errc::unavailable, "deadline");
const result<etcd::committed> full = refuse(errc::too_large, "space exceeded");

} // namespace

TEST_CASE("log: heads and positions are text of one width, in their order", "[cluster]") {
  log_head head{10, 4'000'000'000'000, nonce_a};
  CHECK(to_text(head) == "000000000000000a:000003a352944000:" + nonce_a);
  CHECK(*parse_head(to_text(head)) == head);
  CHECK(*parse_claim(to_text(log_claim{10, nonce_a})) == log_claim{10, nonce_a});
  CHECK_FALSE(parse_claim(to_text(head)));
  CHECK(to_text(log_head{9, UINT64_MAX, nonce_b}) < to_text(head));
  CHECK(number_text(255) < number_text(256));
  for (std::string wrong : {"", "1:2:3", "000000000000000A:000003a352944000:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                            "000000000000000a:000003a352944000:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    CHECK_FALSE(parse_head(wrong));
}

TEST_CASE("log: a range from a position begins with the batch that holds it", "[cluster]") {
  auto from = keys.log_from(3, 11);
  CHECK(keys.batch(3, 10) < from.first);
  CHECK(keys.batch(3, 11) >= from.first); // a batch up to 11
  CHECK(keys.batch(3, 14) >= from.first); // one from 9 to 14
  CHECK(keys.batch(3, UINT64_MAX) < from.end);
  CHECK(keys.batch(4, 0) >= from.end);
  auto to = keys.log_up_to(3, 11);
  CHECK(keys.batch(3, 11) < to.end);
  CHECK(keys.batch(3, 12) >= to.end);
  CHECK(keys.shard_of(keys.batch(0x8003, 12)) == shard_id{0x8003});
  CHECK(keys.shard_of(keys.head(17)) == shard_id{17});
  CHECK(keys.name_of(keys.synced(17, "d1")) == "synced/d1");
  CHECK_FALSE(keys.shard_of("other/log/0003/00"));
}

TEST_CASE("log: entries are read from rows, and foreign values refused", "[cluster]") {
  log_head head{2, 9, nonce_a};
  log_claim claim{3, nonce_b};
  etcd::page rows{{{keys.claim(1), to_text(claim), 5},
                   {keys.head(1), to_text(head), 5},
                   {keys.owner(1), "d1", 5},
                   {keys.replicas(1), "d1 d2", 4},
                   {keys.synced(1, "d2"), number_text(7), 6},
                   {keys.head(2), to_text(head), 5}},
                  false,
                  8};
  auto entries = parse_entries(keys, rows);
  REQUIRE(entries);
  auto& entry = entries->of.at(1);
  CHECK(entry.claim == claim);
  CHECK(entry.head == head);
  CHECK(entry.owner == "d1");
  CHECK(entry.replicas == std::set<std::string>{"d1", "d2"});
  CHECK(entry.replicas_modified == 4);
  CHECK(entry.synced == std::map<std::string, position>{{"d2", 7}});
  CHECK(entries->of.at(2).replicas.empty());
  rows.rows[0].value = "something else";
  CHECK(parse_entries(keys, rows).why().code == errc::internal);
}

TEST_CASE("log: a batch comes back as it was, and damage is noticed", "[cluster]") {
  auto key = keys.batch(3, 12);
  auto value = encode_batch(key, {10, 0x0102030405060708}, two_records());
  // Stays readable for ever.
  CHECK(to_hex(view_of(value)) == "0293937542"
                                  "000000000000000b010203040506070800000002"
                                  "00000003000000046f6e65626f6479"
                                  "000000030000000074776f");
  auto batch = decode_batch(3, key, value);
  REQUIRE(batch);
  CHECK(batch->before == 0x0102030405060708);
  CHECK(batch->first == 11);
  CHECK(batch->last() == 12);
  REQUIRE(batch->records.size() == 2);
  CHECK(text_of(batch->records[0].header) == "one");
  CHECK(text_of(batch->records[0].body) == "body");
  CHECK(batch->records[1].body.empty());
  CHECK(decode_batch(3, keys.batch(3, 13), value).why().code == errc::internal);
  for (std::size_t i = 1; i < value.size(); ++i) {
    auto bad = value;
    bad[i] ^= 4;
    CHECK(decode_batch(3, key, bad).why().code == errc::internal);
    CHECK_FALSE(decode_batch(3, key, value.substr(0, i)));
  }
  value[0] = 3;
  CHECK(decode_batch(3, key, value).why().code == errc::unavailable);
}

TEST_CASE("log: a batch and a head of the version before are read, and have no mark", "[cluster]") {
  const std::string value{"\x01\xee\xd5\x12\x10"
                          "\0\0\0\0\0\0\0\x0b\0\0\0\x02"
                          "\0\0\0\x03\0\0\0\x04one"
                          "body\0\0\0\x03\0\0\0\0two",
                          5 + 12 + 8 + 7 + 8 + 3};
  auto batch = decode_batch(3, keys.batch(3, 12), value);
  REQUIRE(batch);
  CHECK(batch->first == 11);
  CHECK(batch->records.size() == 2);
  CHECK_FALSE(batch->before);
  auto head = parse_head(number_text(2) + ":" + number_text(9) + ":" + nonce_a);
  REQUIRE(head);
  CHECK_FALSE(head->mark);
}

TEST_CASE("log: a record's mark is of its header, so it stays when the body is erased", "[cluster]") {
  storage::log_record record{bytes_of("one"), bytes_of("body")};
  // The first eight bytes of SHA-256("one").
  CHECK(mark_of(record) == 0x7692c3ad3540bb80);
  record.body.clear();
  CHECK(mark_of(record) == 0x7692c3ad3540bb80);
  CHECK(mark_of({bytes_of("two"), {}}) != mark_of(record));
}

TEST_CASE("move: an append compares head and claim, and carries the batch along", "[cluster]") {
  grip from{{5, nonce_c}, {4, 10, nonce_a}};
  auto move = append_move(keys, 3, from, two_records(), {5, 12, nonce_b});
  REQUIRE(move.what.conditions.size() == 2);
  CHECK(move.what.conditions[0].key == keys.head(3));
  CHECK(move.what.conditions[0].value == to_text(from.head));
  CHECK(move.what.conditions[1].key == keys.claim(3));
  CHECK(move.what.conditions[1].value == to_text(from.claim));
  REQUIRE(move.what.then.size() == 2);
  CHECK(move.what.then[0].value == move.to);
  CHECK(move.what.then[1].keys.first == keys.batch(3, 12));
}

TEST_CASE("move: only the key's own word settles what became of it [I5]", "[cluster]") {
  auto move = append_move(keys, 3, {{5, nonce_c}, {4, 10, nonce_a}}, two_records(), {5, 12, nonce_b});
  const std::string others = to_text(log_head{6, 11, nonce_c});

  SECTION("met") { CHECK(judge(move, etcd::committed{8, true, {}}) == fate::landed); }
  SECTION("ours was there already") { CHECK(judge(move, unmet(move, move.to)) == fate::landed); }
  SECTION("somebody else's") { CHECK(judge(move, unmet(move, others)) == fate::fenced); }
  SECTION("the claim alone has moved") { CHECK(judge(move, unmet(move, move.from)) == fate::fenced); }
  SECTION("the key is gone") { CHECK(judge(move, etcd::committed{8, false, {{}}}) == fate::fenced); }
  SECTION("no answer leaves it open, whatever a read shows") {
    CHECK(judge(move, no_answer) == fate::open);
    CHECK(judge_value(move, move.from) == fate::open);
    CHECK(judge_value(move, move.to) == fate::landed);
    CHECK(judge_value(move, others) == fate::fenced);
    CHECK(judge_value(move, {}) == fate::fenced);
    CHECK(judge(move, refuse(errc::invalid_params, "no")) == fate::open);
  }
  SECTION("no space may come after it was applied") {
    CHECK(judge(move, full) == fate::ask);
    CHECK(judge_value(move, move.from) == fate::no_space);
    CHECK(judge_value(move, move.to) == fate::landed);
  }
  SECTION("no space after no answer proves nothing") {
    CHECK(judge(move, no_answer) == fate::open);
    CHECK(judge(move, full) == fate::ask);
    CHECK(judge_value(move, move.from) == fate::open);
  }
  SECTION("refused for good") { CHECK(judge(move, refuse(errc::forbidden, "no")) == fate::refused); }
}

TEST_CASE("move: what the policy has refused never lands, what it hasn't may have", "[cluster]") {
  auto move =
      append_move(keys, 3, {{5, nonce_c}, {4, 10, nonce_a}}, two_records(), {5, 12, nonce_b}, policy_step{7, 8});
  CHECK(move.what.conditions[2].key == keys.policy());
  CHECK(move.what.conditions[2].value == number_text(7));
  CHECK(move.what.then[2].value == number_text(8));
  auto shows = [&](const std::string& head, std::uint64_t version) {
    return etcd::committed{8, false, {{{move.key, head, 7}}, {{keys.policy(), number_text(version), 7}}}};
  };
  SECTION("it has moved on, and the head hasn't") {
    CHECK(judge(move, shows(move.from, 9)) == fate::outdated);
    CHECK(move.policy == 9);
  }
  SECTION("also when an answer was lost before") {
    CHECK(judge(move, no_answer) == fate::open);
    CHECK(judge(move, shows(move.from, 9)) == fate::outdated);
  }
  SECTION("we moved it ourselves") { CHECK(judge(move, shows(move.to, 8)) == fate::landed); }
  SECTION("it is as it was: the claim has moved") { CHECK(judge(move, shows(move.from, 7)) == fate::fenced); }
  SECTION("the head has moved as well") {
    CHECK(judge(move, shows(to_text(log_head{6, 11, nonce_c}), 9)) == fate::fenced);
  }
  SECTION("there is none") {
    CHECK(judge(move, etcd::committed{8, false, {{{move.key, move.from, 7}}, {}}}) == fate::refused);
  }
}

TEST_CASE("move: a claim raises the epoch and needs what entitles it", "[cluster]") {
  shard_entry seen;
  seen.claim = log_claim{4, nonce_a};
  seen.replicas_modified = 6;
  etcd::key_value next{keys.batch(3, 9), "…", 5};
  auto move = claim_move(keys, 3, seen, next, "d2", {5, nonce_b});
  CHECK(move.key == keys.claim(3));
  CHECK(move.to == to_text(log_claim{5, nonce_b}));
  REQUIRE(move.what.conditions.size() == 3);
  CHECK(move.what.conditions[1].modified == 6);
  CHECK(move.what.conditions[2].key == next.key);
}

TEST_CASE("tail: what goes is on two listed disks at least [I13]", "[cluster]") {
  shard_entry entry;
  entry.replicas = {"a"};
  entry.synced = {{"a", 10}, {"gone", 20}};
  CHECK(trimmable(entry, true) == 0);
  entry.replicas = {"a", "b"};
  CHECK(trimmable(entry, true) == 0); // b has said nothing
  entry.replicas = {"a", "b", "c"};
  entry.synced = {{"a", 10}, {"b", 7}, {"c", 2}, {"gone", 20}};
  CHECK(trimmable(entry, false) == 2);
  CHECK(trimmable(entry, true) == 7);
}

TEST_CASE("replica: whoever comes first writes, and a hole is refused", "[cluster]") {
  storage::memory_journal log;
  replica local{log};
  auto batch = [](position first, int count) {
    log_batch out{1, first, {}};
    for (int i = 0; i < count; ++i)
      out.records.push_back(record_of("h" + std::to_string(first + i)));
    return out;
  };
  std::vector<log_batch> some{batch(1, 2), batch(3, 1)};
  REQUIRE(local.apply(some));
  REQUIRE(local.apply(some)); // again
  some = {batch(3, 1), batch(4, 2)};
  REQUIRE(local.apply(some));
  CHECK(log.head(1) == 5);
  some = {batch(7, 1)};
  CHECK(local.apply(some).why().code == errc::conflict);
  CHECK(log.head(1) == 5);
  log.fail_next_append(storage::memory_journal::fault::no_space);
  some = {batch(6, 1)};
  CHECK(local.apply(some).why().code == errc::unavailable);
}
