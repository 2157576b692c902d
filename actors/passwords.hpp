#pragma once
// The password actor: Argon2id on a thread of its own, so that nobody else waits for it.

#include "actors/services.hpp"
#include "storage/password.hpp"

namespace caf {
class actor_system;
}

namespace charter {

/// Detached. At most `limits::passwords_waiting_max` wait in its mailbox; beyond that callers hear `unavailable`.
password_actor spawn_passwords(caf::actor_system& system, storage::argon2_cost cost);

} // namespace charter
