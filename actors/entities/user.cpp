#include "actors/entities/spawn.hpp"
#include "actors/entity_state.hpp"

namespace charter::entities {

entity_actor spawn_user(caf::actor_system& system, const id_bytes& raw, const shard_resources& resources,
                        const shard_actor& shard) {
  using type = aggregate<entity_kind::user, users::state, users::command, users::event>;
  return spawn<type>(system, raw, resources, shard);
}

} // namespace charter::entities
