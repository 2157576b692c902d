#pragma once
// Entity actors: how they are started, and what they share with their shard.

#include <functional>
#include <string_view>

#include "actors/claim_keeper.hpp"
#include "actors/interfaces.hpp"
#include "domain/environment.hpp"
#include "storage/store.hpp"

namespace caf {
class actor_system;
}

namespace charter {

/// What every actor of a shard reads. Outlives them all; everything in it is safe to use from any thread.
struct shard_resources {
  shard_id shard = 0;
  std::uint32_t incarnation = 1; ///< of the data directory; raised by a restore
  environment* world = nullptr;
  const storage::journal* journal = nullptr;
  const storage::store* rows = nullptr;
  digest_fn digest = nullptr;
  /// Tells the operators: a short key and a sentence. Called from any thread.
  std::function<void(std::string_view what, const std::string& detail)> alarm;
  /// Whoever confirms the shard's claim now. Null on one machine: nobody else could have it.
  std::function<claim_keeper_actor()> claims = nullptr;
};

/// Starts the actor of that entity. It loads snapshot and journal on its first message; when they can't be read it
/// reports `crashed` and ends.
entity_actor spawn_entity(caf::actor_system& system, const entity_id& entity, const shard_resources& resources,
                          const shard_actor& shard);

} // namespace charter
