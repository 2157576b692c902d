#pragma once
// The replicas' journals: whether each is sound, and all are the same. LevelDB is one process's at a time, so nodes
// have stopped, or stand still while a look-alike is made.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "domain/result.hpp"

namespace charter::chaos {

struct journals_compared {
  std::vector<std::string> differences; ///< sentences; the first ones
  std::size_t shards = 0;
  std::uint64_t records = 0; ///< in the first one
};

/// Of every shard the same positions with the same headers, and the same bodies where neither is erased.
journals_compared compare_journals(const std::vector<std::filesystem::path>& directories);

/// Of the journal in a data directory whose process stands still, below `to`, which is on the same disk: tables are
/// hard links, the rest is copied. Errors: the file system's.
status copy_journal(const std::filesystem::path& directory, const std::filesystem::path& to);

/// Likewise of one shard, as far as all of them have come. Nothing is said of what only some have.
journals_compared compare_beginnings(const std::vector<std::filesystem::path>& directories, shard_id shard);

} // namespace charter::chaos
