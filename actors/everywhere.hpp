#pragma once
// Whether all nodes know of what was done here (cluster/everywhere.hpp). On one machine nobody is asked.

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "domain/ids.hpp"
#include "domain/result.hpp"

namespace charter {

/// After a change of the entity was answered.
struct reach_everywhere {
  entity_id entity;
};

/// Answers when every node that serves sessions shows the change. Errors: `unavailable`: it stands, but that isn't
/// known of every node yet.
using everywhere_actor = caf::typed_actor<caf::replies_to<reach_everywhere>::with<done>>;

} // namespace charter

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::reach_everywhere)
