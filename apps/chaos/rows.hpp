#pragma once
// The replicas' rows once their nodes have stopped: whether all have folded the same from their journals.
//
// Three tables are a node's own (storage::tables::is_folded): snapshots (S), which each takes in its own time; cursors
// of effects (f), which a shard's owner keeps; and erasures on their way (X), which each node does in its own time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace charter::chaos {

struct rows_compared {
  std::vector<std::string> differences; ///< sentences, one for each table and directory
  std::uint64_t rows = 0;               ///< in the first one
};

/// The same keys with the same values, in order.
rows_compared compare_rows(const std::vector<std::filesystem::path>& directories);

} // namespace charter::chaos
