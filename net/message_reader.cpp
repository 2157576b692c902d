#include "net/message_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "net/deflate.hpp"

namespace charter::net {

namespace {

constexpr std::uint8_t rsv1 = 0x40;
constexpr std::uint8_t other_reserved = 0x30;

std::uint64_t big_endian(const std::uint8_t* from, std::size_t width) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < width; ++i)
    value = value << 8 | from[i];
  return value;
}

/// Bytes of a header, judged by its first two.
std::size_t header_length(std::uint8_t second) {
  std::size_t extended = (second & 0x7f) == 126 ? 2 : (second & 0x7f) == 127 ? 8 : 0;
  return 2 + extended + 4;
}

} // namespace

void apply_mask(std::span<std::uint8_t> data, const std::array<std::uint8_t, 4>& mask, std::uint64_t offset) {
  std::array<std::uint8_t, 8> turned;
  for (std::size_t i = 0; i < 8; ++i)
    turned[i] = mask[(offset + i) & 3];
  std::uint64_t wide;
  std::memcpy(&wide, turned.data(), 8);
  std::size_t i = 0;
  for (; i + 8 <= data.size(); i += 8) {
    std::uint64_t word;
    std::memcpy(&word, &data[i], 8);
    word ^= wide;
    std::memcpy(&data[i], &word, 8);
  }
  for (; i < data.size(); ++i)
    data[i] ^= turned[i & 7];
}

