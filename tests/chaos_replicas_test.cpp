// The fault campaign's comparisons of journals and rows: what is equal, what may differ, and that a difference shows.

#include <catch2/catch.hpp>

#include "apps/chaos/journals.hpp"
#include "apps/chaos/rows.hpp"
#include "storage/leveldb_store.hpp"
#include "storage/tables.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::chaos;
using namespace charter::test;

namespace {

using paths = std::vector<std::filesystem::path>;

constexpr shard_id shard = 3;

/// A data directory whose journal has so many records of one shard, and is open.
struct replica {
  scratch_directory scratch;
  std::string directory = make_directory(scratch);
  std::unique_ptr<storage::journal> log = open_journal(directory);

  explicit replica(std::size_t records) {
    for (std::size_t i = 0; i < records; ++i)
      add("record " + std::to_string(i + 1));
  }
  void add(const std::string& text, const std::string& body = "body") {
    if (append_one(*log, shard, log->head(shard), {record_of(text, body)}) != storage::append_outcome::durable)
      throw std::runtime_error("append refused");
  }
  std::filesystem::path look_alike() const {
    auto to = scratch / "node/look-alike";
    if (auto copied = copy_journal(directory, to); !copied)
      throw std::runtime_error(copied.why().detail);
    return to;
  }
};

using rows = std::vector<std::pair<std::string, std::string>>;

/// A closed store with these.
std::filesystem::path store_with(const scratch_directory& scratch, const std::string& name, const rows& all) {
  std::filesystem::create_directory(scratch / name);
  auto store = *storage::open_leveldb_store(scratch / name);
  storage::row_batch batch;
  for (auto& [key, value] : all)
    batch.put(key, bytes_of(value));
  store->write(batch);
  return scratch / name;
}

} // namespace

TEST_CASE("replicas: running journals are compared as far as all have come", "[chaos]") {
  replica one{5}, other{7}, third{5};
  third.add("record 6");
  auto compare = [&] {
    return compare_beginnings(paths{one.look_alike(), other.look_alike(), third.look_alike()}, shard);
  };
  auto all = compare();
  CHECK(all.differences.empty());
  CHECK(all.records == 5);
  SECTION("a header differs") { one.add("record 6, otherwise"); }
  SECTION("a body differs") { one.add("record 6", "another"); }
  all = compare();
  REQUIRE(all.differences.size() == 2);
  CHECK(all.differences.front() == "replica 2, shard 3: differs from position 6 on");
}

TEST_CASE("replicas: an erased body may still be there elsewhere", "[chaos]") {
  replica one{5}, other{5};
  const storage::position erased[] = {2};
  REQUIRE(one.log->erase_bodies(shard, erased));
  CHECK(compare_beginnings(paths{one.look_alike(), other.look_alike()}, shard).differences.empty());
}

TEST_CASE("replicas: a journal that can't be looked at is told", "[chaos]") {
  replica one{1};
  CHECK_FALSE(copy_journal(one.scratch / "elsewhere", one.scratch / "copy"));
  auto all = compare_beginnings(paths{one.look_alike(), one.scratch.path()}, shard);
  CHECK(all.differences.size() == 1);
}

TEST_CASE("replicas: rows are equal but for what is a node's own", "[chaos]") {
  scratch_directory scratch;
  auto position = storage::tables::folded_position(shard), mine = storage::tables::effect_cursors(shard) + "x";
  auto one = store_with(scratch, "one", {{position, "5"}, {"A1", "account"}, {"P1", "post"}, {mine, "7"}});
  SECTION("equal") {
    auto other = store_with(scratch, "other", {{"P1", "post"}, {"A1", "account"}, {position, "5"}, {"S1", "snapshot"}});
    auto all = compare_rows({one, other});
    CHECK(all.differences.empty());
    CHECK(all.rows == 3);
  }
  SECTION("another value") {
    auto other = store_with(scratch, "other", {{"P1", "another"}, {"A1", "account"}, {position, "5"}});
    auto all = compare_rows({one, other}).differences;
    REQUIRE(all.size() == 1);
    CHECK(all.front().find("other, table P: has 1 rows that the first one hasn't") == 0);
  }
  SECTION("one more, of a table that the first one lacks; and one less") {
    auto other = store_with(scratch, "other", {{"P1", "post"}, {position, "5"}, {"U1", "user"}});
    auto all = compare_rows({one, other}).differences;
    REQUIRE(all.size() == 2);
    CHECK(all[0].find("table A: has 0 rows") != std::string::npos);
    CHECK(all[1].find("table U: has 1 rows") != std::string::npos);
  }
  SECTION("no store") { CHECK(compare_rows({one, scratch / "absent/deep"}).differences.size() == 1); }
}
