#pragma once
// How a batch of records looks as one value in etcd. Pure: bytes in, bytes out.
//
//   format u8 | crc32c u32 | first position u64 | mark of the record before it u64 | count u32
//             | count × (header size u32 | body size u32 | header | body)
//
// Format 1 has no mark. Big endian. The crc covers the key and everything but itself, so a value under a wrong key is
// noticed. What can fail: `internal` for damage; `unavailable` for a format of a newer version, which is never skipped.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/record_mark.hpp"

namespace charter::cluster {

struct log_batch {
  shard_id shard = 0;
  storage::position first = 0;
  std::vector<storage::log_record> records; ///< at least one
  std::optional<record_mark> before{};      ///< of the record that it follows; nothing: an older version wrote it
  storage::position last() const { return first + records.size() - 1; }
};

/// `after`: what the records follow.
std::string encode_batch(std::string_view key, const log_end& after, std::span<const storage::log_record> records);

/// `shard` is taken over.
result<log_batch> decode_batch(shard_id shard, std::string_view key, std::string_view value);

} // namespace charter::cluster
