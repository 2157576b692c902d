#include "storage/leveldb_engine.hpp"

#include <filesystem>
#include <stdexcept>

#include <leveldb/cache.h>
#include <leveldb/filter_policy.h>

namespace charter::storage {

namespace {

/// LevelDB's own log would repeat keys in plain text beside the database, where no erasure reaches them.
class silent_logger : public leveldb::Logger {
public:
  void Logv(const char*, std::va_list) override {}
};

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

/// LevelDB would make an empty database where CURRENT was lost, and nobody would notice.
status check_before_opening(const std::string& path, bool create) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(path + "/CURRENT", error))
    return create ? status{refuse(errc::conflict, path + " holds a database already")} : status{done{}};
  if (!fs::exists(path, error))
    return create ? status{done{}} : status{refuse(errc::not_found, path + " does not exist")};
  if (!fs::is_empty(path, error))
    return refuse(errc::internal, path +
                                      "/CURRENT is missing although the directory is not empty: restore the directory "
                                      "from a replica or a backup; an empty one would be taken for all there was");
  return create ? status{done{}} : status{refuse(errc::internal, path + " is empty: its files were lost")};
}

} // namespace

refusal to_refusal(const leveldb::Status& problem, std::string_view what) {
  auto text = problem.ToString();
  auto detail = "cannot " + std::string{what} + ": " + text;
  if (mentions(text, "/LOCK: "))
    return refuse(errc::conflict, "another charterd uses this directory (" + text + ")");
  if (problem.IsNotFound())
    return refuse(errc::not_found, detail);
  if (mentions(text, "No space left on device"))
    return refuse(errc::unavailable, detail + "; make room, and start again");
  return refuse(errc::internal, detail);
}

void throw_unless_ok(const leveldb::Status& outcome, std::string_view what) {
  if (!outcome.ok())
    throw std::runtime_error(to_refusal(outcome, what).detail);
}

leveldb::ReadOptions checked_reads(bool fill_cache) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = fill_cache;
  return options;
}

std::uint64_t reader_gate::enter() {
  std::lock_guard lock{mutex_};
  inside_.insert(next_);
  return next_++;
}

void reader_gate::leave(std::uint64_t number) {
  {
    std::lock_guard lock{mutex_};
    inside_.erase(number);
  }
  left_.notify_all();
}

bool reader_gate::wait_for_earlier(std::chrono::milliseconds patience) {
  std::unique_lock lock{mutex_};
  auto newcomer = next_;
  return left_.wait_for(lock, patience, [&] { return inside_.empty() || *inside_.begin() >= newcomer; });
}

engine::engine() = default;
engine::~engine() { db_.reset(); }

result<std::unique_ptr<engine>> open_engine(const std::string& path, const engine_options& options) {
  if (auto fit = check_before_opening(path, options.create); !fit)
    return fit.why();
  std::unique_ptr<engine> opened{new engine};
  opened->path_ = path;
  opened->log_ = std::make_unique<silent_logger>();
  opened->cache_.reset(leveldb::NewLRUCache(options.cache_bytes));
  if (options.bloom_filter)
    opened->filter_.reset(leveldb::NewBloomFilterPolicy(10));
  leveldb::Options engine_options;
  engine_options.create_if_missing = options.create;
  engine_options.error_if_exists = options.create;
  engine_options.paranoid_checks = options.paranoid;
  engine_options.reuse_logs = false; // after a torn tail it loses later writes
  engine_options.write_buffer_size = options.write_buffer_bytes;
  engine_options.block_cache = opened->cache_.get();
  engine_options.filter_policy = opened->filter_.get();
  engine_options.info_log = opened->log_.get();
  if (options.env)
    engine_options.env = options.env;
  leveldb::DB* db = nullptr;
  if (auto outcome = leveldb::DB::Open(engine_options, path, &db); !outcome.ok())
    return to_refusal(outcome, "open " + path);
  opened->db_.reset(db);
  return opened;
}

} // namespace charter::storage
