#include "net/frame.hpp"

#include "domain/result.hpp"

namespace charter::net {

namespace {

constexpr std::size_t control_payload_max = 125;

void append_header(bytes& out, opcode op, std::size_t size) {
  out.push_back(static_cast<std::uint8_t>(0x80 | static_cast<std::uint8_t>(op)));
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

} // namespace

shared_frame make_frame(opcode op, byte_view payload) {
  CHARTER_ASSERT(op < opcode::close || payload.size() <= control_payload_max);
  auto made = std::make_shared<frame>();
  made->wire.reserve(payload.size() + 10);
  append_header(made->wire, op, payload.size());
  made->wire.insert(made->wire.end(), payload.begin(), payload.end());
  return made;
}

shared_frame make_message(codec c, byte_view payload) {
  return make_frame(c == codec::json ? opcode::text : opcode::binary, payload);
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

shared_frame concatenate(std::span<const shared_frame> frames) {
  if (frames.size() == 1)
    return frames.front();
  auto made = std::make_shared<frame>();
  std::size_t total = 0;
  for (auto& f : frames)
    total += f->wire.size();
  made->wire.reserve(total);
  for (auto& f : frames)
    made->wire.insert(made->wire.end(), f->wire.begin(), f->wire.end());
  return made;
}

} // namespace charter::net
