#pragma once
// A server-to-client WebSocket frame (RFC 6455, 5.2), built once, header included, and shared by reference among all
// the sockets that it goes to. Immutable once made, so any thread may hold it.

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "domain/bytes.hpp"

namespace charter::net {

/// The two subprotocols: the same maps, as text or as binary frames.
enum class codec : std::uint8_t { json, msgpack };
inline constexpr std::size_t codecs = 2;
constexpr std::size_t index_of(codec c) { return static_cast<std::size_t>(c); }
constexpr std::string_view subprotocol(codec c) {
  return c == codec::json ? std::string_view{"charter.v1.json"} : std::string_view{"charter.v1.msgpack"};
}

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// Close codes that this server sends (RFC 6455, 7.4.1, and the IANA registry).
enum class close_code : std::uint16_t {
  normal = 1000,
  going_away = 1001,       ///< the server stops, or the peer gave no sign of life
  protocol_error = 1002,   ///< not a WebSocket frame, or one in the wrong place
  unsupported_data = 1003, ///< binary on the JSON subprotocol, text on MessagePack
  invalid_payload = 1007,  ///< text that isn't UTF-8
  policy_violation = 1008, ///< too many, too slow, or told so by the layer above
  too_big = 1009,          ///< message over the bound
  internal_error = 1011,
  try_again_later = 1013, ///< out of memory for messages
};

/// One frame or several back to back: exactly what goes on the wire.
struct frame {
  bytes wire;
};
using shared_frame = std::shared_ptr<const frame>;

/// FIN set, no mask. A control frame's payload must be at most 125 bytes.
shared_frame make_frame(opcode op, byte_view payload);
/// A whole message in the codec's kind of frame.
shared_frame make_message(codec c, byte_view payload);
/// The reason is cut to 123 bytes, at a character's boundary. Code 0 gives a frame without a code.
shared_frame make_close(std::uint16_t code, std::string_view reason);
/// Several frames as one buffer, for one `send`.
shared_frame concatenate(std::span<const shared_frame> frames);

} // namespace charter::net
