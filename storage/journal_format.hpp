#pragma once
// How the journal's keys and values look inside LevelDB. Pure: bytes in, bytes out.
//
//   key    table u8 | shard u16 | position u64, big endian, so that LevelDB's order is the log's order
//   value  format u8 | crc32c u32 big endian | flags u8 | payload
//
// The crc covers key, format, flags and payload, so a value under a wrong key is noticed. It stands in each value for
// itself: a header must not carry its body's crc, from which a short erased body could be guessed.
// Tables are apart, so that compacting bodies after an erasure leaves headers alone.
// What can fail: `internal` for damage; `unavailable` for a format of a newer version, which is never skipped.

#include <string>
#include <string_view>

#include "storage/journal.hpp"

namespace charter::storage {

enum class table : std::uint8_t {
  meta = 0,   ///< shard 0, position 0: the directory's id
  head = 1,   ///< position 0: payload is the last position, u64 big endian
  header = 2, ///< one per record; flag 1: it has, or had, a body
  body = 3,   ///< flag 1: erased, the payload is empty
};

inline constexpr std::uint8_t record_format_known = 1;
inline constexpr std::uint8_t has_body_flag = 1;
inline constexpr std::uint8_t erased_flag = 1;

struct row_place {
  table where = table::meta;
  shard_id shard = 0;
  position at = 0;
};

std::string row_key(table where, shard_id shard, position at);
bool parse_row_key(std::string_view key, row_place& place);

struct framed {
  std::uint8_t flags = 0;
  byte_view payload; ///< into the value
};

std::string frame(std::string_view key, std::uint8_t flags, byte_view payload);
result<framed> unframe(std::string_view key, std::string_view value);

std::string head_payload(position last);
/// Errors: `internal` unless it is eight bytes.
result<position> parse_head_payload(byte_view payload);

/// "shard 3 position 17", for messages.
std::string place_text(shard_id shard, position at);

} // namespace charter::storage
