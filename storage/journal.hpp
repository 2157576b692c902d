#pragma once
// The journal: each shard's numbered log of records, durable before anybody hears of them.
//
// A record is a header and an erasable body under a sibling key. Positions run from 1 without a hole, so a vanished
// file is noticed. One thread appends (the journal-writer actor's); any thread may read or erase.
// What can fail: a full disk refuses before the reserve is touched; a LevelDB write error is fatal (see `append`).

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "domain/bytes.hpp"
#include "domain/ids.hpp"
#include "domain/result.hpp"

namespace charter::storage {

/// In a shard's log, from 1; 0 is before the first record.
using position = std::uint64_t;

struct log_record {
  bytes header; ///< holds a salted SHA-256 of the body, see domain/codec/change_codec.hpp
  bytes body;   ///< empty when the record has none, or when it was erased
};

/// Lands as a whole right after `expected`, or not at all.
struct append_batch {
  shard_id shard = 0;
  position expected = 0;
  std::vector<log_record> records;
};

enum class append_outcome : std::uint8_t {
  durable,  ///< on disk (fdatasync returned)
  conflict, ///< the head is not at `expected`; nothing was written
  no_space, ///< the reserve of free space would be touched; nothing was written
};

class journal {
public:
  virtual ~journal() = default;

  /// Appends all batches with one sync. Outcomes in the order of `batches`. Two batches of one shard follow each other.
  /// Throws std::runtime_error when the engine fails: the outcome is unknown and the process must end.
  virtual std::vector<append_outcome> append(std::span<const append_batch> batches) = 0;

  /// Calls `visit(position, record)` from `from` on, in order, until the end or until it returns false.
  /// The end is the head as of the call. `visit` may use the journal.
  /// Errors: `internal` with what and where when a record is damaged or missing (crc, continuity); `unavailable` when a
  /// newer version wrote it.
  using visitor = std::function<bool(position, const log_record&)>;
  virtual status read(shard_id shard, position from, const visitor& visit) const = 0;

  /// Position of the last record, 0 when there is none.
  virtual position head(shard_id shard) const = 0;

  /// All shards that have records, ascending.
  virtual std::vector<shard_id> shards() const = 0;

  /// Removes bodies for good: marks them, compacts the range, and looks that no file holds them. Blocks while that
  /// takes. Repeating is harmless. Errors: `invalid_params` for a position past the head; `unavailable`: repeat it.
  virtual status erase_bodies(shard_id shard, std::span<const position> positions) = 0;

  /// Free bytes above the reserve; changes are refused at 0.
  virtual std::uint64_t room_bytes() const = 0;

  /// False once other programs have used up the reserve as well. Rows stand on the same disk: leave them alone then.
  virtual bool has_reserve() const { return true; }
};

} // namespace charter::storage
