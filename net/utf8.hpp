#pragma once
// Validates UTF-8 (RFC 3629) piece by piece: a broken character is noticed at its first wrong byte, so that a session
// can be closed before the rest of a long message has come.

#include <cstdint>

#include "domain/bytes.hpp"

namespace charter::net {

class utf8_validator {
public:
  /// False at the first byte that can't belong to valid UTF-8; the validator is then spent until `reset`.
  bool feed(byte_view piece);
  /// Is the text so far complete, with no character begun?
  bool complete() const { return state_ == 0; }
  void reset() { state_ = 0; }

private:
  std::uint8_t state_ = 0; ///< see utf8.cpp
};

inline bool is_utf8(byte_view text) {
  utf8_validator validator;
  return validator.feed(text) && validator.complete();
}

} // namespace charter::net
