#include "net/utf8.hpp"

#include <cstring>

namespace charter::net {

namespace {

// What may come next. Besides the number of continuation bytes that are due, the first of them is restricted after
// E0 (no overlong forms), ED (no surrogates), F0 (no overlong forms) and F4 (nothing beyond U+10FFFF).
enum state : std::uint8_t { ready, one, two, three, after_e0, after_ed, after_f0, after_f4, broken };

state start(std::uint8_t byte) {
  if (byte < 0x80)
    return ready;
  if (byte < 0xc2)
    return broken;
  if (byte < 0xe0)
    return one;
  if (byte < 0xf0)
    return byte == 0xe0 ? after_e0 : byte == 0xed ? after_ed : two;
  if (byte < 0xf5)
    return byte == 0xf0 ? after_f0 : byte == 0xf4 ? after_f4 : three;
  return broken;
}

state advance(state from, std::uint8_t byte) {
  auto within = [&](std::uint8_t low, std::uint8_t high, state next) {
    return byte >= low && byte <= high ? next : broken;
  };
  switch (from) {
    case ready: return start(byte);
    case one: return within(0x80, 0xbf, ready);
    case two: return within(0x80, 0xbf, one);
    case three: return within(0x80, 0xbf, two);
    case after_e0: return within(0xa0, 0xbf, one);
    case after_ed: return within(0x80, 0x9f, one);
    case after_f0: return within(0x90, 0xbf, two);
    case after_f4: return within(0x80, 0x8f, two);
    case broken: break;
  }
  return broken;
}

} // namespace

bool utf8_validator::feed(byte_view piece) {
  auto now = static_cast<state>(state_);
  auto* at = piece.data();
  auto* end = at + piece.size();
  while (at != end && now != broken) {
    if (now == ready && end - at >= 8) {
      std::uint64_t eight;
      std::memcpy(&eight, at, 8);
      if ((eight & 0x8080808080808080u) == 0) {
        at += 8;
        continue;
      }
    }
    now = advance(now, *at++);
  }
  state_ = now;
  return now != broken;
}

} // namespace charter::net
