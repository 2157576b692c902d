#pragma once
// What is to be done about bodies that have to go (table X, storage/fold.hpp): on the node that owns the shard by its
// actor and the eraser, on every other replica by whoever folds there.
//
// In this order: `snapshots` are deleted, `positions` erased from the journal, `ranges` compacted, then each is
// settled. Repeating any of it is harmless. Pure.

#include <span>
#include <vector>

#include "storage/fold.hpp"

namespace charter::storage {

struct erasure_job {
  std::vector<position> positions;
  std::vector<key_range> ranges;
  row_batch snapshots; ///< of entities that come back from their records, which then don't hold it any more
};

erasure_job job_for(std::span<const pending_erasure> pending);

} // namespace charter::storage
