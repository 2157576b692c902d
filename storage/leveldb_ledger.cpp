#include "storage/leveldb_ledger.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "storage/crc32c.hpp"
#include "storage/small_file.hpp"

namespace charter::storage {

namespace {

constexpr std::string_view first_line = "charter-ledger 1";

std::string ledger_path(const std::string& directory) { return directory + "/LEDGER"; }

std::string crc_line(std::string_view text) {
  auto crc = crc32c(view_of(text));
  const std::uint8_t big_endian[] = {static_cast<std::uint8_t>(crc >> 24), static_cast<std::uint8_t>(crc >> 16),
                                     static_cast<std::uint8_t>(crc >> 8), static_cast<std::uint8_t>(crc)};
  return "crc32c " + to_hex(big_endian) + "\n";
}

/// Heads belong to the log above them, or to the ledger itself after `now`.
bool parse_line(const std::string& line, ledger& known, shard_heads*& heads) {
  std::istringstream words{line};
  std::string kind;
  words >> kind;
  if (kind == "log") {
    std::string name;
    words >> name;
    heads = &known.logs[name];
    return !name.empty();
  }
  if (kind == "now") {
    heads = &known.heads;
    return true;
  }
  std::uint32_t shard = 0;
  position last = 0;
  if (kind != "head" || !heads || !(words >> shard >> last) || shard > UINT16_MAX)
    return false;
  return heads->emplace(static_cast<shard_id>(shard), last).second;
}

void print_heads(std::ostream& out, const shard_heads& heads) {
  for (auto& [shard, last] : heads)
    out << "head " << shard << " " << last << "\n";
}

refusal damaged(const std::string& path, std::string_view why) {
  return refuse(errc::internal,
                path + " is damaged (" + std::string{why} +
                    "): take the journal from a replica or a backup, or check it with `charter journal verify`");
}

} // namespace

position ledger::base_of(shard_id shard) const {
  position least = UINT64_MAX;
  for (auto& [name, heads] : logs) {
    auto entry = heads.find(shard);
    least = std::min(least, entry == heads.end() ? 0 : entry->second);
  }
  return logs.empty() ? 0 : least;
}

result<ledger> read_ledger(const std::string& journal_directory) {
  auto path = ledger_path(journal_directory);
  auto text = read_small_file(path, 8 << 20);
  if (!text)
    return text.why().code == errc::not_found ? damaged(path, "it is missing") : text.why();
  auto end = text->rfind("crc32c ");
  if (!text->starts_with("charter-ledger "))
    return damaged(path, "it is no ledger");
  if (!text->starts_with(std::string{first_line} + "\n"))
    return refuse(errc::unavailable, path + " was written by a newer version of Charter; start that version");
  if (end == text->npos || text->substr(end) != crc_line(std::string_view{*text}.substr(0, end)))
    return damaged(path, "checksum mismatch");
  ledger known;
  std::istringstream lines{text->substr(0, end)};
  std::string line;
  shard_heads* heads = nullptr;
  std::getline(lines, line);
  while (std::getline(lines, line))
    if (!parse_line(line, known, heads))
      return damaged(path, "line \"" + line + "\"");
  return known;
}

status write_ledger(const std::string& journal_directory, const ledger& known) {
  std::ostringstream text;
  text << first_line << "\n";
  for (auto& [name, heads] : known.logs) {
    text << "log " << name << "\n";
    print_heads(text, heads);
  }
  text << "now\n";
  print_heads(text, known.heads);
  auto whole = text.str();
  whole += crc_line(whole);
  return write_small_file(ledger_path(journal_directory), whole);
}

status check_logs(const std::string& journal_directory, const ledger& known) {
  for (auto& [name, heads] : known.logs) {
    std::error_code error;
    if (!std::filesystem::exists(journal_directory + "/" + name, error))
      return refuse(errc::internal,
                    journal_directory + "/" + name +
                        " is missing, and with it acknowledged records: take the journal from a replica or a "
                        "backup (`charter journal verify` says what is left)");
  }
  return done{};
}

ledger_env::ledger_env(std::string journal_directory, bool is_new, leveldb::Env* below)
    : EnvWrapper(below ? below : leveldb::Env::Default()), directory_(std::move(journal_directory)), is_new_(is_new) {}

leveldb::Status ledger_env::LockFile(const std::string& path, leveldb::FileLock** lock) {
  auto outcome = target()->LockFile(path, lock);
  if (!outcome.ok() || is_new_)
    return outcome;
  auto known = read_ledger(directory_);
  if (!known)
    objection_ = known.why();
  else if (auto whole = check_logs(directory_, *known); !whole)
    objection_ = whole.why();
  if (objection_) {
    target()->UnlockFile(*lock);
    *lock = nullptr;
    return leveldb::Status::IOError(objection_->detail);
  }
  at_start_ = known_ = *known;
  return outcome;
}

bool ledger_env::is_log(const std::string& path) const {
  return path.ends_with(".log") && path.starts_with(directory_ + "/");
}

std::string ledger_env::name_of(const std::string& path) const { return path.substr(directory_.size() + 1); }

leveldb::Status ledger_env::save_locked() {
  auto written = write_ledger(directory_, known_);
  return written ? leveldb::Status::OK() : leveldb::Status::IOError(written.why().detail);
}

leveldb::Status ledger_env::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  auto outcome = target()->NewWritableFile(path, file);
  if (!outcome.ok() || !is_log(path))
    return outcome;
  std::lock_guard lock{mutex_};
  auto& begun_at = known_.logs[name_of(path)];
  begun_at.clear();
  for (auto& [shard, last] : known_.heads)
    begun_at[shard] = trusted_ ? last : at_start_.base_of(shard);
  outcome = save_locked();
  if (!outcome.ok()) {
    known_.logs.erase(name_of(path));
    delete *file;
    *file = nullptr;
  }
  return outcome;
}

leveldb::Status ledger_env::RemoveFile(const std::string& path) {
  if (is_log(path)) {
    std::lock_guard lock{mutex_};
    if (known_.logs.erase(name_of(path)) != 0)
      if (auto outcome = save_locked(); !outcome.ok())
        return outcome; // it stays, and is removed at the next occasion
  }
  return target()->RemoveFile(path);
}

status ledger_env::trust(const shard_heads& heads) {
  std::lock_guard lock{mutex_};
  trusted_ = true;
  known_.heads = heads;
  // Logs from before the start that are still named are only waiting to be removed.
  for (auto& [name, begun_at] : known_.logs)
    begun_at = heads;
  return write_ledger(directory_, known_);
}

void ledger_env::note(shard_id shard, position last) {
  std::lock_guard lock{mutex_};
  known_.heads[shard] = last;
}

status ledger_env::save() {
  std::lock_guard lock{mutex_};
  return write_ledger(directory_, known_);
}

} // namespace charter::storage
