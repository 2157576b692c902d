#pragma once
// Envelope encryption: a person's data key seals that person's values; a key of the key file wraps the data key.
//
// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce per sealing. The place (table, column, id, version) is the
// additional data: a sealed value moved to another place does not open. Erasing a person means erasing the wrapped
// data key. A key wraps fewer than 2^32 data keys, so that nonces don't meet; rotate long before.
//
//   sealed   format u8 (1) | nonce 12 | ciphertext | tag 16
//   wrapped  format u8 (1) | number of the wrapping key u32 big endian | nonce 12 | ciphertext 32 | tag 16
//
// Stateless but for the ring; any thread. Only storage/vault, actors/vault and their tests include this.
// What can fail: `internal` when a value does not open (wrong key, wrong place, tampered with: GCM can't tell which);
// `unavailable` for a newer format, or when the wrapping key is not in the key file.

#include <string>

#include "domain/environment.hpp"
#include "storage/vault/key_file.hpp"

namespace charter::vault {

/// Where a sealed value belongs.
struct place {
  std::string table;
  std::string column;
  std::string id; ///< raw bytes of the row's id
  std::uint64_t version = 0;
};

/// What `place` is authenticated as: lengths before texts, so that no two places look the same.
bytes additional_data(const place& where);

bytes seal(const secret_bytes& data_key, const place& where, byte_view plain, environment& env);
result<secret_bytes> open(const secret_bytes& data_key, const place& where, byte_view sealed);

/// 32 random bytes.
secret_bytes make_data_key(environment& env);

/// By the newest key.
bytes wrap(const key_ring& ring, const secret_bytes& data_key, const place& where, environment& env);
result<secret_bytes> unwrap(const key_ring& ring, const place& where, byte_view wrapped);

/// True when an older key wraps it.
bool needs_rewrap(const key_ring& ring, byte_view wrapped);
result<bytes> rewrap(const key_ring& ring, const place& where, byte_view wrapped, environment& env);

/// The bare cipher, for test vectors; `nonce` has 12 bytes. The tag comes last in what it gives and takes.
bytes gcm_encrypt(byte_view key, byte_view nonce, byte_view additional, byte_view plain);
result<secret_bytes> gcm_decrypt(byte_view key, byte_view nonce, byte_view additional, byte_view sealed);

} // namespace charter::vault
