#pragma once
// A client's half of WebSocket framing (RFC 6455, 5.2): masked frames out, unmasked frames in. Pure.
//
// For this server only: it never fragments a message, so fragments are refused here.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/frame.hpp"

namespace charter::load {

struct server_frame {
  net::opcode op = net::opcode::text;
  std::string_view payload; ///< within the data it was read from
  std::size_t size = 0;     ///< of the whole frame
};

enum class frame_state { whole, unfinished, broken };

/// Looks at the front of `data`. Payloads over `payload_bytes_max` are broken.
frame_state read_frame(std::string_view data, std::size_t payload_bytes_max, server_frame& out);

/// Appends a whole message or control frame.
void append_frame(std::string& to, net::opcode op, std::string_view payload, std::uint32_t mask);

/// The upgrade of /v1/ws; always the same key, since there is nobody in between who could take it for something else.
std::string handshake_request(std::string_view authority);
/// Whether this header (up to and with the empty line) accepts that upgrade.
bool is_handshake_accepted(std::string_view header);

} // namespace charter::load
