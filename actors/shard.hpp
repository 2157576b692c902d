#pragma once
// The shard: the only one that appends for its entities, and the only one that forwards to them.

#include "actors/entity.hpp"
#include "actors/router.hpp"

namespace charter {

struct shard_parts {
  const shard_resources* resources = nullptr; ///< shared with its entities
  storage::store* rows = nullptr;             ///< the same as resources->rows, to write
  journal_actor journal;
  charter::router* router = nullptr;
  /// Tells the policy keeper, whoever that is now, that the policy entity has changed; also asks for the policy.
  std::function<void()> policy_moved;
  /// Whoever erases now. Null: nothing is erased (simulations that don't look at files).
  std::function<eraser_actor()> eraser;
  /// Hands durable changes to the hub, whoever that is now.
  std::function<void(fresh)> publish;
  duration idle_before_passivation{};
  duration pulse_every{};
};

/// Folds what the store lacks, then serves. Quits with an error when the journal and it disagree (`conflict`); its
/// supervisor then starts it again from the journal's head.
shard_actor spawn_shard(caf::actor_system& system, const shard_parts& parts);

} // namespace charter
