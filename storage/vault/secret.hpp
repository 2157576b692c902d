#pragma once
// Bytes that are wiped when they go. Moves, never copies by accident; any one thread at a time.

#include <cstring>
#include <string>
#include <utility>

#include "domain/bytes.hpp"

namespace charter::vault {

/// Overwrites, in a way that the compiler can't leave out.
void wipe(void* data, std::size_t size);
void wipe(std::string& text); ///< and empties it

/// Never grows, since growing would leave a copy behind.
class secret_bytes {
public:
  secret_bytes() = default;
  explicit secret_bytes(std::size_t size) : data_(size) {}
  explicit secret_bytes(byte_view copied) : data_(copied.begin(), copied.end()) {}
  ~secret_bytes() { wipe(data_.data(), data_.size()); }
  secret_bytes(secret_bytes&& other) noexcept : data_(std::exchange(other.data_, {})) {}
  secret_bytes& operator=(secret_bytes&& other) noexcept {
    std::swap(data_, other.data_); // the other one wipes
    return *this;
  }
  secret_bytes(const secret_bytes&) = delete;
  secret_bytes& operator=(const secret_bytes&) = delete;

  std::uint8_t* data() { return data_.data(); }
  std::size_t size() const { return data_.size(); }
  byte_view view() const { return data_; }
  secret_bytes copy() const { return secret_bytes{view()}; }

private:
  bytes data_;
};

} // namespace charter::vault
