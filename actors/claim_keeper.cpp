#include "actors/claim_keeper.hpp"

#include <map>
#include <vector>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "actors/interfaces.hpp"

namespace charter {

namespace {

struct claim_keeper_state {
  claim_keeper_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "claims";

  confirm_fn confirm;
  std::map<shard_id, std::vector<caf::typed_response_promise<done>>> asking;
};

using self_ptr = claim_keeper_actor::stateful_pointer<claim_keeper_state>;

caf::result<done> on_confirm(self_ptr self, const confirm_claim& c) {
  auto& s = self->state;
  if (s.asking.empty())
    self->send(self, confirm_all{});
  auto to = self->make_response_promise<done>();
  s.asking[c.shard].push_back(to);
  return to;
}

void on_confirm_all(self_ptr self) {
  auto& s = self->state;
  auto asking = std::exchange(s.asking, {});
  std::set<shard_id> shards;
  for (auto& [shard, whoever] : asking)
    shards.insert(shard);
  auto ours = s.confirm(shards);
  for (auto& [shard, whoever] : asking)
    for (auto& to : whoever)
      if (ours && ours->contains(shard))
        to.deliver(done{});
      else
        to.deliver(to_error(refuse(errc::unavailable, ours ? "another node has taken this over; ask again"
                                                           : "it isn't known whether this is still ours; ask again")));
}

claim_keeper_actor::behavior_type behavior(self_ptr self, confirm_fn confirm) {
  self->state.confirm = std::move(confirm);
  return {
      [self](const confirm_claim& c) { return on_confirm(self, c); },
      [self](confirm_all) { on_confirm_all(self); },
  };
}

} // namespace

claim_keeper_actor spawn_claim_keeper(caf::actor_system& system, confirm_fn confirm, bool detached) {
  return detached ? system.spawn<caf::detached>(behavior, std::move(confirm))
                  : system.spawn(behavior, std::move(confirm));
}

} // namespace charter
