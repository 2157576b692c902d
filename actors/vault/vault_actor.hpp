#pragma once
// The vault's actor: the only one that sees identities.

#include <map>
#include <memory>
#include <string>

#include "actors/router.hpp"
#include "actors/services.hpp"
#include "actors/vault/identity_provider.hpp"
#include "storage/store.hpp"
#include "storage/vault/key_file.hpp"

namespace charter::vault {

struct vault_parts {
  std::shared_ptr<const key_ring> keys;
  std::map<std::string, std::shared_ptr<identity_provider>> providers;
  charter::router* router = nullptr;
  const storage::store* rows = nullptr;
  environment* world = nullptr;
};

vault_actor spawn_vault(caf::actor_system& system, vault_parts parts);

} // namespace charter::vault
