#pragma once
// The vault's key file: the keys that wrap persons' data keys, and the one that digests document numbers.
//
//   magic = "charter-vault-keys"
//   version = 1
//   digest_key = "<64 hex digits>"       never changes: with another one duplicates are not found any more
//   digest_operations = 2                neither do these two, for the same reason
//   digest_memory_bytes = 67108864
//   key_1 = "<64 hex digits>"            the highest number wraps; older ones only unwrap
//   key_2 = "<64 hex digits>"
//
// Whoever has this file and a copy of the vault's shards reads every identity; whoever has lost it reads none. It must
// be readable by its owner only, and backed up apart from the data. Only nodes with `vault = true` hold it.
// A ring is read-only once loaded; any thread.
// What can fail: permissions that are too wide (`forbidden`), a damaged file (`internal`), the file system.

#include <cstdint>
#include <map>
#include <string>

#include "domain/environment.hpp"
#include "domain/result.hpp"
#include "storage/password.hpp"
#include "storage/vault/secret.hpp"

namespace charter::vault {

using key_number = std::uint32_t; ///< from 1

inline constexpr std::size_t key_bytes = 32; // AES-256

class key_ring {
public:
  key_number newest() const { return keys_.rbegin()->first; }
  /// Null when there is no such key.
  const secret_bytes* find(key_number number) const;
  const secret_bytes& digest_key() const { return digest_key_; }
  storage::argon2_cost digest_cost() const { return digest_cost_; }

private:
  friend result<key_ring> load_key_file(const std::string& path, bool from_credential);
  std::map<key_number, secret_bytes> keys_; ///< never empty
  secret_bytes digest_key_;
  storage::argon2_cost digest_cost_;
};

/// A new file of mode 0600 with key 1. Errors: `conflict` when there is one.
status create_key_file(const std::string& path, storage::argon2_cost digest_cost, environment& env);

/// Adds the next key, which wraps from then on. Rewrap all data keys, then older ones may be removed by hand.
status add_key(const std::string& path, environment& env);

/// A systemd credential (`from_credential`) may show group read, which stands for the access list of its one user.
result<key_ring> load_key_file(const std::string& path, bool from_credential = false);

} // namespace charter::vault
