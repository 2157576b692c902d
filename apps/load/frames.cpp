#include "apps/load/frames.hpp"

#include <array>

#include "net/message_reader.hpp"
#include "net/websocket_handshake.hpp"

namespace charter::load {

namespace {

constexpr std::string_view key = "Y2hhcnRlci1sb2FkLi4uLg=="; // "charter-load...."
constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t masked = 0x80;

std::uint8_t byte_at(std::string_view data, std::size_t i) { return static_cast<std::uint8_t>(data[i]); }

void append_big_endian(std::string& to, std::uint64_t value, int width) {
  for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
    to.push_back(static_cast<char>(value >> shift));
}

bool is_known(net::opcode op) {
  using net::opcode;
  return op == opcode::text || op == opcode::binary || op == opcode::close || op == opcode::ping || op == opcode::pong;
}

} // namespace

frame_state read_frame(std::string_view data, std::size_t payload_bytes_max, server_frame& out) {
  if (data.size() < 2)
    return frame_state::unfinished;
  out.op = static_cast<net::opcode>(byte_at(data, 0) & 0x7f);
  std::uint64_t length = byte_at(data, 1);
  if ((byte_at(data, 0) & fin) == 0 || !is_known(out.op) || (length & masked) != 0)
    return frame_state::broken;
  std::size_t header = 2;
  if (length >= 126) {
    std::size_t width = length == 126 ? 2 : 8;
    header += width;
    if (data.size() < header)
      return frame_state::unfinished;
    length = 0;
    for (std::size_t i = 2; i < header; ++i)
      length = length << 8 | byte_at(data, i);
  }
  if (length > payload_bytes_max)
    return frame_state::broken;
  out.size = header + length;
  if (data.size() < out.size)
    return frame_state::unfinished;
  out.payload = data.substr(header, length);
  return frame_state::whole;
}

void append_frame(std::string& to, net::opcode op, std::string_view payload, std::uint32_t mask) {
  to.push_back(static_cast<char>(fin | static_cast<std::uint8_t>(op)));
  if (payload.size() < 126) {
    to.push_back(static_cast<char>(masked | payload.size()));
  } else {
    bool is_short = payload.size() <= 0xffff;
    to.push_back(static_cast<char>(masked | (is_short ? 126 : 127)));
    append_big_endian(to, payload.size(), is_short ? 2 : 8);
  }
  append_big_endian(to, mask, 4);
  std::array<std::uint8_t, 4> key_bytes;
  for (std::size_t i = 0; i < 4; ++i)
    key_bytes[i] = static_cast<std::uint8_t>(mask >> (24 - 8 * i));
  auto begin = to.size();
  to.append(payload);
  net::apply_mask({reinterpret_cast<std::uint8_t*>(to.data()) + begin, payload.size()}, key_bytes, 0);
}

std::string handshake_request(std::string_view authority) {
  return "GET /v1/ws HTTP/1.1\r\nHost: " + std::string{authority} +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         std::string{key} + "\r\nSec-WebSocket-Protocol: " + std::string{net::subprotocol(net::codec::json)} +
         "\r\nUser-Agent: charter-load\r\n\r\n";
}

bool is_handshake_accepted(std::string_view header) {
  return header.starts_with("HTTP/1.1 101 ") &&
         header.find("Sec-WebSocket-Accept: " + net::websocket_accept(key) + "\r\n") != header.npos;
}

} // namespace charter::load
