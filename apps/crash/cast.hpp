#pragma once
// Who takes part: people, three accounts, a chat. Made once, through the protocol, before anything is killed.

#include <string>
#include <vector>

#include "apps/tour/person.hpp"

namespace charter::crash {

struct cast {
  /// The first two have two editors each; the third is the one that is sanctioned, and has its owner.
  std::vector<std::string> accounts;
  std::string chat; ///< of the two readers
};

// Names, to log in with.
inline constexpr auto moderating = "senior-zhao";
inline constexpr const char* owners[] = {"owner-an", "owner-bo", "owner-chen"};
inline constexpr const char* readers[] = {"reader-ding", "reader-feng"};

/// Throws std::runtime_error, with a sentence.
cast enrol(const tour::service& at);

/// A connection of their own for somebody who is enrolled. Throws as `enrol`.
tour::person log_in(const tour::service& at, const std::string& name);

} // namespace charter::crash
