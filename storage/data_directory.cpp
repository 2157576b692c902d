#include "storage/data_directory.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <sstream>

#include "storage/leveldb_journal.hpp"
#include "storage/small_file.hpp"

namespace charter::storage {

namespace {

constexpr std::uint64_t version_known = 1;

std::string identity_path(const std::string& directory) { return directory + "/DIRECTORY"; }

refusal damaged(const std::string& path, const std::string& detail) {
  return refuse(errc::internal, path + " is damaged: " + detail + "; take it from a backup of this directory");
}

} // namespace

std::string journal_path(const std::string& directory) { return directory + "/journal"; }
std::string store_path(const std::string& directory) { return directory + "/store"; }

result<directory_identity> create_data_directory(const std::string& directory, shard_id shards, environment& env) {
  namespace fs = std::filesystem;
  if (shards == 0 || shards > first_vault_shard)
    return invalid("shards", "shards must be from 1 to " + std::to_string(first_vault_shard));
  std::error_code error;
  fs::create_directory(directory, error);
  if (error)
    return refuse(errc::internal, "cannot create " + directory + ": " + error.message());
  if (!fs::is_empty(directory, error) || error)
    return refuse(errc::conflict, directory + " is not empty; a new data directory begins empty");
  std::array<std::uint8_t, 16> random;
  env.fill_random(random);
  directory_identity identity{to_hex(random), shards, format_level_known, 1};
  // The identity comes last: a directory without one holds nothing that anybody was told about.
  if (auto made = create_leveldb_journal(directory, identity); !made)
    return made.why();
  if (auto written = write_directory_identity(directory, identity); !written)
    return written.why();
  return identity;
}

result<directory_identity> read_directory_identity(const std::string& directory) {
  auto path = identity_path(directory);
  auto text = read_small_file(path);
  if (!text && text.why().code == errc::not_found) {
    std::error_code error;
    if (std::filesystem::exists(journal_path(directory), error))
      return refuse(errc::internal,
                    path + " is missing beside a journal: its creation was interrupted and it is empty "
                           "(remove it and create it again), or the file was lost (take it from a backup)");
    return refuse(errc::not_found,
                  directory +
                      " is no data directory; charterd makes one where there is nothing yet, or in an empty directory");
  }
  if (!text)
    return text.why();
  auto table = parse_flat(*text);
  if (!table)
    return damaged(path, table.why().field + ": " + table.why().detail);
  if ((*table)["magic"] != "charter-directory")
    return damaged(path, "it does not say that it is a data directory's identity");
  auto version = flat_number(*table, "version", UINT64_MAX);
  if (!version)
    return damaged(path, version.why().detail);
  auto level = flat_number(*table, "format_level", UINT32_MAX);
  if (!level)
    return damaged(path, level.why().detail);
  if (*version > version_known || *level > format_level_known)
    return refuse(errc::unavailable, directory + " was written by a newer version of Charter (format " +
                                         std::to_string(*level) + ", this one knows " +
                                         std::to_string(format_level_known) + "); start that version");
  auto shards = flat_number(*table, "shards", first_vault_shard);
  auto incarnation = flat_number(*table, "incarnation", UINT64_MAX);
  auto id = (*table)["id"];
  if (!shards || *shards == 0 || !incarnation || id.size() != 32)
    return damaged(path, "id, shards or incarnation is not what it must be");
  return directory_identity{id, static_cast<shard_id>(*shards), static_cast<std::uint32_t>(*level), *incarnation};
}

status write_directory_identity(const std::string& directory, const directory_identity& identity) {
  std::ostringstream text;
  text << "# Identity of a Charter data directory. Copying or editing it makes two directories look like one.\n"
       << "magic = \"charter-directory\"\n"
       << "version = " << version_known << "\n"
       << "id = \"" << identity.id << "\"\n"
       << "shards = " << identity.shards << "\n"
       << "format_level = " << identity.format_level << "\n"
       << "incarnation = " << identity.incarnation << "\n";
  return write_small_file(identity_path(directory), text.str());
}

} // namespace charter::storage
