#include "storage/effect_cursors.hpp"

#include <algorithm>

#include "domain/codec/record.hpp"
#include "storage/tables.hpp"

namespace charter::storage {

namespace {

constexpr std::uint32_t last_index = UINT32_MAX;

/// Up to where nothing of the target's is missing.
position whole_positions(const effect_cursor& cursor) {
  return cursor.index == last_index ? cursor.position : std::max<position>(cursor.position, 1) - 1;
}

} // namespace

position effects_taken(const store& rows, shard_id source, std::span<const shard_id> targets) {
  position taken = UINT64_MAX;
  for (auto target : targets)
    taken = std::min(taken, whole_positions(effect_cursor_of(rows, source, target)));
  return targets.empty() ? 0 : taken;
}

void raise_effect_cursors(row_batch& batch, const store& rows, shard_id source, std::span<const shard_id> targets,
                          position taken) {
  for (auto target : targets)
    if (whole_positions(effect_cursor_of(rows, source, target)) < taken)
      batch.put(tables::effect_cursor(source, target), codec::encode(effect_cursor{taken, last_index}));
}

} // namespace charter::storage
