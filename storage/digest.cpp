#include "storage/digest.hpp"

#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace charter::storage {

struct sha256_stream::state {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~state() { EVP_MD_CTX_free(context); }
};

sha256_stream::sha256_stream() : state_(std::make_unique<state>()) {
  if (!state_->context || EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

sha256_stream::~sha256_stream() = default;
sha256_stream::sha256_stream(sha256_stream&&) noexcept = default;
sha256_stream& sha256_stream::operator=(sha256_stream&&) noexcept = default;

void sha256_stream::add(byte_view part) {
  if (EVP_DigestUpdate(state_->context, part.data(), part.size()) != 1)
    throw std::bad_alloc();
}

digest32 sha256_stream::finish() {
  digest32 out;
  if (EVP_DigestFinal_ex(state_->context, out.data(), nullptr) != 1)
    throw std::bad_alloc();
  return out;
}

digest32 sha256(byte_view data) { return sha256({data}); }

digest32 sha256(std::initializer_list<byte_view> parts) {
  sha256_stream stream;
  for (auto part : parts)
    stream.add(part);
  return stream.finish();
}

digest32 hmac_sha256(byte_view key, byte_view data) {
  digest32 out;
  const std::uint8_t nothing = 0; // OpenSSL takes a null key for "as before"
  auto key_data = key.empty() ? &nothing : key.data();
  if (!HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), data.data(), data.size(), out.data(), nullptr))
    throw std::bad_alloc();
  return out;
}

bool equal_secrets(byte_view a, byte_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace charter::storage
