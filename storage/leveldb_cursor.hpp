#pragma once
// Walks one shard's records in LevelDB, headers and bodies side by side, and says of each step whether it is sound.
//
// The journal reads through it and stops at the first damage; `inspect` goes on and collects.
// A cursor belongs to one thread, sees the shard as it was when made, and is short-lived, since old files stay while it
// is there.

#include <memory>
#include <optional>

#include "storage/journal_format.hpp"
#include "storage/leveldb_engine.hpp"

namespace charter::storage {

/// Body of a record as it lies on disk.
enum class body_state : std::uint8_t { none, present, erased };

/// One record, or a stretch of positions where there should have been some.
struct cursor_step {
  position first = 0;
  position last = 0; ///< == first for a record
  log_record record;
  body_state body = body_state::none;
  std::optional<refusal> damage; ///< `record` is then incomplete
};

class record_cursor {
public:
  record_cursor(engine& engine, shard_id shard, position from, bool fill_cache);

  /// False after the shard's last record.
  bool next(cursor_step& step);

  /// Damage that the engine met on the way and stepped over.
  leveldb::Status trouble() const;

private:
  bool at_header(position& at) const;
  void take_header(cursor_step& step, bool& has_body);
  void take_body(cursor_step& step, bool has_body);
  bool skip_orphans(cursor_step& step, position until);

  reader_gate::pass pass_; // leaves after the iterators
  shard_id shard_;
  position expected_;
  std::unique_ptr<leveldb::Iterator> headers_;
  std::unique_ptr<leveldb::Iterator> bodies_;
};

} // namespace charter::storage
