#pragma once
// The store on disk: one LevelDB below a data directory's `store/`.
//
// Thread-safe. Not synced: rows are folded from the journal, so a store that is lost or damaged is removed and rebuilt.
// A Bloom filter answers most look-ups of absent keys without touching a table.

#include <memory>
#include <string>

#include "storage/store.hpp"

namespace charter::storage {

struct leveldb_store_options {
  std::size_t write_buffer_bytes = 16u << 20;
  std::size_t cache_bytes = 32u << 20;
};

/// `directory` is a data directory; the store in it is created when absent. Errors: `conflict` when another process
/// uses it; `internal` when it is damaged: it says so, and removing `store/` has it rebuilt.
result<std::unique_ptr<store>> open_leveldb_store(const std::string& directory, leveldb_store_options options = {});

} // namespace charter::storage
