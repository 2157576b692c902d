#include "apps/charter/session_file.hpp"

#include <cstdlib>

#include "apps/charter/private_file.hpp"
#include "domain/codec/wire.hpp"

namespace charter::cli {

namespace {

using sessions = std::map<std::string, session>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

} // namespace

result<std::string> session_file::default_directory() {
  if (auto base = variable("XDG_CONFIG_HOME"); base.starts_with('/'))
    return base + "/charter";
  if (auto home = variable("HOME"); home.starts_with('/'))
    return home + "/.config/charter";
  return refuse(errc::not_found, "there is no home directory to keep the session in; set XDG_CONFIG_HOME");
}

result<sessions> session_file::load() const {
  auto text = read_private_file(path());
  if (!text)
    return text.why();
  sessions all;
  if (!*text)
    return all;
  auto document = nlohmann::json::parse(**text, nullptr, false);
  auto damaged = refuse(errc::internal, path() + " is damaged; remove it and log in again");
  if (!document.is_object())
    return damaged;
  for (auto& [profile, value] : document.items())
    if (!wire::decode(value, all[profile], wire::path{}))
      return damaged;
  return all;
}

status session_file::save(const sessions& all) const {
  return write_private_file(path(), wire::encode(all).dump(2) + "\n");
}

status session_file::put(const std::string& profile, const session& s) const {
  auto all = load();
  if (!all)
    return all.why();
  all->insert_or_assign(profile, s);
  return save(*all);
}

status session_file::remove(const std::string& profile) const {
  auto all = load();
  if (!all)
    return all.why();
  return all->erase(profile) == 0 ? status{done{}} : save(*all);
}

} // namespace charter::cli
