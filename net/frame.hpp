#pragma once
// A server-to-client WebSocket frame (RFC 6455, 5.2), built once, header included, and shared by reference among all
// the sockets that it goes to. Its compressed form is made once as well, by the first who needs it. What it says never
// changes, so any thread may hold it and ask for either form.

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

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
  try_again_later = 1013, ///< out of memory for messages, or starting
};

using shared_bytes = std::shared_ptr<const bytes>;
class frame;
using shared_frame = std::shared_ptr<const frame>;

/// What compressing has taken in and given out.
struct deflate_tally {
  std::size_t messages = 0;
  std::size_t bytes_in = 0;
  std::size_t bytes_out = 0;
};

/// May a message be compressed? Its length on the wire then says something about its content: what somebody else wrote
/// must not stand in one message with what is a secret from them (docs/adr/0011).
enum class secrecy : std::uint8_t { secret, open };

/// One frame or several back to back.
class frame {
public:
  frame(bytes wire, secrecy s) : plain_(std::make_shared<const bytes>(std::move(wire))), secrecy_(s) {}
  explicit frame(std::vector<shared_frame> parts);

  /// Exactly what goes on the wire. Whoever only holds the bytes doesn't keep the frame.
  const shared_bytes& plain() const { return plain_; }
  /// What goes to a socket that negotiated permessage-deflate: messages that are worth it are compressed, each by
  /// itself, and the rest is as it is. `tally` gets what had to be compressed for it now.
  const shared_bytes& deflated(deflate_tally& tally) const;

private:
  shared_bytes deflate(deflate_tally& tally) const;

  shared_bytes plain_;
  secrecy secrecy_ = secrecy::secret;
  mutable std::once_flag deflated_once_;
  mutable shared_bytes deflated_;
  mutable std::vector<shared_frame> parts_; ///< of several; kept until their compressed forms are joined
};

/// Shorter messages are not compressed: what that would save is less than the headers of a packet weigh.
inline constexpr std::size_t deflate_bytes_min = 512;

/// FIN set, no mask. A control frame's payload must be at most 125 bytes.
shared_frame make_frame(opcode op, byte_view payload);
/// A whole message in the codec's kind of frame.
shared_frame make_message(codec c, byte_view payload, secrecy s = secrecy::secret);
/// The reason is cut to 123 bytes, at a character's boundary. Code 0 gives a frame without a code.
shared_frame make_close(std::uint16_t code, std::string_view reason);
/// Several frames as one buffer, for one `send`; each of its forms is made of the parts' same form.
shared_frame concatenate(std::vector<shared_frame> frames);

} // namespace charter::net
