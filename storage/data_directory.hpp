#pragma once
// A data directory: who it is, and what stands where in it.
//
//   DIRECTORY   its identity, below; text, written as a whole
//   journal/    LevelDB: each shard's log, and LEDGER (storage/leveldb_ledger.hpp)
//   store/      LevelDB: rows that can be rebuilt from the journal
//
// The id tells two directories apart when replicas report what they hold; the journal carries it too, so that one
// directory's journal under another's name is noticed. Written by the process that holds the journal's lock.
// What can fail: the file system; a directory that a newer version made (`unavailable`, and it stays untouched).

#include <cstdint>
#include <string>

#include "domain/environment.hpp"
#include "domain/ids.hpp"
#include "domain/result.hpp"

namespace charter::storage {

/// What this build can read and write at most.
inline constexpr std::uint32_t format_level_known = 1;

struct directory_identity {
  std::string id;                 ///< 32 hex digits, random
  shard_id shards = 16;           ///< fixed when the directory is made; the vault's shards come on top
  std::uint32_t format_level = 1; ///< writers emit nothing newer; raised when all replicas can read it
  std::uint64_t incarnation = 1;  ///< raised by a restore, so that effects of another past are not taken for known
};

std::string journal_path(const std::string& directory);
std::string store_path(const std::string& directory);

/// Makes the directory (its parent must exist) with an empty journal. Errors: `conflict` when something is in it.
result<directory_identity> create_data_directory(const std::string& directory, shard_id shards, environment& env);

/// Errors: `not_found`; `unavailable` for one of a newer version; `internal` when it is no such file.
result<directory_identity> read_directory_identity(const std::string& directory);

/// Replaces it as a whole.
status write_directory_identity(const std::string& directory, const directory_identity& identity);

} // namespace charter::storage
