#include "storage/vault/key_file.hpp"

#include <charconv>
#include <filesystem>
#include <sstream>

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/small_file.hpp"

namespace charter::vault {

using storage::flat_number;
using storage::flat_table;

namespace {

constexpr std::uint64_t version_known = 1;

/// Texts in it are wiped.
struct secret_table {
  flat_table rows;
  ~secret_table() {
    for (auto& [name, value] : rows)
      wipe(value);
  }
};

refusal damaged(const std::string& path, const std::string& why) {
  return refuse(errc::internal, path + " is no sound key file: " + why + "; restore it from its backup");
}

status check_permissions(const std::string& path, bool from_credential) {
  struct stat info;
  if (::stat(path.c_str(), &info) != 0)
    return storage::os_refusal("cannot read the vault's keys in " + path);
  if (!S_ISREG(info.st_mode))
    return refuse(errc::forbidden, path + " is not a regular file");
  auto too_wide = from_credential ? S_IRWXO | S_IWGRP | S_IXGRP : S_IRWXO | S_IRWXG;
  if ((info.st_mode & too_wide) != 0)
    return refuse(errc::forbidden, path + " holds the vault's keys and others may read it: chmod 600 " + path);
  if (info.st_uid != ::geteuid() && info.st_uid != 0)
    return refuse(errc::forbidden, path + " holds the vault's keys and belongs to another user");
  return done{};
}

std::string random_hex(environment& env) {
  secret_bytes key{key_bytes};
  env.fill_random({key.data(), key.size()});
  return to_hex(key.view());
}

bool parse_key(const std::string& hex, secret_bytes& key) {
  key = secret_bytes{key_bytes};
  std::size_t size = 0;
  return hex.size() == 2 * key_bytes &&
         sodium_hex2bin(key.data(), key.size(), hex.data(), hex.size(), nullptr, &size, nullptr) == 0 &&
         size == key_bytes;
}

/// The number in "key_12"; 0 for another name.
key_number number_of(const std::string& name) {
  key_number number = 0;
  if (name.starts_with("key_")) {
    auto [end, error] = std::from_chars(name.data() + 4, name.data() + name.size(), number);
    if (error != std::errc{} || end != name.data() + name.size())
      return 0;
  }
  return number;
}

status read_table(const std::string& path, bool from_credential, secret_table& table) {
  if (auto narrow = check_permissions(path, from_credential); !narrow)
    return narrow;
  auto text = storage::read_small_file(path);
  if (!text)
    return text.why();
  auto parsed = storage::parse_flat(*text);
  wipe(*text);
  if (!parsed)
    return damaged(path, parsed.why().field + ": " + parsed.why().detail);
  table.rows = std::move(*parsed);
  auto version = flat_number(table.rows, "version", UINT64_MAX);
  if (table.rows["magic"] != "charter-vault-keys" || !version)
    return damaged(path, "magic or version is missing");
  if (*version > version_known)
    return refuse(errc::unavailable, path + " was written by a newer version of Charter; start that version");
  return done{};
}

status write_table(const std::string& path, const flat_table& rows) {
  std::ostringstream text;
  text << "# Keys of Charter's vault. Who has this file can read every identity; without it nobody can.\n"
       << "# Back it up apart from the data. Never edit, except to remove old key_N lines after a rotation.\n";
  for (auto& [name, value] : rows) {
    bool number = name == "version" || name == "digest_operations" || name == "digest_memory_bytes";
    text << name << " = " << (number ? "" : "\"") << value << (number ? "" : "\"") << "\n";
  }
  auto whole = std::move(text).str();
  auto written = storage::write_small_file(path, whole, 0600);
  wipe(whole);
  return written;
}

} // namespace

const secret_bytes* key_ring::find(key_number number) const {
  auto entry = keys_.find(number);
  return entry == keys_.end() ? nullptr : &entry->second;
}

status create_key_file(const std::string& path, storage::argon2_cost digest_cost, environment& env) {
  std::error_code error;
  if (std::filesystem::exists(path, error))
    return refuse(errc::conflict, path + " exists; overwriting it would make every identity unreadable");
  secret_table table;
  table.rows = {{"magic", "charter-vault-keys"},
                {"version", std::to_string(version_known)},
                {"digest_key", random_hex(env)},
                {"digest_operations", std::to_string(digest_cost.operations)},
                {"digest_memory_bytes", std::to_string(digest_cost.memory_bytes)},
                {"key_1", random_hex(env)}};
  return write_table(path, table.rows);
}

status add_key(const std::string& path, environment& env) {
  key_number newest = 0;
  {
    auto ring = load_key_file(path);
    if (!ring)
      return ring.why();
    newest = ring->newest();
  }
  secret_table table;
  if (auto read = read_table(path, false, table); !read)
    return read;
  table.rows["key_" + std::to_string(newest + 1)] = random_hex(env);
  return write_table(path, table.rows);
}

result<key_ring> load_key_file(const std::string& path, bool from_credential) {
  storage::start_sodium();
  secret_table table;
  if (auto read = read_table(path, from_credential, table); !read)
    return read.why();
  key_ring ring;
  for (auto& [name, value] : table.rows)
    if (auto number = number_of(name); number != 0)
      if (!parse_key(value, ring.keys_[number]))
        return damaged(path, name + " is not 64 hex digits");
  auto operations = flat_number(table.rows, "digest_operations", UINT32_MAX);
  auto memory = flat_number(table.rows, "digest_memory_bytes", std::uint64_t{4} << 30);
  if (ring.keys_.empty() || !operations || !memory || !parse_key(table.rows["digest_key"], ring.digest_key_))
    return damaged(path, "a key or a cost is missing");
  ring.digest_cost_ = {*operations, *memory};
  return ring;
}

} // namespace charter::vault
