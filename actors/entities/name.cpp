#include "actors/entities/spawn.hpp"
#include "actors/entity_state.hpp"

namespace charter::entities {

entity_actor spawn_name(caf::actor_system& system, const id_bytes& raw, const shard_resources& resources,
                        const shard_actor& shard) {
  using type = aggregate<entity_kind::name, names::state, names::command, names::event>;
  return spawn<type>(system, raw, resources, shard);
}

} // namespace charter::entities
