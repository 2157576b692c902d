#pragma once
// The whole check of a recording: command ids [I3], subscribers' streams [I4], and for each account whether some order
// of what was done explains all that was answered, posts and suspensions above all [I2].

#include <cstddef>
#include <string>
#include <vector>

#include "apps/history/calls.hpp"
#include "apps/history/linearize.hpp"
#include "apps/history/recording.hpp"

namespace charter::history {

inline constexpr std::size_t findings_max = 100; // then it is broken, and more says no more

struct report {
  std::vector<finding> findings;
  std::vector<std::string> undecided; ///< accounts whose search reached a bound
  std::size_t accounts = 0;
  std::size_t calls = 0; ///< that were put in order
  std::size_t configurations = 0;
};

report check(const recording& what, const bounds& within = {});

/// "[I2] acc_…: …", with lines of evidence below.
std::string to_text(const finding& f);

} // namespace charter::history
