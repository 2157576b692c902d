// A power cut, which a kill -9 is not: whatever was written and not synced is gone. Everything acknowledged is there
// all the same (I1). The file system is LevelDB's own, with the length that each file had at its last sync.

#include <catch2/catch.hpp>

#include <map>
#include <mutex>

#include <leveldb/env.h>

#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

/// Remembers what a power cut would leave of each file.
class forgetful_disk : public leveldb::EnvWrapper {
public:
  forgetful_disk() : EnvWrapper(leveldb::Env::Default()) {}

  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;

  leveldb::Status RenameFile(const std::string& from, const std::string& to) override {
    std::lock_guard lock{mutex_};
    if (auto entry = synced_.find(from); entry != synced_.end()) {
      synced_[to] = entry->second;
      synced_.erase(from);
    }
    return target()->RenameFile(from, to);
  }

  void note_sync(const std::string& path, std::uint64_t size) {
    std::lock_guard lock{mutex_};
    synced_[path] = size;
  }

  /// Once the database is closed: cuts every file to what was synced.
  void cut_power() {
    std::lock_guard lock{mutex_};
    for (auto& [path, size] : synced_)
      if (fs::exists(path) && fs::file_size(path) > size)
        fs::resize_file(path, size);
  }

private:
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> synced_;
};

class watched_file : public leveldb::WritableFile {
public:
  watched_file(forgetful_disk& disk, std::string path, leveldb::WritableFile* file)
      : disk_(disk), path_(std::move(path)), file_(file) {}
  leveldb::Status Append(const leveldb::Slice& data) override {
    size_ += data.size();
    return file_->Append(data);
  }
  leveldb::Status Close() override { return file_->Close(); }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    auto outcome = file_->Sync();
    if (outcome.ok())
      disk_.note_sync(path_, size_);
    return outcome;
  }

private:
  forgetful_disk& disk_;
  std::string path_;
  std::unique_ptr<leveldb::WritableFile> file_;
  std::uint64_t size_ = 0;
};

leveldb::Status forgetful_disk::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  auto outcome = target()->NewWritableFile(path, file);
  if (outcome.ok()) {
    note_sync(path, 0);
    *file = new watched_file{*this, path, *file};
  }
  return outcome;
}

} // namespace

TEST_CASE("journal: nothing acknowledged is missing after a power cut [I1]", "[storage]") {
  std::mt19937_64 random{test_seed("journal power cut")};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  for (int round = 0; round < 6; ++round) {
    forgetful_disk disk;
    auto options = small_options();
    options.file_system = &disk;
    position acknowledged = 0;
    {
      auto log = open_journal(directory, options);
      for (auto batches = random() % 30 + 1; batches > 0; --batches)
        fill(*log, 1, log->head(1) + random() % 60 + 1, random_text(random, 200));
      acknowledged = log->head(1);
    }
    disk.cut_power();
    auto log = open_journal(directory);
    REQUIRE(log->head(1) == acknowledged);
    REQUIRE(read_all(*log, 1).size() == acknowledged);
  }
}
