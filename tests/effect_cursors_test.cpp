// How far a shard's effects have arrived, and what the next owner makes of it.

#include "storage/effect_cursors.hpp"

#include <array>

#include <catch2/catch.hpp>

#include "domain/codec/record.hpp"
#include "storage/memory_store.hpp"
#include "storage/tables.hpp"

using namespace charter;
using namespace charter::storage;

namespace {

constexpr shard_id source = 7;
constexpr std::array<shard_id, 3> targets{1, 2, 7};

void arrived(store& rows, shard_id target, effect_cursor at) {
  row_batch batch;
  batch.put(tables::effect_cursor(source, target), codec::encode(at));
  rows.write(batch);
}

std::pair<std::uint64_t, std::uint32_t> cursor(const store& rows, shard_id target) {
  auto at = effect_cursor_of(rows, source, target);
  return {at.position, at.index};
}

} // namespace

TEST_CASE("effect cursors: a position is taken when every target has all of it [I3]", "[storage]") {
  memory_store rows;
  CHECK(effects_taken(rows, source, targets) == 0);
  CHECK(effects_taken(rows, source, {}) == 0);
  arrived(rows, 1, {20, UINT32_MAX});
  arrived(rows, 2, {30, UINT32_MAX});
  CHECK(effects_taken(rows, source, targets) == 0); // nothing is known of the third
  arrived(rows, 7, {15, 2});                        // it lacks more of the fifteenth
  CHECK(effects_taken(rows, source, targets) == 14);
  arrived(rows, 7, {0, 0});
  CHECK(effects_taken(rows, source, targets) == 0);
  arrived(rows, 7, {40, UINT32_MAX});
  CHECK(effects_taken(rows, source, targets) == 20);
}

TEST_CASE("effect cursors: what another node knows moves them on, and never back [I3]", "[storage]") {
  memory_store rows;
  arrived(rows, 1, {20, UINT32_MAX});
  arrived(rows, 2, {12, 3});
  row_batch batch;
  raise_effect_cursors(batch, rows, source, targets, 12);
  rows.write(batch);
  CHECK(cursor(rows, 1) == std::pair<std::uint64_t, std::uint32_t>{20, UINT32_MAX});
  CHECK(cursor(rows, 2) == std::pair<std::uint64_t, std::uint32_t>{12, UINT32_MAX});
  CHECK(cursor(rows, 7) == std::pair<std::uint64_t, std::uint32_t>{12, UINT32_MAX});
  CHECK(effects_taken(rows, source, targets) == 12);
  row_batch nothing;
  raise_effect_cursors(nothing, rows, source, targets, 0);
  rows.write(nothing);
  CHECK(effects_taken(rows, source, targets) == 12);
}
