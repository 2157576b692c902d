#pragma once
// The eraser: makes sure that no file of the data directory holds what was erased (I16, docs/adr/0009).

#include "actors/interfaces.hpp"
#include "storage/store.hpp"

namespace caf {
class actor_system;
}

namespace charter {

/// Both outlive the actor.
eraser_actor spawn_eraser(caf::actor_system& system, storage::journal& journal, storage::store& rows);

} // namespace charter
