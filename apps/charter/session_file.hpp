#pragma once
// Who is logged in where: profiles with their server and token, in $XDG_CONFIG_HOME/charter/session.json.
//
// A token is as good as a password for as long as it lasts, so the file is the owner's alone (0600, its directory 0700)
// and one that others may read is refused. Written as a whole, so that two shells never leave half a file.

#include <map>
#include <optional>
#include <string>

#include "domain/result.hpp"

namespace charter::cli {

struct session {
  std::string url;
  std::string pseudonym;
  std::string user; ///< "usr_…"
  std::string token;
  std::string until; ///< RFC 3339; may be empty
  CHARTER_FIELDS(session, url, pseudonym, user, token, until)
};

class session_file {
public:
  /// $XDG_CONFIG_HOME/charter or ~/.config/charter. Errors: `not_found` without a home directory.
  static result<std::string> default_directory();

  explicit session_file(std::string directory) : directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }
  std::string path() const { return directory_ + "/session.json"; }

  /// No file: no sessions. Errors: `forbidden` if others may read it, `internal` if it is damaged.
  result<std::map<std::string, session>> load() const;
  status put(const std::string& profile, const session& s) const;
  /// Removing what isn't there is fine.
  status remove(const std::string& profile) const;

private:
  status save(const std::map<std::string, session>& all) const;

  std::string directory_;
};

} // namespace charter::cli
