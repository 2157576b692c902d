#include "storage/leveldb_journal.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include <leveldb/write_batch.h>
#include <sys/statvfs.h>

#include "storage/journal_format.hpp"
#include "storage/leveldb_cursor.hpp"
#include "storage/leveldb_engine.hpp"
#include "storage/leveldb_ledger.hpp"
#include "storage/leveldb_scrub.hpp"
#include "storage/small_file.hpp"

namespace charter::storage {

namespace {

// A read copies this much, lets go of LevelDB, and only then shows it: so readers never pin files for long. It begins
// with one record, since many want no more, and takes eight times as many each time.
constexpr std::size_t chunk_records_max = 1024;
constexpr std::size_t chunk_growth = 8;
constexpr std::size_t chunk_bytes = 1 << 20;

// Bodies whose positions are closer than this are compacted together.
constexpr position erase_gap = 4096;

// What a record costs beyond its bytes: keys and frames in the log now, and once more in a table later.
constexpr std::uint64_t record_overhead_bytes = 64;

// When less than this part of the reserve is left, a compaction may not find room for its result.
constexpr std::uint64_t reserve_part = 8;

std::uint64_t free_bytes_of(const std::string& path) {
  struct statvfs info;
  if (::statvfs(path.c_str(), &info) != 0)
    throw std::runtime_error(os_refusal("cannot ask for the free space of " + path).detail);
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

std::uint64_t cost_of(const append_batch& batch) {
  std::uint64_t sum = 0;
  for (auto& record : batch.records)
    sum += record.header.size() + record.body.size() + record_overhead_bytes;
  return 2 * sum;
}

void put_head(leveldb::WriteBatch& out, shard_id shard, position last) {
  auto key = row_key(table::head, shard, 0);
  out.Put(key, frame(key, 0, view_of(head_payload(last))));
}

void put_record(leveldb::WriteBatch& out, shard_id shard, position at, const log_record& record) {
  auto header_key = row_key(table::header, shard, at);
  out.Put(header_key, frame(header_key, record.body.empty() ? 0 : has_body_flag, record.header));
  if (record.body.empty())
    return;
  auto body_key = row_key(table::body, shard, at);
  out.Put(body_key, frame(body_key, 0, record.body));
}

leveldb::WriteOptions synced() {
  leveldb::WriteOptions options;
  options.sync = true;
  return options;
}

class leveldb_journal final : public journal {
public:
  leveldb_journal(leveldb_journal_options options, std::unique_ptr<ledger_env> env, std::unique_ptr<engine> engine,
                  std::map<shard_id, position> heads)
      : options_(std::move(options)), env_(std::move(env)), engine_(std::move(engine)), heads_(std::move(heads)) {}

  ~leveldb_journal() override {
    engine_.reset();
    (void)env_->save(); // without it the next start has the older ledger, which is right as well
  }

  std::vector<append_outcome> append(std::span<const append_batch> batches) override;
  status read(shard_id shard, position from, const visitor& visit) const override;
  status erase_bodies(shard_id shard, std::span<const position> positions) override;

  position head(shard_id shard) const override {
    std::lock_guard lock{heads_mutex_};
    auto entry = heads_.find(shard);
    return entry == heads_.end() ? 0 : entry->second;
  }

  std::vector<shard_id> shards() const override {
    std::lock_guard lock{heads_mutex_};
    std::vector<shard_id> out;
    for (auto& [shard, last] : heads_)
      out.push_back(shard);
    return out;
  }

  std::uint64_t room_bytes() const override {
    auto free = free_bytes();
    return free > options_.reserve_bytes ? free - options_.reserve_bytes : 0;
  }

  bool has_reserve() const override { return free_bytes() >= options_.reserve_bytes / reserve_part; }

private:
  std::uint64_t free_bytes() const {
    return options_.free_bytes ? options_.free_bytes() : free_bytes_of(engine_->path());
  }
  void write(leveldb::WriteBatch& batch);
  result<std::vector<position>> mark_erased(shard_id shard, std::span<const position> positions);

  leveldb_journal_options options_;
  std::unique_ptr<ledger_env> env_;
  std::unique_ptr<engine> engine_;
  mutable std::mutex heads_mutex_;     // never held while LevelDB works
  std::map<shard_id, position> heads_; // durable only
  std::mutex bodies_mutex_;            // one erasure writes at a time
  std::mutex erasures_mutex_;          // and one compacts
  std::atomic<bool> broken_{false};    // after a failed write nothing is known any more
};

void leveldb_journal::write(leveldb::WriteBatch& batch) {
  if (broken_)
    throw std::runtime_error("the journal failed before; the process must end");
  auto outcome = engine_->db().Write(synced(), &batch);
  if (!outcome.ok())
    broken_ = true;
  throw_unless_ok(outcome, "write to " + engine_->path());
}

std::vector<append_outcome> leveldb_journal::append(std::span<const append_batch> batches) {
  std::vector<append_outcome> outcomes;
  outcomes.reserve(batches.size());
  std::map<shard_id, position> advanced;
  leveldb::WriteBatch writes;
  auto room = room_bytes();
  for (auto& batch : batches) {
    auto ahead = advanced.find(batch.shard);
    auto last = ahead == advanced.end() ? head(batch.shard) : ahead->second;
    auto cost = cost_of(batch);
    if (batch.expected != last) {
      outcomes.push_back(append_outcome::conflict);
    } else if (cost > room) {
      outcomes.push_back(append_outcome::no_space);
    } else {
      room -= cost;
      for (auto& record : batch.records)
        put_record(writes, batch.shard, ++last, record);
      if (!batch.records.empty())
        advanced[batch.shard] = last;
      outcomes.push_back(append_outcome::durable);
    }
  }
  if (advanced.empty())
    return outcomes;
  for (auto& [shard, last] : advanced)
    put_head(writes, shard, last);
  write(writes);
  for (auto& [shard, last] : advanced)
    env_->note(shard, last);
  std::lock_guard lock{heads_mutex_};
  for (auto& [shard, last] : advanced)
    heads_[shard] = last;
  return outcomes;
}

status leveldb_journal::read(shard_id shard, position from, const visitor& visit) const {
  const auto last = head(shard);
  std::vector<cursor_step> chunk;
  std::size_t chunk_records = 1;
  for (auto next = std::max<position>(from, 1); next <= last;
       chunk_records = std::min(chunk_records * chunk_growth, chunk_records_max)) {
    chunk.clear();
    leveldb::Status trouble;
    {
      record_cursor cursor{*engine_, shard, next, false};
      std::size_t size = 0;
      cursor_step step;
      while (chunk.size() < chunk_records && size < chunk_bytes && cursor.next(step) && step.first <= last) {
        size += step.record.header.size() + step.record.body.size();
        bool stop = step.damage.has_value();
        chunk.push_back(std::move(step));
        if (stop)
          break;
      }
      trouble = cursor.trouble();
    }
    for (auto& step : chunk) {
      if (step.damage)
        return *step.damage;
      if (!visit(step.first, step.record))
        return done{};
      next = step.first + 1;
    }
    if (chunk.empty())
      return refuse(errc::internal, place_text(shard, next) + " to " + std::to_string(last) + ": missing" +
                                        (trouble.ok() ? "" : " (" + trouble.ToString() + ")"));
  }
  return done{};
}

/// Puts a mark in the place of each body. Gives the positions that have, or had, a body, ascending.
result<std::vector<position>> leveldb_journal::mark_erased(shard_id shard, std::span<const position> positions) {
  std::set<position> wanted{positions.begin(), positions.end()};
  if (!wanted.empty() && (*wanted.begin() == 0 || *wanted.rbegin() > head(shard)))
    return invalid("positions", "no such position in shard " + std::to_string(shard));
  std::lock_guard lock{bodies_mutex_};
  std::vector<position> found;
  leveldb::WriteBatch marks;
  for (auto at : wanted) {
    auto key = row_key(table::body, shard, at);
    std::string value;
    auto outcome = engine_->db().Get(checked_reads(false), key, &value);
    if (outcome.IsNotFound())
      continue;
    if (!outcome.ok())
      return to_refusal(outcome, "read the body at " + place_text(shard, at));
    found.push_back(at);
    if (auto body = unframe(key, value); !body || (body->flags & erased_flag) == 0)
      marks.Put(key, frame(key, erased_flag, {}));
  }
  write(marks);
  return found;
}

status leveldb_journal::erase_bodies(shard_id shard, std::span<const position> positions) {
  std::lock_guard lock{erasures_mutex_};
  auto found = mark_erased(shard, positions);
  if (!found)
    return found.why();
  for (std::size_t i = 0; i < found->size();) {
    auto first = (*found)[i];
    auto last = first;
    for (++i; i < found->size() && (*found)[i] - last <= erase_gap; ++i)
      last = (*found)[i];
    auto from = row_key(table::body, shard, first);
    auto to = row_key(table::body, shard, last + 1);
    if (auto scrubbed = scrub(*engine_, from, to, bodies_mutex_); !scrubbed)
      return scrubbed;
  }
  return done{};
}

// -- opening ----------------------------------------------------------------------

engine_options engine_options_of(const leveldb_journal_options& options, leveldb::Env* env) {
  engine_options out;
  out.write_buffer_bytes = options.write_buffer_bytes;
  out.cache_bytes = options.cache_bytes;
  out.env = env;
  return out;
}

status check_identity(engine& engine, const directory_identity& identity) {
  auto key = row_key(table::meta, 0, 0);
  std::string value;
  if (auto outcome = engine.db().Get(checked_reads(), key, &value); !outcome.ok())
    return to_refusal(outcome, "read the identity in " + engine.path());
  auto meta = unframe(key, value);
  if (!meta)
    return refuse(meta.why().code, engine.path() + ", identity: " + meta.why().detail);
  if (text_of(meta->payload) != identity.id)
    return refuse(errc::internal, engine.path() + " is another directory's journal (" +
                                      std::string{text_of(meta->payload)} + ", and DIRECTORY says " + identity.id +
                                      ")");
  return done{};
}

result<std::map<shard_id, position>> load_heads(engine& engine) {
  std::map<shard_id, position> heads;
  std::unique_ptr<leveldb::Iterator> row{engine.db().NewIterator(checked_reads())};
  row_place place;
  for (row->Seek(row_key(table::head, 0, 0)); row->Valid(); row->Next()) {
    if (!parse_row_key(text_of(row->key()), place) || place.where != table::head)
      break;
    auto value = unframe(text_of(row->key()), text_of(row->value()));
    if (!value)
      return refuse(value.why().code, "head of shard " + std::to_string(place.shard) + ": " + value.why().detail);
    auto last = parse_head_payload(value->payload);
    if (!last)
      return last.why();
    heads[place.shard] = *last;
  }
  if (!row->status().ok())
    return to_refusal(row->status(), "read the heads in " + engine.path());
  return heads;
}

refusal incomplete(const engine& engine, const std::string& what) {
  return refuse(errc::internal,
                engine.path() + " is incomplete: " + what +
                    "; take the journal from a replica or a backup (`charter journal verify` lists all damage)");
}

/// From `first` to `last` everything is there and sound, and nothing comes after. Looks at nothing older.
status check_recent(engine& engine, shard_id shard, position first, position last) {
  record_cursor cursor{engine, shard, first, false};
  position seen = 0;
  for (cursor_step step; cursor.next(step); seen = step.last) {
    if (step.damage)
      return step.damage->code == errc::unavailable ? *step.damage : incomplete(engine, step.damage->detail);
    if (step.first > last)
      return incomplete(engine, place_text(shard, step.first) + " stands after the head");
  }
  if (seen != last)
    return incomplete(engine, place_text(shard, last) + " is missing");
  return done{};
}

/// Shards that have records, found by leaping from one to the next.
status check_no_headless(engine& engine, const std::map<shard_id, position>& heads) {
  std::unique_ptr<leveldb::Iterator> row{engine.db().NewIterator(checked_reads())};
  row_place place;
  row->Seek(row_key(table::header, 0, 0));
  while (row->Valid() && parse_row_key(text_of(row->key()), place) && place.where == table::header) {
    if (!heads.contains(place.shard))
      return incomplete(engine, "shard " + std::to_string(place.shard) + " has records and no head");
    if (place.at != 1)
      return incomplete(engine,
                        "shard " + std::to_string(place.shard) + " begins at position " + std::to_string(place.at));
    if (place.shard == UINT16_MAX)
      break;
    row->Seek(row_key(table::header, static_cast<shard_id>(place.shard + 1), 0));
  }
  return row->status().ok() ? status{done{}} : status{to_refusal(row->status(), "read " + engine.path())};
}

status check_continuity(engine& engine, const std::map<shard_id, position>& heads, const ledger& known) {
  for (auto& [shard, least] : known.heads) {
    auto entry = heads.find(shard);
    auto last = entry == heads.end() ? 0 : entry->second;
    if (last < least)
      return incomplete(engine, "shard " + std::to_string(shard) + " ends at position " + std::to_string(last) +
                                    ", and the ledger knows of " + std::to_string(least));
  }
  for (auto& [shard, last] : heads)
    if (auto sound = check_recent(engine, shard, std::min(known.base_of(shard) + 1, last), last); !sound)
      return sound;
  return check_no_headless(engine, heads);
}

} // namespace

result<std::unique_ptr<journal>> open_leveldb_journal(const std::string& directory, leveldb_journal_options options) {
  auto identity = read_directory_identity(directory);
  if (!identity)
    return identity.why();
  auto path = journal_path(directory);
  auto env = std::make_unique<ledger_env>(path, false, options.file_system);
  auto opened = open_engine(path, engine_options_of(options, env.get()));
  if (!opened)
    return env->objection() ? *env->objection() : opened.why();
  if (auto same = check_identity(**opened, *identity); !same)
    return same.why();
  auto heads = load_heads(**opened);
  if (!heads)
    return heads.why();
  if (auto sound = check_continuity(**opened, *heads, env->at_start()); !sound)
    return sound.why();
  if (auto noted = env->trust(*heads); !noted)
    return noted.why();
  return std::unique_ptr<journal>{
      std::make_unique<leveldb_journal>(std::move(options), std::move(env), *std::move(opened), *std::move(heads))};
}

status create_leveldb_journal(const std::string& directory, const directory_identity& identity) {
  auto path = journal_path(directory);
  engine_options options;
  options.create = true;
  {
    ledger_env env{path, true};
    options.env = &env;
    auto opened = open_engine(path, options);
    if (!opened)
      return opened.why();
    auto key = row_key(table::meta, 0, 0);
    if (auto outcome = (*opened)->db().Put(synced(), key, frame(key, 0, view_of(identity.id))); !outcome.ok())
      return to_refusal(outcome, "write to " + path);
  }
  return sync_directory(directory);
}

} // namespace charter::storage
