#pragma once
// The journal in memory, for simulation and tests: the same contract, and faults on request.
//
// Belongs to nobody's process: a simulated node dies and its next life opens the same journal. Thread-safe.
// What can fail: nothing but what a test asked for.

#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "storage/journal.hpp"

namespace charter::storage {

class memory_journal final : public journal {
public:
  std::vector<append_outcome> append(std::span<const append_batch> batches) override;
  status read(shard_id shard, position from, const visitor& visit) const override;
  position head(shard_id shard) const override;
  std::vector<shard_id> shards() const override;
  status erase_bodies(shard_id shard, std::span<const position> positions) override;
  std::uint64_t room_bytes() const override;

  // -- faults -----------------------------------------------------------------------

  /// What happens to a whole call of `append`.
  enum class fault : std::uint8_t {
    no_space,     ///< every batch is refused as no_space
    conflict,     ///< every batch is refused as conflict
    throw_lost,   ///< throws, and nothing was written
    throw_landed, ///< throws although everything was written
    drop,         ///< says durable and writes nothing: a disk that lies; for tests of our own checks
  };
  /// For the next call that has no fault yet; several queue up.
  void fail_next_append(fault what);

  void set_room_bytes(std::uint64_t bytes);

  /// A read that gets there ends with `internal`.
  void damage(shard_id shard, position at);

  /// As if the files after `last` had vanished.
  void lose_after(shard_id shard, position last);

private:
  append_outcome append_one(const append_batch& batch);

  mutable std::mutex mutex_;
  std::map<shard_id, std::vector<log_record>> logs_;
  std::set<std::pair<shard_id, position>> damaged_;
  std::deque<fault> faults_;
  std::uint64_t room_bytes_ = UINT64_MAX;
};

} // namespace charter::storage
