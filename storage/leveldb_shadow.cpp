#include "storage/leveldb_shadow.hpp"

#include <filesystem>

namespace charter::storage {

namespace fs = std::filesystem;

result<std::unique_ptr<shadow>> lock_for_shadow(const std::string& original, const std::string& copy) {
  std::error_code error;
  if (!fs::is_directory(original, error))
    return refuse(errc::not_found, original + " does not exist");
  std::unique_ptr<shadow> made{new shadow{original, copy}};
  if (auto outcome = leveldb::Env::Default()->LockFile(original + "/LOCK", &made->lock_); !outcome.ok())
    return to_refusal(outcome, "lock " + original);
  return made;
}

shadow::~shadow() {
  std::error_code ignored;
  fs::remove_all(copy_, ignored);
  if (lock_)
    leveldb::Env::Default()->UnlockFile(lock_);
}

leveldb::Status shadow::replacing_env::NewWritableFile(const std::string& path, leveldb::WritableFile** file) {
  std::error_code absent;
  fs::remove(path, absent);
  return target()->NewWritableFile(path, file);
}

result<std::string> shadow::make() {
  std::error_code error;
  fs::remove_all(copy_, error);
  fs::create_directory(copy_, error);
  for (auto& entry : fs::directory_iterator(original_, error)) {
    if (error)
      break;
    auto name = entry.path().filename().string();
    if (name == "LOCK")
      continue;
    auto target = copy_ + "/" + name;
    if (name.ends_with(".ldb") || name.ends_with(".sst"))
      fs::create_hard_link(entry.path(), target, error);
    else
      fs::copy_file(entry.path(), target, error);
    if (error)
      break;
  }
  if (error)
    return refuse(error == std::errc::no_space_on_device ? errc::unavailable : errc::internal,
                  "cannot make the look-alike " + copy_ + ": " + error.message());
  return copy_;
}

} // namespace charter::storage
