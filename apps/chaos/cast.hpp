#pragma once
// Who takes part: made once, through the protocol, before anything is disturbed.

#include "apps/chaos/worker.hpp"

namespace charter::chaos {

inline constexpr std::size_t accounts_max = 8;
inline constexpr std::size_t follower_count = 3;

struct cast {
  std::vector<std::string> accounts;
  std::vector<member_of_cast> owners; ///< of account i, and an editor of the next one
  member_of_cast moderator;
  std::vector<member_of_cast> followers;
  member_of_cast joiner;
};

/// Throws std::runtime_error, with a sentence.
cast enrol(const nodes& at, std::size_t accounts);

} // namespace charter::chaos
