#pragma once
// Stands for a shard that another node owns: the same interface as the shard's own actor, so that whoever uses the
// router needn't know.
//
// A command goes over a link to the owner and its answer comes back. It is passed on only when the rows here show what
// the answer rests on, so that whoever reads after an answer sees its effect. What is under way is bounded by the
// router's credits, which are kept until the answer. When the owner changes, or its link breaks, everything under way
// is refused with `unavailable`: the outcome isn't known, and the same command_id asks for it again.

#include <functional>

#include <caf/typed_actor.hpp>

#include "actors/router.hpp"
#include "cluster/link_messages.hpp"

namespace caf {
class actor_system;
}

namespace charter::cluster {

struct answer_arrived {
  std::shared_ptr<const link_answer> what;
};
/// The rows here have everything up to a position.
struct rows_folded {
  position at = 0;
};
/// Another node owns the shard now, or nobody does, or its link broke.
struct owner_changed {};

using remote_shard_actor =
    shard_actor::extend<caf::reacts_to<answer_arrived>, caf::reacts_to<rows_folded>, caf::reacts_to<owner_changed>>;

struct remote_shard_parts {
  shard_id shard = 0;
  charter::router* router = nullptr;
  position folded = 0; ///< when it begins
  /// To whoever owns the shard now; false when that isn't known or it can't be reached.
  std::function<bool(std::string message)> ask;
  std::function<std::string()> owner; ///< for people; empty when nobody is known
};

remote_shard_actor spawn_remote_shard(caf::actor_system& system, const remote_shard_parts& parts);

} // namespace charter::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::answer_arrived)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::rows_folded)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::owner_changed)
