#include "storage/vault/envelope.hpp"

#include <array>
#include <memory>
#include <new>
#include <stdexcept>

#include <openssl/evp.h>

namespace charter::vault {

namespace {

constexpr std::uint8_t format_known = 1;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t wrap_lead_bytes = 1 + 4;
constexpr std::size_t plain_bytes_max = 1 << 30; // OpenSSL counts in int

using nonce = std::array<std::uint8_t, nonce_bytes>;

struct free_context {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using context_ptr = std::unique_ptr<EVP_CIPHER_CTX, free_context>;

context_ptr make_context() {
  context_ptr context{EVP_CIPHER_CTX_new()};
  if (!context)
    throw std::bad_alloc();
  return context;
}

void require(int outcome) {
  if (outcome != 1)
    throw std::runtime_error("AES-GCM can't work"); // not for any input
}

int int_of(std::size_t size) {
  CHARTER_ASSERT(size <= plain_bytes_max);
  return static_cast<int>(size);
}

refusal closed() {
  return refuse(errc::internal, "a sealed value does not open: wrong key, wrong place, or changed bytes");
}

void append(bytes& out, byte_view part) { out.insert(out.end(), part.begin(), part.end()); }

void append_number(bytes& out, std::uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_text(bytes& out, const std::string& text) {
  append_number(out, text.size(), 4);
  append(out, view_of(text));
}

nonce make_nonce(environment& env) {
  nonce out;
  env.fill_random(out);
  return out;
}

/// nonce | ciphertext | tag
void append_sealed(bytes& out, byte_view key, byte_view additional, byte_view plain, environment& env) {
  auto fresh = make_nonce(env);
  append(out, fresh);
  append(out, gcm_encrypt(key, fresh, additional, plain));
}

result<secret_bytes> open_sealed(byte_view key, byte_view additional, byte_view sealed) {
  if (sealed.size() < nonce_bytes + tag_bytes)
    return closed();
  return gcm_decrypt(key, sealed.first(nonce_bytes), additional, sealed.subspan(nonce_bytes));
}

status check_format(byte_view data) {
  if (data.empty())
    return closed();
  if (data[0] > format_known)
    return refuse(errc::unavailable, "sealed by a newer version of Charter");
  return data[0] == format_known ? status{done{}} : status{closed()};
}

key_number number_in(byte_view wrapped) {
  key_number number = 0;
  for (auto byte : wrapped.subspan(1, 4))
    number = number << 8 | byte;
  return number;
}

/// The wrapping key's number is authenticated with the place.
bytes wrap_additional(const place& where, key_number number) {
  auto out = additional_data(where);
  append_number(out, number, 4);
  return out;
}

} // namespace

bytes gcm_encrypt(byte_view key, byte_view nonce, byte_view additional, byte_view plain) {
  CHARTER_ASSERT(key.size() == key_bytes && nonce.size() == nonce_bytes);
  auto context = make_context();
  bytes out(plain.size() + tag_bytes);
  int size = 0;
  require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()));
  require(EVP_EncryptUpdate(context.get(), nullptr, &size, additional.data(), int_of(additional.size())));
  if (!plain.empty())
    require(EVP_EncryptUpdate(context.get(), out.data(), &size, plain.data(), int_of(plain.size())));
  require(EVP_EncryptFinal_ex(context.get(), out.data() + plain.size(), &size));
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_bytes, out.data() + plain.size()));
  return out;
}

result<secret_bytes> gcm_decrypt(byte_view key, byte_view nonce, byte_view additional, byte_view sealed) {
  CHARTER_ASSERT(key.size() == key_bytes && nonce.size() == nonce_bytes);
  if (sealed.size() < tag_bytes || sealed.size() > plain_bytes_max)
    return closed();
  auto cipher = sealed.first(sealed.size() - tag_bytes);
  bytes tag{sealed.end() - tag_bytes, sealed.end()};
  auto context = make_context();
  secret_bytes plain{cipher.size()};
  int size = 0;
  require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()));
  require(EVP_DecryptUpdate(context.get(), nullptr, &size, additional.data(), int_of(additional.size())));
  if (!cipher.empty())
    require(EVP_DecryptUpdate(context.get(), plain.data(), &size, cipher.data(), int_of(cipher.size())));
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_bytes, tag.data()));
  std::uint8_t end[tag_bytes]; // GCM writes nothing there
  if (EVP_DecryptFinal_ex(context.get(), end, &size) != 1)
    return closed();
  return plain;
}

bytes additional_data(const place& where) {
  bytes out;
  append_text(out, "charter vault 1");
  append_text(out, where.table);
  append_text(out, where.column);
  append_text(out, where.id);
  append_number(out, where.version, 8);
  return out;
}

bytes seal(const secret_bytes& data_key, const place& where, byte_view plain, environment& env) {
  bytes out{format_known};
  append_sealed(out, data_key.view(), additional_data(where), plain, env);
  return out;
}

result<secret_bytes> open(const secret_bytes& data_key, const place& where, byte_view sealed) {
  if (auto known = check_format(sealed); !known)
    return known.why();
  return open_sealed(data_key.view(), additional_data(where), sealed.subspan(1));
}

secret_bytes make_data_key(environment& env) {
  secret_bytes key{key_bytes};
  env.fill_random({key.data(), key.size()});
  return key;
}

bytes wrap(const key_ring& ring, const secret_bytes& data_key, const place& where, environment& env) {
  bytes out{format_known};
  append_number(out, ring.newest(), 4);
  append_sealed(out, ring.find(ring.newest())->view(), wrap_additional(where, ring.newest()), data_key.view(), env);
  return out;
}

result<secret_bytes> unwrap(const key_ring& ring, const place& where, byte_view wrapped) {
  if (auto known = check_format(wrapped); !known)
    return known.why();
  if (wrapped.size() < wrap_lead_bytes)
    return closed();
  auto number = number_in(wrapped);
  auto key = ring.find(number);
  if (!key)
    return refuse(errc::unavailable, "key " + std::to_string(number) + " is not in the vault's key file");
  auto data_key = open_sealed(key->view(), wrap_additional(where, number), wrapped.subspan(wrap_lead_bytes));
  if (data_key && data_key->size() != key_bytes)
    return closed();
  return data_key;
}

bool needs_rewrap(const key_ring& ring, byte_view wrapped) {
  return wrapped.size() < wrap_lead_bytes || number_in(wrapped) != ring.newest();
}

result<bytes> rewrap(const key_ring& ring, const place& where, byte_view wrapped, environment& env) {
  auto data_key = unwrap(ring, where, wrapped);
  if (!data_key)
    return data_key.why();
  return wrap(ring, *data_key, where, env);
}

} // namespace charter::vault
