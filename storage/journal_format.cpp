#include "storage/journal_format.hpp"

#include "storage/crc32c.hpp"

namespace charter::storage {

namespace {

constexpr std::size_t key_bytes = 1 + 2 + 8;
constexpr std::size_t frame_bytes = 1 + 4 + 1;

template <class Unsigned>
void put_big_endian(std::string& out, Unsigned number) {
  for (int shift = 8 * (sizeof number - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(number >> shift));
}

std::uint64_t get_big_endian(std::string_view data) {
  std::uint64_t number = 0;
  for (char c : data)
    number = number << 8 | static_cast<std::uint8_t>(c);
  return number;
}

std::uint32_t frame_crc(std::string_view key, std::uint8_t format, std::uint8_t flags, byte_view payload) {
  const std::uint8_t lead[] = {format, flags};
  return crc32c(payload, crc32c(lead, crc32c(view_of(key))));
}

} // namespace

std::string row_key(table where, shard_id shard, position at) {
  std::string key;
  key.reserve(key_bytes);
  key.push_back(static_cast<char>(where));
  put_big_endian(key, shard);
  put_big_endian(key, at);
  return key;
}

bool parse_row_key(std::string_view key, row_place& place) {
  if (key.size() != key_bytes || static_cast<std::uint8_t>(key[0]) > static_cast<std::uint8_t>(table::body))
    return false;
  place.where = static_cast<table>(key[0]);
  place.shard = static_cast<shard_id>(get_big_endian(key.substr(1, 2)));
  place.at = get_big_endian(key.substr(3));
  return true;
}

std::string frame(std::string_view key, std::uint8_t flags, byte_view payload) {
  std::string value;
  value.reserve(frame_bytes + payload.size());
  value.push_back(static_cast<char>(record_format_known));
  put_big_endian(value, frame_crc(key, record_format_known, flags, payload));
  value.push_back(static_cast<char>(flags));
  value += text_of(payload);
  return value;
}

result<framed> unframe(std::string_view key, std::string_view value) {
  if (value.size() < frame_bytes)
    return refuse(errc::internal, "the value is too short to be one");
  auto format = static_cast<std::uint8_t>(value[0]);
  if (format > record_format_known)
    return refuse(errc::unavailable, "written by a newer version of Charter (format " + std::to_string(format) +
                                         ", this one knows " + std::to_string(record_format_known) + ")");
  framed out{static_cast<std::uint8_t>(value[5]), view_of(value.substr(frame_bytes))};
  if (format == 0 || get_big_endian(value.substr(1, 4)) != frame_crc(key, format, out.flags, out.payload))
    return refuse(errc::internal, "checksum mismatch");
  return out;
}

std::string head_payload(position last) {
  std::string out;
  put_big_endian(out, last);
  return out;
}

result<position> parse_head_payload(byte_view payload) {
  if (payload.size() != sizeof(position))
    return refuse(errc::internal, "a head record must have eight bytes");
  return get_big_endian(text_of(payload));
}

std::string place_text(shard_id shard, position at) {
  return "shard " + std::to_string(shard) + " position " + std::to_string(at);
}

} // namespace charter::storage
