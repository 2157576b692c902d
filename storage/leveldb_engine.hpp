#pragma once
// What the journal and the store share of LevelDB: opening it with care, its errors, and who is reading.
//
// Only files named leveldb_* and inspect.cpp include this. An engine may be used by any thread.
// What can fail: see `to_refusal`, the one place where LevelDB's codes become ours.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include <leveldb/db.h>
#include <leveldb/env.h>

#include "domain/bytes.hpp"
#include "domain/result.hpp"

namespace leveldb {
class Cache;
class FilterPolicy;
} // namespace leveldb

namespace charter::storage {

/// `what` is the deed, with its file: "open /var/lib/charter/journal".
refusal to_refusal(const leveldb::Status& problem, std::string_view what);

/// For calls whose failure leaves the outcome unknown: the process must end.
void throw_unless_ok(const leveldb::Status& outcome, std::string_view what);

inline leveldb::Slice slice_of(byte_view data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
using charter::text_of; // of bytes, beside the one below
inline std::string_view text_of(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

/// Reads that check what they read.
leveldb::ReadOptions checked_reads(bool fill_cache = true);

/// Counts readers, since LevelDB keeps an old file as long as an iterator may need it.
class reader_gate {
public:
  class pass {
  public:
    explicit pass(reader_gate& gate) : gate_(gate), number_(gate.enter()) {}
    ~pass() { gate_.leave(number_); }
    pass(const pass&) = delete;
    pass& operator=(const pass&) = delete;

  private:
    reader_gate& gate_;
    std::uint64_t number_;
  };

  /// False when a reader that began before this call is still at it after `patience`. Newcomers are not held up.
  bool wait_for_earlier(std::chrono::milliseconds patience);

private:
  std::uint64_t enter();
  void leave(std::uint64_t number);

  std::mutex mutex_;
  std::condition_variable left_;
  std::uint64_t next_ = 0;
  std::set<std::uint64_t> inside_;
};

struct engine_options {
  std::size_t write_buffer_bytes = 8 << 20;
  std::size_t cache_bytes = 16 << 20;
  bool bloom_filter = false;
  bool create = false;         ///< only into a directory that is empty or absent
  bool paranoid = true;        ///< off only to salvage, on a copy
  leveldb::Env* env = nullptr; ///< must outlive the engine
};

/// A LevelDB database and what must live as long as it does.
class engine {
public:
  ~engine();
  leveldb::DB& db() { return *db_; }
  const std::string& path() const { return path_; }
  reader_gate& readers() { return readers_; }

private:
  engine();
  friend result<std::unique_ptr<engine>> open_engine(const std::string& path, const engine_options& options);

  std::string path_;
  std::unique_ptr<leveldb::Logger> log_;
  std::unique_ptr<leveldb::Cache> cache_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> db_; // goes first
  reader_gate readers_;
};

/// Errors: `conflict` when another process has it open; `not_found`; `internal` when it is damaged or files are
/// missing.
result<std::unique_ptr<engine>> open_engine(const std::string& path, const engine_options& options);

} // namespace charter::storage
