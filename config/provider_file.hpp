#pragma once
// Who founds a provider: its name, the credentials that the law asks for (article 4), and its first operator. Read
// once, by `charterd --found FILE`; from then on the journal has it.
//
//   name = "Example Messaging Ltd"
//   [[credentials]]
//   kind = "service"                      # a key of the charter's credentials
//   number = "…"
//   issuer = "…"
//   scope = "…"                           # as printed on it
//   valid_from = 2026-01-01T00:00:00Z
//   valid_until = 2029-01-01T00:00:00Z
//   [first_operator]
//   identity_provider = "telephone"       # a key of the server's settings
//   subject = "+86 …"                     # whom that provider knows them as
//   pseudonym = "operator"

#include <string>
#include <variant>
#include <vector>

#include "config/mistake.hpp"
#include "domain/charter.hpp"

namespace charter::config {

struct first_operator {
  std::string identity_provider;
  std::string subject;
  std::string pseudonym;
  CHARTER_FIELDS(first_operator, identity_provider, subject, pseudonym)
};

struct provider_file {
  std::string name;
  std::vector<credential> credentials;
  charter::config::first_operator first_operator;
  CHARTER_FIELDS(provider_file, name, credentials, first_operator)
};

/// `file` is only named in mistakes; all of them are in the list.
std::variant<provider_file, mistakes> load_provider(std::string_view text, const std::string& file);
/// Reads the file (at most 4 MiB) and loads it.
std::variant<provider_file, mistakes> load_provider_file(const std::string& path);

} // namespace charter::config
