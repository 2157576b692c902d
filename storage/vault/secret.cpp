#include "storage/vault/secret.hpp"

#include <openssl/crypto.h>

namespace charter::vault {

void wipe(void* data, std::size_t size) {
  if (size != 0)
    OPENSSL_cleanse(data, size);
}

void wipe(std::string& text) {
  wipe(text.data(), text.capacity());
  text.clear();
}

} // namespace charter::vault
