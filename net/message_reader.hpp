#pragma once
// The client-to-server half of RFC 6455 and RFC 7692, without I/O: bytes in, whole messages and control frames out.
//
// Belongs to one session, on its I/O thread. Keeps nothing between messages but a few words: an idle session holds no
// buffer. Memory grows with what has arrived, never with what a header promises; so a compressed message stays as it is
// until all of it is there, and is inflated in one go by the thread's inflater, up to the bound of any message. What
// can fail: the peer breaks the protocol or a bound; then `next` gives one `violation` with the close code, and the
// reader must not be used further.

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "domain/bytes.hpp"
#include "net/frame.hpp"
#include "net/utf8.hpp"

namespace charter::net {

class message_reader {
public:
  struct event {
    enum class type { message, ping, pong, close, violation };
    type what;
    bytes payload;                ///< message (inflated), ping, pong
    std::uint16_t code = 0;       ///< close (0: the peer gave none), violation
    std::string_view reason = {}; ///< violation: a static text
    std::size_t bytes_won = 0;    ///< message, violation: how much longer inflating made it
  };

  /// `deflates`: permessage-deflate was negotiated.
  message_reader(codec c, std::size_t message_bytes_max, std::size_t fragments_max, bool deflates = false)
      : codec_(c), deflates_(deflates), message_bytes_max_(message_bytes_max), fragments_max_(fragments_max) {}

  /// Takes bytes off the front of `input` until something is complete; nothing when `input` is used up first.
  /// `may_inflate` is asked of each compressed message once it is whole; none may be when it says no (a violation).
  std::optional<event> next(
      byte_view& input, const std::function<bool()>& may_inflate = [] { return true; });

  /// Bytes held of an unfinished message.
  std::size_t held_bytes() const { return message_.size(); }
  /// Has a message or a frame begun and not ended?
  bool unfinished() const { return in_message_ || in_payload_ || header_size_ > 0; }

private:
  std::optional<event> read_header(byte_view& input);
  std::optional<event> check_header();
  std::optional<event> read_payload(byte_view& input);
  std::optional<event> finish_frame();
  event finish_message();
  event inflate(bytes deflated) const;
  std::optional<event> finish_control();
  event violation(close_code code, std::string_view reason) const;
  bool is_control() const { return op_ >= opcode::close; }

  codec codec_;
  bool deflates_;
  bool compressed_ = false; ///< the current message
  bool fin_ = false;
  bool in_payload_ = false; ///< header complete, payload outstanding
  bool in_message_ = false; ///< a data message has begun and not ended
  opcode op_ = opcode::continuation;
  std::uint8_t header_size_ = 0; ///< bytes of the header that have come
  utf8_validator utf8_;
  std::array<std::uint8_t, 14> header_{};
  std::array<std::uint8_t, 4> mask_{};
  std::uint32_t fragments_ = 0;  ///< of the current message
  std::uint64_t frame_left_ = 0; ///< bytes of the frame's payload that are to come
  std::uint64_t frame_done_ = 0; ///< those that have come
  std::size_t message_bytes_max_;
  std::size_t fragments_max_;
  bytes message_;
  bytes control_;
};

/// Unmasks (or masks) in place; `offset` is the position of data[0] within the frame.
void apply_mask(std::span<std::uint8_t> data, const std::array<std::uint8_t, 4>& mask, std::uint64_t offset);

/// May a peer send this code in a close frame (RFC 6455, 7.4)?
bool is_sendable_close_code(std::uint16_t code);

} // namespace charter::net
