#pragma once
// SHA-256 and HMAC-SHA-256 (FIPS 180-4, RFC 2104), and comparing secrets. Pure; any thread.
//
// What can fail: OpenSSL without memory throws std::bad_alloc.

#include <initializer_list>
#include <memory>

#include "domain/bytes.hpp"

namespace charter::storage {

digest32 sha256(byte_view data);

/// Of the parts one after the other. Where their lengths vary, put them in, or two lists may look the same.
digest32 sha256(std::initializer_list<byte_view> parts);

digest32 hmac_sha256(byte_view key, byte_view data);

/// Of data that comes piece by piece: media on its way to disk.
class sha256_stream {
public:
  sha256_stream();
  ~sha256_stream();
  sha256_stream(sha256_stream&&) noexcept;
  sha256_stream& operator=(sha256_stream&&) noexcept;

  void add(byte_view part);
  /// Once.
  digest32 finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Takes the same time wherever the two differ; only their lengths may be learnt from it.
bool equal_secrets(byte_view a, byte_view b);

} // namespace charter::storage
