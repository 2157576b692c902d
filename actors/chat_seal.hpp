#pragma once
// Sealing chat bodies: what reaches a journal, a row, a replica or a backup is ciphertext (I11).
//
// AES-256-GCM under a key per chat, derived from the vault's key file (HMAC-SHA-256 over the chat's id), the chat's id
// as additional data. Sealed where a member's message comes in, opened where it goes out to a member, and nowhere else.
// Not end-to-end encryption: whoever has the key file and the data can read. Any thread.

#include <memory>
#include <string>
#include <string_view>

#include "domain/environment.hpp"
#include "domain/ids.hpp"

namespace charter {

class chat_seal {
public:
  /// Errors: whatever the key file's loader says. `key_file` as the vault's.
  static result<std::unique_ptr<chat_seal>> load(const std::string& key_file, environment& env);
  ~chat_seal();

  bytes seal(const chat_id& chat, std::string_view text) const;
  /// Errors: `internal` when it doesn't open.
  result<std::string> open(const chat_id& chat, byte_view sealed) const;

private:
  struct keys;
  chat_seal(std::unique_ptr<keys> k, environment& env);
  std::unique_ptr<keys> keys_;
  environment* env_;
};

} // namespace charter
