#pragma once
// A bar on standard error while something takes long; nothing at all when that isn't a terminal.

#include <chrono>
#include <cstdint>
#include <string>

#include "apps/charter/console.hpp"

namespace charter::cli {

class progress {
public:
  progress(const console& to, std::string what) : to_(to), what_(std::move(what)) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Draws at most ten times a second. `total` 0: unknown.
  void show(std::uint64_t done, std::uint64_t total);
  /// Wipes the bar, before something else is written.
  void clear();

private:
  const console& to_;
  std::string what_;
  std::chrono::steady_clock::time_point last_{};
  bool is_shown_ = false;
};

/// "importing  [#####-----]  50 %  12 of 24"
std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total);

} // namespace charter::cli
