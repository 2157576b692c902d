#pragma once
// The replicas' journals once their nodes have stopped: whether each is sound, and all are the same. LevelDB is one
// process's at a time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace charter::chaos {

struct journals_compared {
  std::vector<std::string> differences; ///< sentences; the first ones
  std::size_t shards = 0;
  std::uint64_t records = 0; ///< in the first one
};

/// Of every shard the same positions with the same headers, and the same bodies where neither is erased.
journals_compared compare_journals(const std::vector<std::filesystem::path>& directories);

} // namespace charter::chaos
