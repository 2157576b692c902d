#pragma once
// The router: who serves an entity. Hands out a typed actor that is the local shard or, in a cluster, a proxy with the
// same interface.
//
// Shared by all threads. It also counts what waits in each shard's mailbox, which CAF itself doesn't bound (I12);
// sanctions, revocations and effects have credits of their own, so overload never holds them up (I19).

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "actors/interfaces.hpp"

namespace charter {

enum class urgency : std::uint8_t { ordinary, urgent };

class router {
public:
  /// `shards` ordinary ones, and the vault's.
  explicit router(shard_id shards);

  /// A shard began or began again.
  void set(shard_id shard, shard_actor actor);

  shard_id shard_for(const entity_id& entity) const;
  /// Null before that shard has begun.
  shard_actor of(const entity_id& entity) const { return at(shard_for(entity)); }
  shard_actor at(shard_id shard) const;
  std::vector<shard_id> shards() const;

  /// False when too much waits at that shard already: answer `unavailable`. The shard gives back what it takes out of
  /// its mailbox.
  bool take_credit(shard_id shard, urgency in);
  void give_back(shard_id shard, urgency in);

private:
  struct slot {
    shard_actor actor;
    std::array<std::atomic<std::int32_t>, 2> waiting{};
  };
  slot& slot_of(shard_id shard) const;

  shard_id shards_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<slot>> slots_; ///< ordinary shards, then the vault's
};

/// Sanctions, their effects and everything else that one entity asks of another.
urgency urgency_of(const envelope& e);

} // namespace charter
