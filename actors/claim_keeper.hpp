#pragma once
// Whether a shard still is ours, in a cluster. A change shows that by being appended; an answer that changes nothing, a
// refusal above all, would otherwise rest on what an owner knows that slept while another took its place.

#include <functional>
#include <set>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "domain/ids.hpp"
#include "domain/result.hpp"

namespace caf {
class actor_system;
}

namespace charter {

struct confirm_claim {
  shard_id shard = 0;
};
struct confirm_all {}; ///< INTERNAL: for everybody who asked before it

/// CLAIM KEEPER: whoever asks while one question is on its way shares the next. Detached, since it waits for an answer.
/// Restart: those who waited run into their deadline.
using claim_keeper_actor = caf::typed_actor<
    // Answers when the shard was ours at some moment after the question. Errors: `unavailable`: it wasn't, or nobody
    // can say.
    caf::replies_to<confirm_claim>::with<done>, caf::reacts_to<confirm_all>>;

/// Which of these are ours, as of a moment after the call; may block.
using confirm_fn = std::function<result<std::set<shard_id>>(const std::set<shard_id>&)>;

/// `detached`: on a thread of its own, as production wants it; tests run it on the scheduler.
claim_keeper_actor spawn_claim_keeper(caf::actor_system& system, confirm_fn confirm, bool detached);

} // namespace charter

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::confirm_claim)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::confirm_all)
