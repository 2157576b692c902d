#include "actors/chat_seal.hpp"

#include "storage/digest.hpp"
#include "storage/vault/envelope.hpp"

namespace charter {

struct chat_seal::keys {
  vault::key_ring ring;

  /// The digest key never changes, so neither do the chats' keys: rotation is for what is wrapped.
  vault::secret_bytes key_of(const chat_id& chat) const {
    auto label = bytes_of("charter chat body\n");
    label.insert(label.end(), chat.raw.begin(), chat.raw.end());
    auto key = storage::hmac_sha256(ring.digest_key().view(), label);
    return vault::secret_bytes{byte_view{key}};
  }
};

namespace {

vault::place place_of(const chat_id& chat) { return {"chat", "body", std::string{text_of(chat.raw)}, 1}; }

} // namespace

chat_seal::chat_seal(std::unique_ptr<keys> k, environment& env) : keys_(std::move(k)), env_(&env) {}
chat_seal::~chat_seal() = default;

result<std::unique_ptr<chat_seal>> chat_seal::load(const std::string& key_file, environment& env) {
  auto ring = vault::load_key_file(key_file);
  if (!ring)
    return ring.why();
  return std::unique_ptr<chat_seal>{new chat_seal{std::make_unique<keys>(keys{std::move(*ring)}), env}};
}

bytes chat_seal::seal(const chat_id& chat, std::string_view text) const {
  return vault::seal(keys_->key_of(chat), place_of(chat), view_of(text), *env_);
}

result<std::string> chat_seal::open(const chat_id& chat, byte_view sealed) const {
  auto plain = vault::open(keys_->key_of(chat), place_of(chat), sealed);
  if (!plain)
    return plain.why();
  return std::string{text_of(plain->view())};
}

} // namespace charter
