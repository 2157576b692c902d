#pragma once
// The journal on disk: one LevelDB per data directory, below `journal/` (keys: storage/journal_format.hpp).
//
// One thread appends, any thread reads or erases. Every append is synced. The directory has one process at a time.
// At start the journal is opened only when nothing is missing: the log files and positions that the ledger knows, every
// record since the oldest log was begun, nothing after the heads. That is cheap; `inspect` checks every record.
// What can fail: see each function; in doubt the journal refuses to open and says what to do.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "storage/data_directory.hpp"
#include "storage/journal.hpp"

namespace leveldb {
class Env;
}

namespace charter::storage {

struct leveldb_journal_options {
  /// Changes are refused before less than this is free, so that compaction and erasure still have room. A compaction
  /// has its result beside its input before that is removed, up to some 64 MiB: no less than that outside of tests.
  std::uint64_t reserve_bytes = 256u << 20;
  /// A log is replayed at start up to this size, and is fully rewritten by an erasure.
  std::size_t write_buffer_bytes = 8u << 20;
  std::size_t cache_bytes = 16u << 20;
  /// For tests; by default the file system is asked.
  std::function<std::uint64_t()> free_bytes;
  /// For tests that cut the power; by default the real file system. Outlives the journal.
  leveldb::Env* file_system = nullptr;
};

/// `directory` is a data directory (storage/data_directory.hpp). Errors: `conflict` when another process uses it;
/// `not_found`; `unavailable` when a newer version wrote it; `internal` when something is missing or damaged.
result<std::unique_ptr<journal>> open_leveldb_journal(const std::string& directory,
                                                      leveldb_journal_options options = {});

/// An empty journal for a new data directory; `create_data_directory` calls it.
status create_leveldb_journal(const std::string& directory, const directory_identity& identity);

} // namespace charter::storage
