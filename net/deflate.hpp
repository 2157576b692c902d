#pragma once
// The payload of a permessage-deflate message (RFC 7692, 7.2), each message on its own. Without context take-over one
// compressed form fits all sockets that negotiated it, and nothing has to be kept for a socket between its messages.
//
// Any thread. zlib's state is each thread's own and stays with it: some 260 KB to compress, and 45 KB to inflate. One
// for each session would be many times the session, and making it for each message would cost more than using it.

#include <optional>

#include "domain/bytes.hpp"

namespace charter::net {

/// Windows of 2^9 to 2^15 bytes. RFC 7692 knows 2^8 as well, which zlib can't compress for.
inline constexpr int window_bits_min = 9;
inline constexpr int window_bits_max = 15;

/// No reference goes back further than 2^window_bits_max bytes. Nothing when the result isn't smaller.
std::optional<bytes> deflate_payload(byte_view plain);

struct inflated {
  enum class outcome { whole, broken, too_big };
  outcome how;
  bytes plain; ///< when `whole`
};
/// Ends as soon as the result is over `bytes_max`. `broken`: no DEFLATE, or it ends before its last block does.
inflated inflate_payload(byte_view deflated, std::size_t bytes_max);

} // namespace charter::net
