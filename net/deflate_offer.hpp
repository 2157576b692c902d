#pragma once
// What is agreed on permessage-deflate in the opening handshake (RFC 7692, 7.1), without I/O.
//
// We take any offer whose window zlib can do, and ask for no context take-over in either direction: see
// net/deflate.hpp.

#include <optional>
#include <string>
#include <string_view>

namespace charter::net {

struct deflate_terms {
  int window_bits;    ///< of what we send; of what we get, anything
  std::string answer; ///< the value of Sec-WebSocket-Extensions
};

/// The first acceptable offer of the client's list (its Sec-WebSocket-Extensions fields, joined by commas). An offer
/// with a parameter that is unknown, malformed or there twice is declined; so is one that we can't keep.
std::optional<deflate_terms> accept_offer(std::string_view extensions);

} // namespace charter::net
