#include "storage/password.hpp"

#include <stdexcept>

#include <sodium.h>

namespace charter::storage {

namespace {
constexpr std::size_t password_bytes_max = 1024;
}

void start_sodium() {
  static const int started = sodium_init();
  if (started < 0)
    throw std::runtime_error("libsodium can't start");
}

result<std::string> hash_password(std::string_view password, argon2_cost cost) {
  start_sodium();
  if (password.size() > password_bytes_max)
    return refuse(errc::too_large, "a password has at most 1024 bytes");
  char text[crypto_pwhash_STRBYTES];
  if (crypto_pwhash_str_alg(text, password.data(), password.size(), cost.operations, cost.memory_bytes,
                            crypto_pwhash_ALG_ARGON2ID13) != 0)
    return refuse(errc::unavailable, "no memory for a password's hash");
  return std::string{text};
}

bool verify_password(std::string_view stored, std::string_view password) {
  start_sodium();
  if (stored.size() >= crypto_pwhash_STRBYTES || password.size() > password_bytes_max)
    return false;
  return crypto_pwhash_str_verify(std::string{stored}.c_str(), password.data(), password.size()) == 0;
}

bool needs_rehash(std::string_view stored, argon2_cost cost) {
  start_sodium();
  if (stored.size() >= crypto_pwhash_STRBYTES)
    return true;
  return crypto_pwhash_str_needs_rehash(std::string{stored}.c_str(), cost.operations, cost.memory_bytes) != 0;
}

} // namespace charter::storage
