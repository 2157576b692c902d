#pragma once
// The shard: the only one that appends for its entities, and the only one that forwards to them.

#include "actors/entity.hpp"
#include "actors/router.hpp"

namespace charter {

struct shard_parts {
  shard_resources resources;
  storage::store* rows = nullptr; ///< the same as resources.rows, to write
  journal_actor journal;
  charter::router* router = nullptr;
  policy_keeper_actor policy;    ///< told when the policy entity has changed, and at start
  std::vector<fresh_sink> sinks; ///< hub: durable changes for live pushes
  duration idle_before_passivation{};
  duration pulse_every{};
};

/// Folds what the store lacks, then serves. Quits with an error when the journal and it disagree (`conflict`); its
/// supervisor then starts it again from the journal's head.
shard_actor spawn_shard(caf::actor_system& system, const shard_parts& parts);

} // namespace charter
