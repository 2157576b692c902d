#include "storage/inspect.hpp"

#include <filesystem>
#include <optional>

#include <leveldb/table.h>

#include "storage/leveldb_cursor.hpp"
#include "storage/leveldb_ledger.hpp"
#include "storage/leveldb_shadow.hpp"

namespace charter::storage {

namespace {

constexpr std::size_t damage_listed_max = 1000;
constexpr std::uint64_t progress_every = 65536;
constexpr const char* restore_advice =
    "take the journal from a replica (the node streams it when its own is removed) or from a backup";

std::string copy_path(const std::string& directory) { return directory + "/inspect.tmp"; }

void add(inspect_report& report, journal_damage found) {
  ++report.damage_count;
  if (report.damage.size() < damage_listed_max)
    report.damage.push_back(std::move(found));
}

inspected_record inspected(shard_id shard, cursor_step& step) {
  return {shard, step.first, std::move(step.record), step.body != body_state::none, step.body == body_state::erased};
}

/// The database behind a shadow, open in spite of damage, and what was wrong when opening it with care.
struct opened_shadow {
  std::unique_ptr<shadow> source; // outlives the engine
  std::unique_ptr<engine> db;
  std::optional<std::string> trouble;
};

result<opened_shadow> open_shadow(const std::string& directory) {
  auto source = lock_for_shadow(journal_path(directory), copy_path(directory));
  if (!source)
    return source.why();
  opened_shadow out{*std::move(source), nullptr, {}};
  engine_options options;
  options.env = out.source->env();
  for (bool paranoid : {true, false}) {
    auto copy = out.source->make();
    if (!copy)
      return copy.why();
    options.paranoid = paranoid;
    auto opened = open_engine(*copy, options);
    if (opened) {
      out.db = *std::move(opened);
      break;
    }
    if (!out.trouble)
      out.trouble = opened.why().detail;
  }
  return out;
}

/// Head records, and shards that have records without one, at position 0.
std::map<shard_id, position> find_shards(engine& engine, inspect_report& report) {
  std::map<shard_id, position> heads;
  std::unique_ptr<leveldb::Iterator> row{engine.db().NewIterator(checked_reads(false))};
  row_place place;
  for (row->Seek(row_key(table::head, 0, 0)); row->Valid(); row->Next()) {
    if (!parse_row_key(text_of(row->key()), place) || place.where != table::head)
      break;
    auto value = unframe(text_of(row->key()), text_of(row->value()));
    auto last = value ? parse_head_payload(value->payload) : result<position>{value.why()};
    heads[place.shard] = last ? *last : 0;
    if (!last)
      add(report, {place.shard, 0, 0, "its head record is damaged: " + last.why().detail, {}, restore_advice});
  }
  for (auto where : {table::header, table::body}) {
    row->Seek(row_key(where, 0, 0));
    while (row->Valid() && parse_row_key(text_of(row->key()), place) && place.where == where) {
      heads.emplace(place.shard, 0);
      if (place.shard == UINT16_MAX)
        break;
      row->Seek(row_key(where, static_cast<shard_id>(place.shard + 1), 0));
    }
  }
  return heads;
}

struct walker {
  engine& db;
  inspect_report& report;
  const body_check& check_body;
  const inspect_progress& progress;
  std::uint64_t estimate = 0;
  std::uint64_t done = 0;

  void count(shard_figures& figures, const inspected_record& record) const {
    ++figures.records;
    figures.header_bytes += record.record.header.size();
    figures.body_bytes += record.record.body.size();
    figures.bodies += record.has_body && !record.erased;
    figures.erased += record.erased;
  }

  void take(shard_id shard, shard_figures& figures, cursor_step& step) {
    if (step.damage) {
      add(report, {shard, step.first, step.last, step.damage->detail, {}, restore_advice});
      return;
    }
    auto record = inspected(shard, step);
    count(figures, record);
    if (check_body && record.has_body && !record.erased)
      if (auto wrong = check_body(record); !wrong.empty())
        add(report, {shard, record.at, record.at, wrong, {}, restore_advice});
  }

