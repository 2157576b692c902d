#pragma once
// Entities from the journal alone: what replaying every record of a shard gives, with no snapshot and no row.
//
// For restoring a directory that lost its store, and for showing that the journal holds everything (I6). Shards are
// independent: rebuild several at a time, each on its own thread.
// What can fail: `internal` for a damaged or missing record, `unavailable` for one of a newer version; see journal.hpp.

#include <unordered_map>

#include "domain/state.hpp"
#include "storage/journal.hpp"
#include "storage/stored_rows.hpp"

namespace charter::storage {

struct rebuilt_entity {
  any_state state;
  position at = 0;          ///< of its last change
  std::vector<cause> marks; ///< per source shard, the last effect that it took
};

/// Holds all entities of the shard at once.
using rebuilt_entities = std::unordered_map<entity_id, rebuilt_entity>;
result<rebuilt_entities> rebuild(const journal& log, shard_id shard);

/// Brings an entity one change further.
void replay(rebuilt_entity& entity, position at, const change& c);

/// What its actor would put down when it passivates.
snapshot_row snapshot_of(const rebuilt_entity& entity);

} // namespace charter::storage
