#pragma once
// A look-alike of a journal's directory to open without touching the original.
//
// Tables never change, so they are hard links; everything small (logs, manifest, CURRENT) is copied. What a compaction
// left behind when it was cut short has the name of a table that LevelDB makes next: `env` sees to it that such a file
// is replaced, since writing into it would reach the original. Holds the original's lock as long as it lives, and
// removes what it made. What can fail: `conflict` when the original is in use; the file system.

#include <memory>
#include <string>

#include "storage/leveldb_engine.hpp"

namespace charter::storage {

class shadow {
public:
  ~shadow();
  shadow(const shadow&) = delete;
  shadow& operator=(const shadow&) = delete;

  /// Of the look-alike; made afresh by each call.
  result<std::string> make();
  /// What the look-alike must be opened with.
  leveldb::Env* env() { return &env_; }
  const std::string& original() const { return original_; }

private:
  shadow(std::string original, std::string copy) : original_(std::move(original)), copy_(std::move(copy)) {}
  friend result<std::unique_ptr<shadow>> lock_for_shadow(const std::string& original, const std::string& copy);

  struct replacing_env : leveldb::EnvWrapper {
    replacing_env() : EnvWrapper(leveldb::Env::Default()) {}
    leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  };

  std::string original_;
  std::string copy_;
  replacing_env env_;
  leveldb::FileLock* lock_ = nullptr;
};

/// `copy` must be on the same file system, and nothing of value.
result<std::unique_ptr<shadow>> lock_for_shadow(const std::string& original, const std::string& copy);

} // namespace charter::storage
