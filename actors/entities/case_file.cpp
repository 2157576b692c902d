#include "actors/entities/spawn.hpp"
#include "actors/entity_state.hpp"

namespace charter::entities {

entity_actor spawn_case_file(caf::actor_system& system, const id_bytes& raw, const shard_resources& resources,
                             const shard_actor& shard) {
  using type = aggregate<entity_kind::case_file, cases::state, cases::command, cases::event>;
  return spawn<type>(system, raw, resources, shard);
}

} // namespace charter::entities