  void walk(shard_id shard, position head) {
    auto& figures = report.shards[shard];
    figures.head = head;
    record_cursor cursor{db, shard, 1, false};
    position last = 0;
    for (cursor_step step; cursor.next(step);) {
      last = std::max(last, step.last);
      take(shard, figures, step);
      if (++done % progress_every == 0 && progress)
        progress(done, std::max(done, estimate));
    }
    if (last < head)
      add(report, {shard,
                   last + 1,
                   head,
                   place_text(shard, last + 1) + " to " + std::to_string(head) + ": missing at the end",
                   {},
                   restore_advice});
    else if (last > head)
      add(report, {shard,
                   head + 1,
                   last,
                   place_text(shard, head + 1) + " to " + std::to_string(last) + ": after the head",
                   {},
                   restore_advice});
    if (!cursor.trouble().ok())
      add(report, {shard, 0, 0, cursor.trouble().ToString(), {}, restore_advice});
  }
};

std::uint64_t size_of_files(const std::string& path) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (auto& entry : std::filesystem::directory_iterator(path, error)) {
    auto size = entry.file_size(error);
    sum += error ? 0 : size;
  }
  return sum;
}

/// What the ledger says against what is there.
void check_ledger(const std::string& path, const std::map<shard_id, position>& heads, inspect_report& report) {
  auto known = read_ledger(path);
  if (!known) {
    add(report, {0, 0, 0, known.why().detail, path + "/LEDGER", restore_advice});
    return;
  }
  for (auto& [name, begun_at] : known->logs) {
    std::error_code error;
    if (!std::filesystem::exists(path + "/" + name, error))
      add(report, {0, 0, 0, "a log file is missing", path + "/" + name, restore_advice});
  }
  for (auto& [shard, least] : known->heads) {
    auto entry = heads.find(shard);
    auto last = entry == heads.end() ? 0 : entry->second;
    if (last < least)
      add(report, {shard,
                   last + 1,
                   least,
                   place_text(shard, last + 1) + " to " + std::to_string(least) + ": acknowledged once, and gone",
                   {},
                   restore_advice});
  }
}

/// "holds shard 3 positions 1 to 900": from the ends of a table, as far as they can be read.
std::string contents_of(leveldb::Iterator& entry) {
  std::string text;
  row_place place;
  entry.SeekToFirst();
  for (auto lead : {"from ", " to "}) {
    if (entry.Valid() && entry.key().size() > 8 &&
        parse_row_key(text_of(entry.key()).substr(0, entry.key().size() - 8), place))
      text += lead + place_text(place.shard, place.at) + (place.where == table::body ? " (bodies)" : "");
    entry.SeekToLast();
  }
  return text;
}

/// Reads each table by itself, to name the file that is damaged. What LevelDB has thrown out of the look-alike in
/// `kept`, or replaced by a table of its own, is no part of the journal: a crash cut short the compaction that wrote
/// it.
void check_tables(const std::string& path, const std::filesystem::path& kept, inspect_report& report) {
  auto& env = *leveldb::Env::Default();
  std::error_code error;
  for (auto& item : std::filesystem::directory_iterator(path, error)) {
    auto name = item.path().string();
    if (!name.ends_with(".ldb") || !std::filesystem::equivalent(item.path(), kept / item.path().filename(), error))
      continue;
    leveldb::RandomAccessFile* opened = nullptr;
    leveldb::Table* raw = nullptr;
    auto outcome = env.NewRandomAccessFile(name, &opened);
    std::unique_ptr<leveldb::RandomAccessFile> source{opened};
    leveldb::Options options;
    options.paranoid_checks = true;
    if (outcome.ok())
      outcome = leveldb::Table::Open(options, source.get(), item.file_size(error), &raw);
    std::unique_ptr<leveldb::Table> opened_table{raw};
    std::string contents;
    if (outcome.ok()) {
      std::unique_ptr<leveldb::Iterator> entry{opened_table->NewIterator(checked_reads(false))};
      for (entry->SeekToFirst(); entry->Valid(); entry->Next()) {
      }
      outcome = entry->status();
      if (!outcome.ok())
        contents = contents_of(*entry);
    }
    if (!outcome.ok())
      add(report,
          {0, 0, 0,
           "a table file is damaged: " + outcome.ToString() + (contents.empty() ? "" : "; it holds " + contents), name,
           restore_advice});
  }
}

result<inspect_report> inspect_all(const std::string& directory, const body_check& check_body,
                                   const inspect_progress& progress, bool name_files) {
  auto shadow = open_shadow(directory);
  if (!shadow)
    return shadow.why();
  auto path = journal_path(directory);
  inspect_report report;
  report.file_bytes = size_of_files(path);
  if (shadow->trouble)
    add(report, {0, 0, 0, *shadow->trouble, path, restore_advice});
  std::map<shard_id, position> heads;
  if (shadow->db) {
    heads = find_shards(*shadow->db, report);
    walker walk{*shadow->db, report, check_body, progress};
    for (auto& [shard, head] : heads)
      walk.estimate += head;
    for (auto& [shard, head] : heads)
      walk.walk(shard, head);
    if (progress)
      progress(walk.done, walk.done);
  }
  check_ledger(path, heads, report);
  if (name_files)
    check_tables(path, shadow->db ? copy_path(directory) : path, report);
  return report;
}

} // namespace

result<inspect_report> verify_journal(const std::string& directory, const body_check& check_body,
                                      const inspect_progress& progress) {
  if (auto identity = read_directory_identity(directory); !identity)
    return identity.why();
  return inspect_all(directory, check_body, progress, true);
}

result<inspect_report> journal_stats(const std::string& directory, const inspect_progress& progress) {
  return inspect_all(directory, {}, progress, false);
}

result<std::uint64_t> dump_journal(const std::string& directory, shard_id shard, position from,
                                   const std::function<bool(const inspected_record&)>& visit) {
  auto shadow = open_shadow(directory);
  if (!shadow)
    return shadow.why();
  if (!shadow->db)
    return refuse(errc::internal, *shadow->trouble);
  std::uint64_t damaged = 0;
  record_cursor cursor{*shadow->db, shard, from, false};
  for (cursor_step step; cursor.next(step);) {
    if (step.damage)
      ++damaged;
    else if (!visit(inspected(shard, step)))
      break;
  }
  return damaged;
}

} // namespace charter::storage
