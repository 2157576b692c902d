#pragma once
// One function per aggregate, one file each: what the actor costs to compile is paid once.

#include "actors/entity.hpp"

namespace charter::entities {

entity_actor spawn_user(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_name(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_identity(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_organisation(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_account(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_chat(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_case_file(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_office(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_policy(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);
entity_actor spawn_audit_log(caf::actor_system&, const id_bytes&, const shard_resources&, const shard_actor&);

} // namespace charter::entities
