#pragma once
// The journal's ledger: what must still be there at the next start.
//
// LevelDB does not notice when a log file vanishes: it replays the ones it finds. So a small file beside it, LEDGER,
// names the live log files, and each shard's last position when it was written. It is rewritten before LevelDB writes
// to a new log and before it removes an old one, and on a clean end. At start every log it names must exist, and no
// shard may end before the position it knows. What a crash leaves open is the end of the newest log only.
//
// Writing it syncs the directory, so the new log's name is durable as well, which LevelDB by itself does not see to.
// Called by LevelDB's threads and by the journal's writer; locks are its own.
// What can fail: the file system (LevelDB then gets an I/O error); a missing or damaged ledger refuses to start.

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include <leveldb/env.h>

#include "storage/journal.hpp"

namespace charter::storage {

struct ledger {
  std::set<std::string> logs; ///< file names
  std::map<shard_id, position> heads;
};

/// Errors: `internal` when it is missing or damaged, `unavailable` when a newer version wrote it.
result<ledger> read_ledger(const std::string& journal_directory);
status write_ledger(const std::string& journal_directory, const ledger& known);

/// Refuses with `internal` when a log file that the ledger names is missing.
status check_logs(const std::string& journal_directory, const ledger& known);

/// The file system as LevelDB sees it, with the ledger kept on the way.
class ledger_env : public leveldb::EnvWrapper {
public:
  /// `is_new`: there is no ledger yet.
  ledger_env(std::string journal_directory, bool is_new);

  /// LevelDB's first step. Reads and checks the ledger once the lock is ours, since a running process changes it.
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  leveldb::Status RemoveFile(const std::string& path) override;

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
};

} // namespace charter::storage
