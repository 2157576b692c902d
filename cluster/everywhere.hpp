#pragma once
// Waits until every node that serves people shows what was done here: from the answer to who closes a session on, no
// node takes it. etcd says where the shard's log ends now, and the other nodes whether their rows have as much.
//
// A node that doesn't say so within `limits::trust` has heard nothing from the log for as long, and serves no sessions
// (`is_current` in apps/charterd/cluster_part). So as long it takes when a node was cut off, has left less than that
// ago, or is of an older protocol; and some seconds longer when etcd doesn't answer.

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "actors/everywhere.hpp"
#include "cluster/limits.hpp"
#include "cluster/link_messages.hpp"

namespace caf {
class actor_system;
}

namespace charter::cluster {

/// Directories of the other nodes that are there, whether they can be asked or not.
struct others_are {
  std::set<std::string> directories;
};
/// An answer whose number has `rows_number_bit`.
struct rows_answered {
  std::uint64_t number = 0;
};
struct ask_on {
  bool later = false;
}; ///< INTERNAL

/// EVERYWHERE: one per node; detached, since it waits for etcd. Restart: those who waited run into their deadline.
using everywhere_here = caf::typed_actor<caf::replies_to<reach_everywhere>::with<done>, caf::reacts_to<others_are>,
                                         caf::reacts_to<rows_answered>, caf::reacts_to<ask_on>>;

struct everywhere_parts {
  std::function<shard_id(const entity_id&)> shard_of;
  std::function<result<std::map<shard_id, position>>()> log_ends;              ///< as etcd has them now; may block
  std::function<position(shard_id)> folded;                                    ///< into this node's rows
  std::function<bool(const std::string& directory, std::string question)> ask; ///< as send_fn
  std::set<std::string> others;                                                ///< who is there as it begins
  std::chrono::milliseconds patience = limits::trust;
};

/// `detached`: on a thread of its own, as production wants it; tests run it on the scheduler.
everywhere_here spawn_everywhere(caf::actor_system& system, everywhere_parts parts, bool detached);

} // namespace charter::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::others_are)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::rows_answered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::cluster::ask_on)
