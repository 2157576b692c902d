#pragma once
// The server's half of the WebSocket opening handshake (RFC 6455, 4.2), without I/O.

#include <string>
#include <string_view>
#include <variant>

#include "net/frame.hpp"
#include "net/http_message.hpp"

namespace charter::net {

struct handshake_accepted {
  codec chosen;
  std::string response; ///< the whole 101, ready to send
  int window_bits = 0;  ///< of permessage-deflate; 0: not negotiated
};
struct handshake_refused {
  int status;
  std::string text;
  http_fields fields;
};

/// Does the request ask for an upgrade to WebSocket?
bool asks_for_websocket(const http_request& request);

/// Picks the first subprotocol of the client's list that we speak, and with `compression` the first offer of
/// permessage-deflate that we can keep.
std::variant<handshake_accepted, handshake_refused> answer_handshake(const http_request& request, bool compression);

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string websocket_accept(std::string_view key);

/// Equal in any case, as HTTP compares tokens.
bool is_same_token(std::string_view a, std::string_view b);
/// Is `token` in a comma-separated list, in any case?
bool has_token(std::string_view list, std::string_view token);

} // namespace charter::net
