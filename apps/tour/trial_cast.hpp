#pragma once
// Who is there on trial: made-up people with roles, organisations of every kind of article 7, and their accounts.

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "domain/charter_kinds.hpp"

namespace charter::tour {

struct cast_member {
  int identity; ///< trial identity
  std::string_view name;
  std::string_view what; ///< for lists of log-ins
  std::string_view role; ///< as admin.grant_role takes it; empty: none
  std::string_view office;
};

enum class writes { tang_poems, song_poems, software, notices, time_news, reposts, changes };

struct cast_account {
  std::string_view owner;
  std::string_view kind;         ///< of organisation
  std::string_view organisation; ///< its name; empty: personal
  std::string_view region;
  std::string_view credential; ///< kind of credential besides its registration; empty: none
  std::string_view name;
  std::string_view description;
  std::string_view category;
  std::string_view news; ///< right asked for; empty: none
  std::string_view statement;
  writes what;
};

std::span<const cast_member> members();
std::span<const cast_account> accounts();
/// Who only reads.
std::span<const std::string_view> readers();

} // namespace charter::tour