bool is_sendable_close_code(std::uint16_t code) {
  if (code >= 3000)
    return code <= 4999;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

message_reader::event message_reader::violation(close_code code, std::string_view reason) const {
  return {event::type::violation, {}, static_cast<std::uint16_t>(code), reason};
}

std::optional<message_reader::event> message_reader::next(byte_view& input, const std::function<bool()>& may_inflate) {
  for (;;) {
    if (!in_payload_) {
      if (auto problem = read_header(input))
        return problem;
      if (!in_payload_)
        return std::nullopt;
    }
    if (auto problem = read_payload(input))
      return problem;
    if (frame_left_ > 0)
      return std::nullopt;
    in_payload_ = false;
    auto done = finish_frame();
    if (!done)
      continue;
    if (done->what != event::type::message || !compressed_)
      return done;
    if (!may_inflate())
      return violation(close_code::policy_violation, "compressed messages grew by too much");
    return inflate(std::move(done->payload));
  }
}

std::optional<message_reader::event> message_reader::read_header(byte_view& input) {
  while (!input.empty()) {
    header_[header_size_++] = input.front();
    input = input.subspan(1);
    // What is wrong shows in the first two bytes, long before a length or a mask has come.
    if (header_size_ == 2)
      if (auto problem = check_header())
        return problem;
    if (header_size_ < 2 || header_size_ < header_length(header_[1]))
      continue;
    auto length_width = header_size_ - std::size_t{6};
    frame_left_ = length_width == 0 ? header_[1] & 0x7fu : big_endian(&header_[2], length_width);
    std::copy_n(&header_[header_size_ - 4], 4, mask_.begin());
    header_size_ = 0;
    frame_done_ = 0;
    if (length_width == 8 && frame_left_ >> 63)
      return violation(close_code::protocol_error, "frame length with its highest bit set");
    if (length_width > 0 && frame_left_ < (length_width == 2 ? 126u : 65536u))
      return violation(close_code::protocol_error, "frame length not in its shortest form");
    if (!is_control() && frame_left_ > message_bytes_max_ - std::min(message_bytes_max_, message_.size()))
      return violation(close_code::too_big, "message too large");
    in_payload_ = true;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<message_reader::event> message_reader::check_header() {
  bool has_rsv1 = header_[0] & rsv1;
  if ((header_[0] & other_reserved) || (has_rsv1 && !deflates_))
    return violation(close_code::protocol_error, "reserved bit set without an extension that uses it");
  if (!(header_[1] & 0x80))
    return violation(close_code::protocol_error, "frame without a mask");
  fin_ = header_[0] & 0x80;
  op_ = static_cast<opcode>(header_[0] & 0x0f);
  if (has_rsv1 && op_ != opcode::text && op_ != opcode::binary)
    return violation(close_code::protocol_error, "only a message's first frame says that it is compressed");
  switch (op_) {
    case opcode::continuation:
      if (!in_message_)
        return violation(close_code::protocol_error, "continuation of nothing");
      break;
    case opcode::text:
    case opcode::binary:
      if (in_message_)
        return violation(close_code::protocol_error, "new message inside a fragmented one");
      if (op_ == opcode::binary && codec_ == codec::json)
        return violation(close_code::unsupported_data, "charter.v1.json takes text frames only");
      if (op_ == opcode::text && codec_ == codec::msgpack)
        return violation(close_code::unsupported_data, "charter.v1.msgpack takes binary frames only");
      in_message_ = true;
      compressed_ = has_rsv1;
      fragments_ = 0;
      break;
    case opcode::close:
    case opcode::ping:
    case opcode::pong:
      if (!fin_)
        return violation(close_code::protocol_error, "fragmented control frame");
      if ((header_[1] & 0x7f) > 125)
        return violation(close_code::protocol_error, "control frame over 125 bytes");
      return std::nullopt;
    default: return violation(close_code::protocol_error, "reserved opcode");
  }
  if (++fragments_ > fragments_max_)
    return violation(close_code::policy_violation, "message in too many fragments");
  return std::nullopt;
}

std::optional<message_reader::event> message_reader::read_payload(byte_view& input) {
  auto& target = is_control() ? control_ : message_;
  auto size = static_cast<std::size_t>(std::min<std::uint64_t>(frame_left_, input.size()));
  auto held = target.size();
  target.insert(target.end(), input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
  input = input.subspan(size);
  auto fresh = std::span(target).subspan(held);
  apply_mask(fresh, mask_, frame_done_);
  frame_done_ += size;
  frame_left_ -= size;
  if (!is_control() && !compressed_ && codec_ == codec::json && !utf8_.feed(fresh))
    return violation(close_code::invalid_payload, "text is not UTF-8");
  return std::nullopt;
}

std::optional<message_reader::event> message_reader::finish_frame() {
  if (is_control())
    return finish_control();
  if (!fin_)
    return std::nullopt;
  return finish_message();
}

message_reader::event message_reader::finish_message() {
  in_message_ = false;
  if (!compressed_ && !utf8_.complete())
    return violation(close_code::invalid_payload, "text ends inside a character");
  utf8_.reset();
  return {event::type::message, std::exchange(message_, {})};
}

message_reader::event message_reader::inflate(bytes deflated) const {
  auto made = inflate_payload(deflated, message_bytes_max_);
  if (made.how == inflated::outcome::too_big) {
    auto too_big = violation(close_code::too_big, "message too large once it is inflated");
    too_big.bytes_won = message_bytes_max_;
    return too_big;
  }
  if (made.how == inflated::outcome::broken)
    return violation(close_code::invalid_payload, "message is no whole DEFLATE");
  if (codec_ == codec::json && !is_utf8(made.plain))
    return violation(close_code::invalid_payload, "text is not UTF-8");
  auto won = made.plain.size() - std::min(made.plain.size(), deflated.size());
  return {event::type::message, std::move(made.plain), 0, {}, won};
}

std::optional<message_reader::event> message_reader::finish_control() {
  auto payload = std::exchange(control_, {});
  if (op_ == opcode::ping)
    return event{event::type::ping, std::move(payload)};
  if (op_ == opcode::pong)
    return event{event::type::pong, std::move(payload)};
  if (payload.empty())
    return event{event::type::close, {}};
  if (payload.size() == 1)
    return violation(close_code::protocol_error, "close frame with half a code");
  auto code = static_cast<std::uint16_t>(big_endian(payload.data(), 2));
  if (!is_sendable_close_code(code))
    return violation(close_code::protocol_error, "close code that nobody may send");
  if (!is_utf8(byte_view(payload).subspan(2)))
    return violation(close_code::invalid_payload, "close reason is not UTF-8");
  return event{event::type::close, {}, code};
}

} // namespace charter::net
