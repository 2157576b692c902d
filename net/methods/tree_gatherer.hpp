#pragma once
// Brings the supervision tree to the actor that asks for it: it is gathered elsewhere, and whoever gathers it may
// answer on any thread, while a call must be answered on its gateway's.

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "net/gateway_services.hpp"

namespace charter::net {

struct gather_tree {};
/// INTERNAL: the answer has come.
struct tree_gathered {
  result<admin_tree_result> outcome;
};

/// TREE GATHERER: lives for one question. Errors: those of the supervisors.
using tree_gatherer = caf::typed_actor<caf::replies_to<gather_tree>::with<admin_tree_result>,
                                       // INTERNAL
                                       caf::reacts_to<tree_gathered>>;

using tree_source = decltype(gateway_services::tree);
tree_gatherer spawn_tree_gatherer(caf::actor_system& system, tree_source from);

} // namespace charter::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::gather_tree)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::tree_gathered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::admin_tree_result)
