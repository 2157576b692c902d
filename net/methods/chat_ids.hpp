#pragma once
// Where two people's direct chat lives: both of them, and a block of either, find the same one without looking it up.

#include <algorithm>

#include "domain/context.hpp"
#include "domain/ids.hpp"

namespace charter::net {

/// The first 16 bytes of SHA-256 over "direct\n" and both ids as text, the smaller one first, one a line.
inline chat_id direct_chat_id(digest_fn digest, const user_id& one, const user_id& other) {
  auto first = to_text(one);
  auto second = to_text(other);
  if (second < first)
    std::swap(first, second);
  auto hash = digest(view_of("direct\n" + first + '\n' + second));
  chat_id out;
  std::copy_n(hash.begin(), out.raw.size(), out.raw.begin());
  return out;
}

} // namespace charter::net
