#include <catch2/catch.hpp>

#include "domain/codec/record.hpp"
#include "storage/rebuild.hpp"
#include "tests/fold_fixture.hpp"

using namespace charter;
using namespace charter::test;
using storage::position;

namespace {

/// The town's journal, and rows folded from all of it.
struct stored_town {
  stored_town() {
    write_journal(journal, logs);
    fold_all(rows, logs, 7);
  }
  void put_snapshot(const storage::rebuilt_entity& entity, const entity_id& x) {
    storage::row_batch batch;
    batch.put(storage::tables::snapshot(x), codec::encode(storage::snapshot_of(entity)));
    rows.write(batch);
  }

  std::map<shard_id, std::vector<change>> logs = town().logs;
  storage::memory_journal journal;
  storage::memory_store rows;
};

void check_same(const storage::rebuilt_entity& a, const storage::rebuilt_entity& b) {
  CHECK(a.at == b.at);
  CHECK(codec::encode(storage::snapshot_of(a)) == codec::encode(storage::snapshot_of(b)));
}

} // namespace

TEST_CASE("load: an entity is what the journal says, whatever snapshot it has [I6]", "[storage]") {
  stored_town t;
  for (auto& [shard, log] : t.logs) {
    auto whole = storage::rebuild(t.journal, shard);
    REQUIRE(whole);
    for (auto& [x, expected] : *whole) {
      auto fresh = storage::load_entity(t.rows, t.journal, shard, x);
      REQUIRE(fresh);
      check_same(*fresh, expected);
      storage::rebuilt_entity part;
      for (position at = 1; at <= log.size(); ++at)
        if (auto& c = log[at - 1]; c.entity == x) {
          storage::replay(part, at, c);
          t.put_snapshot(part, x);
          auto loaded = storage::load_entity(t.rows, t.journal, shard, x);
          REQUIRE(loaded);
          check_same(*loaded, expected);
          CHECK(loaded->since_snapshot + part.since_snapshot == fresh->since_snapshot);
        }
      CHECK(part.since_snapshot == expected.since_snapshot);
    }
  }
}

TEST_CASE("load: an entity that nothing has happened to is empty, and of its kind", "[storage]") {
  stored_town t;
  auto none = storage::load_entity(t.rows, t.journal, 0, acc("nobody's"));
  REQUIRE(none);
  CHECK(none->at == 0);
  CHECK(std::holds_alternative<accounts::state>(none->state));
}

TEST_CASE("load: a snapshot that doesn't decode is passed over, damaged records of others aren't met", "[storage]") {
  stored_town t;
  auto& [shard, log] = *std::ranges::max_element(t.logs, {}, [](auto& entry) { return entry.second.size(); });
  auto whole = storage::rebuild(t.journal, shard);
  REQUIRE(whole);
  auto x = log.front().entity;
  storage::row_batch garbage;
  garbage.put(storage::tables::snapshot(x), bytes_of("garbage"));
  t.rows.write(garbage);
  position own = 0;
  for (position at = 1; at <= log.size(); ++at)
    if (log[at - 1].entity == x)
      own = at;
    else
      t.journal.damage(shard, at);
  auto loaded = storage::load_entity(t.rows, t.journal, shard, x);
  REQUIRE(loaded);
  check_same(*loaded, whole->at(x));
  t.journal.damage(shard, own);
  CHECK_FALSE(storage::load_entity(t.rows, t.journal, shard, x));
}

TEST_CASE("load: rows that tell of what the journal doesn't have are refused", "[storage]") {
  stored_town t;
  auto& [shard, log] = *t.logs.begin();
  auto x = log.back().entity;
  storage::memory_journal shorter;
  auto cut = t.logs;
  cut[shard].pop_back();
  write_journal(shorter, cut);
  CHECK_FALSE(storage::load_entity(t.rows, shorter, shard, x));
  SECTION("or of another entity's record") {
    cut[shard].push_back(log.back());
    cut[shard].back().entity = usr("somebody else");
    storage::memory_journal other;
    write_journal(other, cut);
    CHECK_FALSE(storage::load_entity(t.rows, other, shard, x));
  }
}
