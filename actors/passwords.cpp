#include "actors/passwords.hpp"

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "domain/limits.hpp"

namespace charter {

namespace {

struct password_state {
  password_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "passwords";
  storage::argon2_cost cost;
  std::string nobody; ///< a hash that no password has; verified in place of a missing one
};

using self_ptr = password_actor::stateful_pointer<password_state>;

/// Who waits longer than a client does isn't served any more; so a flood empties fast.
bool too_many_wait(self_ptr self) { return self->mailbox().size() > limits::passwords_waiting_max; }

caf::error overloaded() {
  auto why = refuse(errc::unavailable, "too many log-ins at once; try again in a moment");
  why.retry_after_ms = 2'000;
  return to_error(std::move(why));
}

password_actor::behavior_type behavior(self_ptr self, storage::argon2_cost cost) {
  auto& s = self->state;
  s.cost = cost;
  if (auto nobody = storage::hash_password("nobody's password", cost))
    s.nobody = *nobody;
  return {
      [self](const hash_password& h) -> caf::result<password_hashed> {
        if (too_many_wait(self))
          return overloaded();
        auto hash = storage::hash_password(h.password, self->state.cost);
        if (!hash)
          return to_error(hash.why());
        return password_hashed{std::move(*hash)};
      },
      [self](const verify_password& v) -> caf::result<password_verdict> {
        if (too_many_wait(self))
          return overloaded();
        auto& hash = v.hash.empty() ? self->state.nobody : v.hash;
        bool right = storage::verify_password(hash, v.password) && !v.hash.empty();
        return password_verdict{right, right && storage::needs_rehash(hash, self->state.cost)};
      },
  };
}

} // namespace

password_actor spawn_passwords(caf::actor_system& system, storage::argon2_cost cost) {
  return system.spawn<caf::detached>(behavior, cost);
}

} // namespace charter
