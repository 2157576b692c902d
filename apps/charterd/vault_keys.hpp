#pragma once
// The vault's keys when a node starts: made on a new trial, otherwise expected, and compared with the data.
//
// The data directory keeps a fingerprint of its vault (VAULT, 64 hex digits). With another vault's keys no identity and
// no chat could be read, and nobody would notice that a person registers once more (I15).

#include <string>

#include "config/server_config.hpp"
#include "domain/environment.hpp"
#include "storage/vault/key_file.hpp"

namespace charter::node {

std::string vault_key_file(const config::server_config& config);

/// `is_new`: nobody has registered in this data directory yet. Errors: `not_found`; `conflict` for another vault's;
/// whatever the loader says.
result<vault::key_ring> open_vault_keys(const config::server_config& config, bool is_new, environment& world);

} // namespace charter::node
