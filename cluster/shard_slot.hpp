#pragma once
// A shard's place on a node: its own actor while the node owns the shard, and otherwise what stands for it
// (cluster/remote_shard.hpp). The router always points to one of them.
//
// SLOT: supervised like a shard on one machine. When the shard's actor fails, so does the slot, and both come again.
// When the shard was lost to another node, its actor ends since it can't append; that is no failure, and it isn't
// started again.

#include <functional>

#include <caf/typed_actor.hpp>

#include "actors/router.hpp"
#include "cluster/remote_shard.hpp"

namespace charter::cluster {

struct serve_shard {};  ///< it is ours
struct retire_shard {}; ///< no longer

using shard_slot_actor = caf::typed_actor<
    // What the one that plays the part says of itself.
    caf::replies_to<describe>::with<description>, caf::reacts_to<serve_shard>, caf::reacts_to<retire_shard>>;

struct shard_slot_parts {
  shard_id shard = 0;
  charter::router* router = nullptr;
  std::function<bool()> owned; ///< whether the shard still is ours
  std::function<shard_actor(caf::actor_system&)> spawn_local;
  std::function<remote_shard_actor(caf::actor_system&)> spawn_remote;
  std::function<void()> retired; ///< the shard's actor has ended, and another may follow
};

shard_slot_actor spawn_shard_slot(caf::actor_system& system, const shard_slot_parts& parts);

} // namespace charter::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::serve_shard)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::retire_shard)
