#pragma once
// What the storage tests share: directories that go away, a predictable environment, records, and looking into files.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <unistd.h>

#include "domain/environment.hpp"
#include "storage/data_directory.hpp"
#include "storage/journal.hpp"
#include "storage/leveldb_journal.hpp"

namespace charter::test {

namespace fs = std::filesystem;

/// Made empty below TMPDIR, removed with what is in it.
class scratch_directory {
public:
  scratch_directory() {
    auto pattern = (fs::temp_directory_path() / "charter-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~scratch_directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  scratch_directory(const scratch_directory&) = delete;
  scratch_directory& operator=(const scratch_directory&) = delete;

  std::string path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

/// Time and random bytes from a seed.
class seeded_environment final : public environment {
public:
  explicit seeded_environment(std::uint64_t seed = 1) : random_(seed) {}
  timestamp now() override { return timestamp{} + std::chrono::hours(24 * 365 * 50); }
  void fill_random(std::span<std::uint8_t> out) override {
    for (auto& byte : out)
      byte = static_cast<std::uint8_t>(random_());
  }

private:
  std::mt19937_64 random_;
};

/// From the environment variable SEED, or a new one; printed, so that a failure can be repeated.
inline std::uint64_t test_seed(const char* test) {
  auto given = std::getenv("SEED");
  auto seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cerr << test << ": SEED=" << seed << "\n";
  return seed;
}

/// Letters that no compression shortens.
inline std::string random_text(std::mt19937_64& random, std::size_t size) {
  std::string text(size, ' ');
  for (auto& c : text)
    c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"[random() % 62];
  return text;
}

inline storage::log_record record_of(const std::string& header, const std::string& body = {}) {
  return {bytes_of(header), bytes_of(body)};
}

/// A data directory below `scratch`.
inline std::string make_directory(const scratch_directory& scratch, shard_id shards = 4) {
  auto path = scratch / "data";
  seeded_environment env{std::random_device{}()};
  auto made = storage::create_data_directory(path, shards, env);
  if (!made)
    throw std::runtime_error(made.why().detail);
  return path;
}

inline storage::leveldb_journal_options small_options() {
  storage::leveldb_journal_options options;
  options.reserve_bytes = 0;
  options.write_buffer_bytes = 64 << 10; // LevelDB's least; so that tests see many files
  options.cache_bytes = 1 << 20;
  return options;
}

inline std::unique_ptr<storage::journal> open_journal(const std::string& directory,
                                                      storage::leveldb_journal_options options = small_options()) {
  auto opened = storage::open_leveldb_journal(directory, std::move(options));
  if (!opened)
    throw std::runtime_error(opened.why().detail);
  return *std::move(opened);
}

inline storage::append_outcome append_one(storage::journal& log, shard_id shard, storage::position expected,
                                          std::vector<storage::log_record> records) {
  storage::append_batch batch{shard, expected, std::move(records)};
  return log.append({&batch, 1}).at(0);
}

/// Appends until the head is `last`, 50 records a batch: header "h<shard>.<position>", body "b<…>" with `filler`.
inline void fill(storage::journal& log, shard_id shard, storage::position last, const std::string& filler = {}) {
  while (log.head(shard) < last) {
    std::vector<storage::log_record> records;
    for (auto at = log.head(shard) + 1; at <= last && records.size() < 50; ++at) {
      auto name = std::to_string(shard) + "." + std::to_string(at);
      records.push_back(record_of("h" + name, "b" + name + filler));
    }
    if (append_one(log, shard, log.head(shard), std::move(records)) != storage::append_outcome::durable)
      throw std::runtime_error("append refused");
  }
}

inline std::vector<storage::log_record> read_all(const storage::journal& log, shard_id shard,
                                                 storage::position from = 1) {
  std::vector<storage::log_record> out;
  auto outcome = log.read(shard, from, [&](storage::position, const storage::log_record& record) {
    out.push_back(record);
    return true;
  });
  if (!outcome)
    throw std::runtime_error(outcome.why().detail);
  return out;
}

inline std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out{path, std::ios::binary | std::ios::trunc};
  out << text;
}

/// Names of files below `directory` that hold `text`.
inline std::vector<std::string> files_holding(const std::string& directory, const std::string& text) {
  std::vector<std::string> found;
  for (auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && read_file(entry.path()).find(text) != std::string::npos)
      found.push_back(entry.path().filename().string());
  return found;
}

inline std::vector<std::string> files_with_suffix(const std::string& directory, const std::string& suffix) {
  std::vector<std::string> found;
  for (auto& entry : fs::directory_iterator(directory))
    if (entry.path().string().ends_with(suffix))
      found.push_back(entry.path().string());
  std::sort(found.begin(), found.end());
  return found;
}

} // namespace charter::test
