#include "apps/cluster/course.hpp"

#include <ostream>

namespace charter::cluster_tool {

namespace {

constexpr std::chrono::seconds interval{1}; // between two lines

} // namespace

void course::show(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (total == 0) // nothing is to do, or nothing is known yet
    return;
  if (screen_.err_is_terminal()) {
    if (!bar_ || what != what_)
      bar_.emplace(screen_, what_ = what);
    return bar_->show(done, total);
  }
  auto now = std::chrono::steady_clock::now();
  if (now - said_at_ < interval)
    return;
  auto line = what + ": " + std::to_string(done) + " of " + std::to_string(total);
  if (line == said_)
    return;
  said_at_ = now;
  said_ = line;
  screen_.err() << line << std::endl;
}

} // namespace charter::cluster_tool
