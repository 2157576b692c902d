#include "actors/entities/spawn.hpp"
#include "actors/entity_state.hpp"

namespace charter::entities {

entity_actor spawn_organisation(caf::actor_system& system, const id_bytes& raw, const shard_resources& resources,
                                const shard_actor& shard) {
  using type = aggregate<entity_kind::organisation, organisations::state, organisations::command, organisations::event>;
  return spawn<type>(system, raw, resources, shard);
}

} // namespace charter::entities
