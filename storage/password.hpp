#pragma once
// Passwords as Argon2id strings (RFC 9106), by libsodium. Slow and hungry on purpose: never on a thread that others
// wait for, and no more at once than memory allows.
//
// What can fail: `unavailable` when there is no memory for it; a stored text that is none verifies as false.

#include <string>
#include <string_view>

#include "domain/result.hpp"

namespace charter::storage {

/// Of one hash. The number of operations and bytes of memory, as libsodium names them.
struct argon2_cost {
  std::uint64_t operations = 2;
  std::size_t memory_bytes = 64u << 20;

  static argon2_cost interactive() { return {2, 64u << 20}; }
  /// Protects nothing: for tests.
  static argon2_cost minimal() { return {1, 8192}; }
};

/// Errors: `too_large` over 1 KiB.
result<std::string> hash_password(std::string_view password, argon2_cost cost);

bool verify_password(std::string_view stored, std::string_view password);

/// True when it was made at another cost: hash it again at the next login.
bool needs_rehash(std::string_view stored, argon2_cost cost);

/// Once before any use of libsodium; repeating is harmless. Throws std::runtime_error when it can't start.
void start_sodium();

} // namespace charter::storage
