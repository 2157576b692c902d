#include "actors/entity.hpp"

#include "actors/entities/spawn.hpp"

namespace charter {

entity_actor spawn_entity(caf::actor_system& system, const entity_id& entity, const shard_resources& resources,
                          const shard_actor& shard) {
  using namespace entities;
  switch (entity.kind) {
    case entity_kind::user: return spawn_user(system, entity.raw, resources, shard);
    case entity_kind::name: return spawn_name(system, entity.raw, resources, shard);
    case entity_kind::identity: return spawn_identity(system, entity.raw, resources, shard);
    case entity_kind::organisation: return spawn_organisation(system, entity.raw, resources, shard);
    case entity_kind::account: return spawn_account(system, entity.raw, resources, shard);
    case entity_kind::chat: return spawn_chat(system, entity.raw, resources, shard);
    case entity_kind::case_file: return spawn_case_file(system, entity.raw, resources, shard);
    case entity_kind::office: return spawn_office(system, entity.raw, resources, shard);
    case entity_kind::policy: return spawn_policy(system, entity.raw, resources, shard);
    case entity_kind::audit_log: return spawn_audit_log(system, entity.raw, resources, shard);
  }
  assertion_failed("a known entity kind", __FILE__, __LINE__);
}

} // namespace charter
