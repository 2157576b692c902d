#pragma once
// Entities from their records: one from its snapshot and what the journal has beyond it, or all of a shard from the
// journal alone, with no snapshot and no row.
//
// The latter is for restoring a directory that lost its store, and for showing that the journal holds everything (I6).
// Shards are independent: rebuild several at a time, each on its own thread.
// What can fail: `internal` for a damaged or missing record, `unavailable` for one of a newer version; see journal.hpp.

#include <unordered_map>

#include "domain/state.hpp"
#include "storage/journal.hpp"
#include "storage/store.hpp"
#include "storage/stored_rows.hpp"

namespace charter::storage {

struct rebuilt_entity {
  any_state state;
  position at = 0;                  ///< of its last change
  std::vector<cause> marks;         ///< per source shard, the last effect that it took
  std::uint32_t since_snapshot = 0; ///< changes that no snapshot has
};

/// Notes that an entity took this effect.
void take(std::vector<cause>& marks, const cause& c);

/// Rows must be folded as far as the entity is wanted. A snapshot that can't be decoded is passed over.
result<rebuilt_entity> load_entity(const store& rows, const journal& log, shard_id shard, const entity_id& x);

/// Holds all entities of the shard at once.
using rebuilt_entities = std::unordered_map<entity_id, rebuilt_entity>;
result<rebuilt_entities> rebuild(const journal& log, shard_id shard);

/// Brings an entity one change further.
void replay(rebuilt_entity& entity, position at, const change& c);

/// What its actor would put down when it passivates.
snapshot_row snapshot_of(const rebuilt_entity& entity);

} // namespace charter::storage
