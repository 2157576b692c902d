#include "net/frame.hpp"

#include <utility>

#include "domain/result.hpp"
#include "net/deflate.hpp"

namespace charter::net {

namespace {

constexpr std::size_t control_payload_max = 125;
constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t rsv1 = 0x40; ///< compressed

void append_header(bytes& out, std::uint8_t flags, opcode op, std::size_t size) {
  out.push_back(static_cast<std::uint8_t>(flags | static_cast<std::uint8_t>(op)));
  auto append_big_endian = [&](int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(size) >> shift));
  };
  if (size <= 125) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size <= 0xffff) {
    out.push_back(126);
    append_big_endian(2);
  } else {
    out.push_back(127);
    append_big_endian(8);
  }
}

bytes wire_of(std::uint8_t flags, opcode op, byte_view payload) {
  bytes wire;
  wire.reserve(payload.size() + 10);
  append_header(wire, flags, op, payload.size());
  wire.insert(wire.end(), payload.begin(), payload.end());
  return wire;
}

/// Of a frame that was made here.
opcode opcode_of(const bytes& wire) { return static_cast<opcode>(wire.front() & 0x0f); }
byte_view payload_of(const bytes& wire) {
  auto length = wire[1];
  return byte_view(wire).subspan(length == 127 ? 10 : length == 126 ? 4 : 2);
}

template <class Form>
shared_bytes join(std::span<const shared_frame> parts, Form form) {
  bytes joined;
  std::size_t total = 0;
  for (auto& part : parts)
    total += form(*part)->size();
  joined.reserve(total);
  for (auto& part : parts)
    joined.insert(joined.end(), form(*part)->begin(), form(*part)->end());
  return std::make_shared<const bytes>(std::move(joined));
}

} // namespace

frame::frame(std::vector<shared_frame> parts)
    : plain_(join(parts, [](const frame& part) { return part.plain(); })), parts_(std::move(parts)) {}

const shared_bytes& frame::deflated(deflate_tally& tally) const {
  std::call_once(deflated_once_, [&] { deflated_ = deflate(tally); });
  return deflated_;
}

shared_bytes frame::deflate(deflate_tally& tally) const {
  if (auto parts = std::exchange(parts_, {}); !parts.empty())
    return join(parts, [&](const frame& part) { return part.deflated(tally); });
  if (secrecy_ == secrecy::secret)
    return plain_;
  auto payload = payload_of(*plain_);
  if (payload.size() < deflate_bytes_min)
    return plain_;
  auto smaller = deflate_payload(payload);
  ++tally.messages;
  tally.bytes_in += payload.size();
  tally.bytes_out += smaller ? smaller->size() : payload.size();
  if (!smaller)
    return plain_;
  return std::make_shared<const bytes>(wire_of(fin | rsv1, opcode_of(*plain_), *smaller));
}

shared_frame make_frame(opcode op, byte_view payload) {
  CHARTER_ASSERT(op < opcode::close || payload.size() <= control_payload_max);
  return std::make_shared<const frame>(wire_of(fin, op, payload), secrecy::secret);
}

shared_frame make_message(codec c, byte_view payload, secrecy s) {
  return std::make_shared<const frame>(wire_of(fin, c == codec::json ? opcode::text : opcode::binary, payload), s);
}

shared_frame make_close(std::uint16_t code, std::string_view reason) {
  bytes payload;
  if (code != 0) {
    auto size = std::min(reason.size(), control_payload_max - 2);
    // A cut must not leave half a character: the reason has to be UTF-8.
    while (size < reason.size() && size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xc0) == 0x80)
      --size;
    payload = {static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)};
    payload.insert(payload.end(), reason.begin(), reason.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return make_frame(opcode::close, payload);
}

shared_frame concatenate(std::vector<shared_frame> frames) {
  if (frames.size() == 1)
    return std::move(frames.front());
  return std::make_shared<const frame>(std::move(frames));
}

} // namespace charter::net
