#include "storage/leveldb_store.hpp"

#include <filesystem>
#include <mutex>

#include <leveldb/write_batch.h>

#include "storage/data_directory.hpp"
#include "storage/leveldb_engine.hpp"
#include "storage/leveldb_scrub.hpp"
#include "storage/tables.hpp"

namespace charter::storage {

namespace {

/// An entity reads its snapshot once, and keeps what was in it: caching that block would only push out others.
bool is_read_once(std::string_view key) {
  static const auto snapshots = tables::snapshot({}).substr(0, 1);
  return key.starts_with(snapshots);
}

class leveldb_store final : public store {
public:
  explicit leveldb_store(std::unique_ptr<engine> engine) : engine_(std::move(engine)) {}

  std::optional<bytes> get(std::string_view key) const override {
    std::string value;
    auto outcome = engine_->db().Get(checked_reads(!is_read_once(key)), {key.data(), key.size()}, &value);
    if (outcome.IsNotFound())
      return std::nullopt;
    throw_unless_ok(outcome, "read from " + engine_->path());
    return bytes_of(value);
  }

  void write(const row_batch& batch) override {
    leveldb::WriteBatch writes;
    for (auto& operation : batch.operations()) {
      if (operation.is_erase)
        writes.Delete(operation.key);
      else
        writes.Put(operation.key, slice_of(operation.value));
    }
    std::lock_guard lock{writing_};
    throw_unless_ok(engine_->db().Write({}, &writes), "write to " + engine_->path());
  }

  void scan(std::string_view from, std::string_view to, const visitor& visit) const override {
    reader_gate::pass pass{engine_->readers()};
    auto row = iterator();
    for (row->Seek({from.data(), from.size()}); row->Valid(); row->Next()) {
      auto key = text_of(row->key());
      if ((!to.empty() && key >= to) || !visit(key, view_of(text_of(row->value()))))
        break;
    }
    throw_unless_ok(row->status(), "read from " + engine_->path());
  }

  void scan_back(std::string_view from, std::string_view to, const visitor& visit) const override {
    reader_gate::pass pass{engine_->readers()};
    auto row = iterator();
    if (to.empty())
      row->SeekToLast();
    else
      seek_before(*row, to);
    for (; row->Valid(); row->Prev()) {
      auto key = text_of(row->key());
      if (key < from || !visit(key, view_of(text_of(row->value()))))
        break;
    }
    throw_unless_ok(row->status(), "read from " + engine_->path());
  }

  status compact(std::string_view from, std::string_view to) override {
    std::lock_guard lock{compacting_};
    return scrub(*engine_, std::string{from}, std::string{to}, writing_);
  }

private:
  std::unique_ptr<leveldb::Iterator> iterator() const {
    return std::unique_ptr<leveldb::Iterator>{engine_->db().NewIterator(checked_reads())};
  }

  static void seek_before(leveldb::Iterator& row, std::string_view key) {
    row.Seek({key.data(), key.size()});
    if (row.Valid())
      row.Prev();
    else
      row.SeekToLast();
  }

  std::unique_ptr<engine> engine_;
  std::mutex writing_;
  std::mutex compacting_;
};

} // namespace

result<std::unique_ptr<store>> open_leveldb_store(const std::string& directory, leveldb_store_options options) {
  auto path = store_path(directory);
  engine_options engine_options;
  engine_options.write_buffer_bytes = options.write_buffer_bytes;
  engine_options.cache_bytes = options.cache_bytes;
  engine_options.bloom_filter = true;
  std::error_code error;
  engine_options.create = !std::filesystem::exists(path, error);
  auto opened = open_engine(path, engine_options);
  if (opened)
    return std::unique_ptr<store>{std::make_unique<leveldb_store>(*std::move(opened))};
  auto why = opened.why();
  if (why.code == errc::internal)
    why.detail += "; the store holds nothing of its own: remove " + path + " and it is rebuilt from the journal";
  return why;
}

} // namespace charter::storage
