#pragma once
// How far something is that takes long: a bar on a terminal; elsewhere a line when it has gone on, one a second at
// most, so that a log shows it as well.

#include <chrono>
#include <optional>

#include "apps/charter/progress.hpp"

namespace charter::cluster_tool {

class course {
public:
  /// Shows nothing when `total` is 0.
  void show(const std::string& what, std::uint64_t done, std::uint64_t total);
  /// Before something else is written.
  void clear() { bar_.reset(); }

private:
  cli::console screen_ = cli::console::of_process();
  std::optional<cli::progress> bar_;
  std::string what_;
  std::string said_;
  std::chrono::steady_clock::time_point said_at_{};
};

} // namespace charter::cluster_tool
