#include "storage/leveldb_scrub.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include <leveldb/comparator.h>
#include <leveldb/table.h>
#include <leveldb/write_batch.h>

namespace charter::storage {

using std::chrono::steady_clock;

namespace {

constexpr int rounds_max = 6; // one is the rule, two when a row and its tombstone shared a flush
constexpr auto patience = std::chrono::seconds(10);
constexpr auto pass_rest = std::chrono::milliseconds(5); // between passes over files that others replace meanwhile
constexpr std::size_t residue_max = 65536;               // keys handled per round

/// In tables a key is followed by u64 little endian: sequence number << 8 | type, where type 1 is a value.
constexpr std::size_t trailer_bytes = 8;

std::uint64_t trailer_of(const leveldb::Slice& key) {
  std::uint64_t trailer;
  std::memcpy(&trailer, key.data() + key.size() - trailer_bytes, sizeof trailer);
  return trailer;
}

leveldb::Slice row_of(const leveldb::Slice& key) { return {key.data(), key.size() - trailer_bytes}; }

/// LevelDB's order inside a table: ascending by key, newest first.
class table_order : public leveldb::Comparator {
public:
  int Compare(const leveldb::Slice& a, const leveldb::Slice& b) const override {
    if (auto order = row_of(a).compare(row_of(b)))
      return order;
    auto x = trailer_of(a), y = trailer_of(b);
    return x > y ? -1 : x < y ? 1 : 0;
  }
  const char* Name() const override { return "leveldb.InternalKeyComparator"; }
  void FindShortestSeparator(std::string*, const leveldb::Slice&) const override {}
  void FindShortSuccessor(std::string*) const override {}
};

struct key_range {
  const std::string& from;
  const std::string& to;
  bool ends_before(const leveldb::Slice& key) const { return !to.empty() && key.compare(to) >= 0; }
};

std::vector<std::string> files_named(leveldb::Env& env, const std::string& path, std::string_view suffix) {
  std::vector<std::string> names;
  env.GetChildren(path, &names);
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with(suffix); });
  std::sort(names.begin(), names.end());
  return names;
}

struct residue {
  std::vector<std::string> keys;
  bool complete = true; ///< false: look again, files changed underneath
};

/// Collects rows of one table that the database would not show. `current` is an iterator over the database.
leveldb::Status look_into(leveldb::Table& table, const key_range& range, leveldb::Iterator& current, residue& found) {
  std::unique_ptr<leveldb::Iterator> entry{table.NewIterator(checked_reads(false))};
  auto seek = range.from + std::string(trailer_bytes, '\xff');
  entry->Seek(seek);
  if (entry->Valid() && !range.ends_before(row_of(entry->key())))
    current.Seek(row_of(entry->key()));
  for (; entry->Valid() && !range.ends_before(row_of(entry->key())); entry->Next()) {
    auto row = row_of(entry->key());
    if ((trailer_of(entry->key()) & 0xff) == 0)
      continue; // a tombstone holds no value
    while (current.Valid() && current.key().compare(row) < 0)
      current.Next();
    bool shown = current.Valid() && current.key() == row && current.value() == entry->value();
    if (!shown && found.keys.size() < residue_max && (found.keys.empty() || row.compare(found.keys.back()) != 0))
      found.keys.push_back(row.ToString());
  }
  return entry->status().ok() ? current.status() : entry->status();
}

leveldb::Status look_into_file(engine& engine, leveldb::Env& env, const std::string& file, const key_range& range,
                               residue& found) {
  static const table_order order;
  std::uint64_t size = 0;
  auto outcome = env.GetFileSize(file, &size);
  if (outcome.ok() && size == 0)
    return outcome; // begun: what it will be made from still stands beside it. It can't be mapped
  leveldb::RandomAccessFile* opened = nullptr;
  if (outcome.ok())
    outcome = env.NewRandomAccessFile(file, &opened);
  std::unique_ptr<leveldb::RandomAccessFile> source{opened};
  if (!outcome.ok()) {
    found.complete = false; // replaced by a compaction; its successor must be looked into
    return leveldb::Status::OK();
  }
  leveldb::Options options;
  options.comparator = &order;
  leveldb::Table* raw = nullptr;
  if (!leveldb::Table::Open(options, source.get(), size, &raw).ok())
    return leveldb::Status::OK(); // begun
  std::unique_ptr<leveldb::Table> table{raw};
  std::unique_ptr<leveldb::Iterator> current{engine.db().NewIterator(checked_reads(false))};
  return look_into(*table, range, *current, found);
}

result<residue> find_residue(engine& engine, const key_range& range) {
  auto& env = *leveldb::Env::Default();
  for (auto until = steady_clock::now() + patience; steady_clock::now() < until;
       std::this_thread::sleep_for(pass_rest)) {
    residue found;
    for (auto& name : files_named(env, engine.path(), ".ldb"))
      if (auto outcome = look_into_file(engine, env, engine.path() + "/" + name, range, found); !outcome.ok())
        return to_refusal(outcome, "read " + engine.path() + "/" + name);
    if (found.complete || !found.keys.empty())
      return found;
  }
  return refuse(errc::unavailable, "the files of " + engine.path() + " changed all the time; repeat it");
}

/// Puts each key's present state on top of all levels, so that a compaction takes everything below it along.
leveldb::Status write_again(leveldb::DB& db, const std::vector<std::string>& keys, std::mutex& writing) {
  std::lock_guard lock{writing};
  leveldb::WriteBatch batch;
  for (auto& key : keys) {
    std::string value;
    auto outcome = db.Get(checked_reads(), key, &value);
    if (outcome.ok())
      batch.Put(key, value);
    else if (outcome.IsNotFound())
      batch.Delete(key);
    else
      return outcome;
  }
  leveldb::WriteOptions synced;
  synced.sync = true;
  return db.Write(synced, &batch);
}

/// Flushes, compacts, and has files removed that nobody needs. LevelDB reports trouble only with the next write.
leveldb::Status compact(leveldb::DB& db, const key_range& range) {
  leveldb::Slice from{range.from}, to{range.to};
  db.CompactRange(&from, range.to.empty() ? nullptr : &to);
  leveldb::WriteBatch nothing;
  return db.Write({}, &nothing);
}

} // namespace

status scrub(engine& engine, const std::string& from, const std::string& to, std::mutex& writing) {
  key_range range{from, to};
  auto& env = *leveldb::Env::Default();
  for (int round = 0; round < rounds_max; ++round) {
    auto logs = files_named(env, engine.path(), ".log");
    if (auto outcome = compact(engine.db(), range); !outcome.ok())
      return to_refusal(outcome, "compact " + engine.path());
    bool readers_left = engine.readers().wait_for_earlier(patience);
    if (!readers_left)
      return refuse(errc::unavailable, "a long read keeps old files of " + engine.path() + " in use; repeat it");
    auto found = find_residue(engine, range);
    if (!found)
      return found.why();
    auto left = files_named(env, engine.path(), ".log");
    bool logs_gone = std::none_of(logs.begin(), logs.end(), [&](const std::string& log) {
      return std::binary_search(left.begin(), left.end(), log);
    });
    if (found->keys.empty() && logs_gone)
      return done{};
    if (auto outcome = write_again(engine.db(), found->keys, writing); !outcome.ok())
      return to_refusal(outcome, "write " + engine.path());
  }
  return refuse(errc::unavailable, "files of " + engine.path() + " still hold erased rows; repeat it");
}

} // namespace charter::storage
