#pragma once
// The journal's ledger: what must still be there at the next start.
//
// LevelDB does not notice when a log file vanishes: it replays the ones it finds. Nor, in the middle of its logs, when
// the end of an older one is gone. So a small file beside it, LEDGER, names the live log files, each with the shards'
// last positions when it was begun, and the last positions known when the ledger was written. It is rewritten before
// LevelDB writes to a new log and before it removes an old one, and on a clean end. At start every log it names must
// exist, no shard may end before the position it knows, and there must be no hole since the oldest log was begun
// (what is older lies in tables, which carry checksums and are counted by the manifest).
// What a crash leaves open is the end of the newest log only.
//
// Writing it syncs the directory, so the new log's name is durable as well, which LevelDB by itself does not see to.
// Called by LevelDB's threads and by the journal's writer; locks are its own.
// What can fail: the file system (LevelDB then gets an I/O error); a missing or damaged ledger refuses to start.

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include <leveldb/env.h>

#include "storage/journal.hpp"

namespace charter::storage {

using shard_heads = std::map<shard_id, position>;

struct ledger {
  std::map<std::string, shard_heads> logs; ///< file name, and the heads when it was begun
  shard_heads heads;                       ///< when it was written

  /// Where `shard` stood when the oldest live log was begun.
  position base_of(shard_id shard) const;
};

/// Errors: `internal` when it is missing or damaged, `unavailable` when a newer version wrote it.
result<ledger> read_ledger(const std::string& journal_directory);
status write_ledger(const std::string& journal_directory, const ledger& known);

/// Refuses with `internal` when a log file that the ledger names is missing.
status check_logs(const std::string& journal_directory, const ledger& known);

/// The file system as LevelDB sees it, with the ledger kept on the way.
class ledger_env : public leveldb::EnvWrapper {
public:
  /// `is_new`: there is no ledger yet. A null `below` is the real file system.
  ledger_env(std::string journal_directory, bool is_new, leveldb::Env* below = nullptr);

  /// LevelDB's first step. Reads and checks the ledger once the lock is ours, since a running process changes it.
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status RemoveFile(const std::string& path) override;

  /// The journal was found whole up to `heads`, and LevelDB has moved all of it into tables.
  status trust(const shard_heads& heads);

  /// Notes a durable position; written down with the next change of files.
  void note(shard_id shard, position last);

  /// Writes everything down, at a clean end.
  status save();

  /// As it was when the lock was taken.
  const ledger& at_start() const { return at_start_; }
  /// Why the lock was given back, if it was for the ledger's sake.
  const std::optional<refusal>& objection() const { return objection_; }

private:
  bool is_log(const std::string& path) const;
  std::string name_of(const std::string& path) const;
  leveldb::Status save_locked();

  std::string directory_;
  bool is_new_;
  ledger at_start_;
  std::optional<refusal> objection_;
  std::mutex mutex_;
  ledger known_;
  bool trusted_ = false; ///< before that a new log stands in for those it replaces, or a failed start hid the damage
};

} // namespace charter::storage
