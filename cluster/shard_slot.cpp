#include "cluster/shard_slot.hpp"

#include <caf/all.hpp>

namespace charter::cluster {

namespace {

struct shard_slot_state {
  shard_slot_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "shard slot";

  shard_slot_parts parts;
  shard_actor local;  ///< while it serves, and until it has ended
  shard_actor remote; ///< what stands for it meanwhile
  bool retiring = false;
  bool ending = false;
  caf::error end_reason;
};

using self_ptr = shard_slot_actor::stateful_pointer<shard_slot_state>;

void go_local(self_ptr self) {
  auto& s = self->state;
  s.local = s.parts.spawn_local(self->system());
  self->monitor(s.local);
  s.parts.router->set(s.parts.shard, s.local);
  if (auto before = std::exchange(s.remote, nullptr))
    caf::anon_send_exit(before, caf::exit_reason::user_shutdown);
}

void go_remote(self_ptr self) {
  auto& s = self->state;
  s.remote = s.parts.spawn_remote(self->system());
  s.parts.router->set(s.parts.shard, s.remote);
}

void on_serve(self_ptr self) {
  auto& s = self->state;
  if (!s.local && !s.ending)
    go_local(self);
}

void on_retire(self_ptr self) {
  auto& s = self->state;
  if (!s.local) {
    s.parts.retired(); // it had ended already
    return;
  }
  if (std::exchange(s.retiring, true) || s.ending)
    return;
  go_remote(self); // nothing new comes in
  caf::anon_send_exit(s.local, caf::exit_reason::user_shutdown);
}

/// The shard's actor has ended: as we wished, since the shard was lost, or by a failure.
void on_down(self_ptr self, const caf::down_msg& down) {
  auto& s = self->state;
  if (!s.local || down.source != s.local.address())
    return;
  s.local = nullptr;
  if (s.ending) {
    self->quit(s.end_reason);
  } else if (std::exchange(s.retiring, false)) {
    s.parts.retired();
  } else if (s.parts.owned()) {
    self->quit(down.reason); // our supervisor starts both again
  } else {
    go_remote(self);
  }
}

void on_exit(self_ptr self, const caf::exit_msg& end) {
  auto& s = self->state;
  if (s.remote)
    caf::anon_send_exit(s.remote, caf::exit_reason::user_shutdown);
  if (!s.local) {
    self->quit(end.reason);
    return;
  }
  s.ending = true;
  s.end_reason = end.reason;
  caf::anon_send_exit(s.local, caf::exit_reason::user_shutdown);
}

shard_slot_actor::behavior_type behavior(self_ptr self, const shard_slot_parts& parts) {
  auto& s = self->state;
  s.parts = parts;
  self->set_down_handler([self](const caf::down_msg& down) { on_down(self, down); });
  self->set_exit_handler([self](const caf::exit_msg& end) { on_exit(self, end); });
  if (parts.owned())
    go_local(self);
  else
    go_remote(self);
  return {
      [self](describe d) {
        return self->delegate(self->state.retiring || !self->state.local ? self->state.remote : self->state.local, d);
      },
      [self](serve_shard) { on_serve(self); },
      [self](retire_shard) { on_retire(self); },
  };
}

} // namespace

shard_slot_actor spawn_shard_slot(caf::actor_system& system, const shard_slot_parts& parts) {
  return system.spawn(behavior, parts);
}

} // namespace charter::cluster
