#pragma once
// Answers what other nodes ask of the shards that this node owns, and how far its rows are with any shard.
//
// LINK DESK: one per node. Restart: harmless, the others ask again.

#include <chrono>

#include <caf/typed_actor.hpp>

#include "actors/router.hpp"
#include "cluster/link/link.hpp"
#include "cluster/link_messages.hpp"

namespace caf {
class actor_system;
}

namespace charter::cluster {

struct question_arrived {
  std::shared_ptr<link_question> what;
  send_fn answer;
  std::chrono::steady_clock::time_point came = std::chrono::steady_clock::now();
};

using link_desk_actor = caf::typed_actor<caf::reacts_to<question_arrived>>;

struct link_desk_parts {
  charter::router* router = nullptr;
  std::function<bool(shard_id)> owned;
  std::function<position(shard_id)> head;   ///< of the shard's journal
  std::function<position(shard_id)> folded; ///< into the rows
};

link_desk_actor spawn_link_desk(caf::actor_system& system, const link_desk_parts& parts);

} // namespace charter::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::question_arrived)
