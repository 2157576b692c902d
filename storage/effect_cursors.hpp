#pragma once
// How far a shard's effects have arrived, as its rows know it; and how the next owner of the shard, on another node,
// comes to know.

#include <span>

#include "storage/queries.hpp"

namespace charter::storage {

/// Every effect of the shard's changes up to and with this position has arrived at its target, whichever that is.
/// Behind the truth by as long as it takes until cursors are written. 0: not even the first.
position effects_taken(const store& rows, shard_id source, std::span<const shard_id> targets);

/// Moves the cursors that are before the end of that position to there.
void raise_effect_cursors(row_batch& batch, const store& rows, shard_id source, std::span<const shard_id> targets,
                          position taken);

} // namespace charter::storage
