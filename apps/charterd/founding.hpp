#pragma once
// Founding a provider: the first credentials, the first charter, the first operator. All of it journaled and logged.

#include <caf/actor_system.hpp>

#include "actors/policy_keeper.hpp"
#include "actors/services.hpp"
#include "apps/charterd/node.hpp"
#include "domain/environment.hpp"
#include "storage/store.hpp"

namespace charter::node {

struct founding_parts {
  caf::actor_system& system;
  router& shards;
  const storage::store& rows;
  const policy_cell& policy;
  environment& world;
  vault_actor vault;
  password_actor passwords;
};

/// Errors: `conflict` when there is a provider already; whatever a step refuses, with the step named. A founding that
/// was cut short may be repeated.
status found_provider(const founding_parts& parts, const founding& f);

} // namespace charter::node
