#include "apps/charterd/vault_keys.hpp"

#include <filesystem>

#include "storage/digest.hpp"
#include "storage/small_file.hpp"

namespace charter::node {

namespace {

/// Errors: `not_found`, unless nothing is lost yet and a trial may make its own.
status make_keys(const std::string& file, const config::server_config& config, bool is_new, environment& world) {
  auto missing = file + ", the vault's keys, is missing: ";
  if (!is_new)
    return refuse(errc::not_found, missing + "restore it from its backup; without it no identity and no chat in " +
                                       config.data_directory + " can be read");
  if (!config.trial || config.vault.key_file)
    return refuse(errc::not_found, missing + "make it with `charter vault-key " + file +
                                       "`, keep a copy apart from the data, and name it in vault.key_file");
  // Cheap digests: a trial has no real documents in it.
  return vault::create_key_file(file, storage::argon2_cost::minimal(), world);
}

status check_fingerprint(const std::string& directory, const std::string& file, const vault::key_ring& keys) {
  auto path = directory + "/VAULT";
  auto mine = to_hex(storage::hmac_sha256(keys.digest_key().view(), view_of("charter vault"))) + "\n";
  auto known = storage::read_small_file(path);
  if (!known && known.why().code == errc::not_found)
    return storage::write_small_file(path, mine);
  if (!known)
    return known.why();
  if (*known != mine)
    return refuse(errc::conflict, file + " has the keys of another vault than " + directory +
                                      " belongs to: name the right file in vault.key_file, or restore it from its "
                                      "backup");
  return done{};
}

} // namespace

std::string vault_key_file(const config::server_config& config) {
  return config.vault.key_file.value_or(config.data_directory + "/vault.key");
}

result<vault::key_ring> open_vault_keys(const config::server_config& config, bool is_new, environment& world) {
  auto file = vault_key_file(config);
  std::error_code failure;
  if (!std::filesystem::exists(file, failure))
    if (auto made = make_keys(file, config, is_new, world); !made)
      return made.why();
  auto keys = vault::load_key_file(file);
  if (!keys)
    return keys;
  if (auto same = check_fingerprint(config.data_directory, file, *keys); !same)
    return same.why();
  return keys;
}

} // namespace charter::node
