#include "apps/charter/progress.hpp"

#include <algorithm>
#include <ostream>

namespace charter::cli {

namespace {

constexpr std::uint64_t bar_columns = 24;
constexpr auto interval = std::chrono::milliseconds(100);

} // namespace

std::string progress_line(const std::string& what, std::uint64_t done, std::uint64_t total) {
  if (total == 0)
    return what + "  " + std::to_string(done);
  auto share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  auto filled = static_cast<std::uint64_t>(share * static_cast<double>(bar_columns));
  return what + "  [" + std::string(filled, '#') + std::string(bar_columns - filled, '-') + "]  " +
         std::to_string(static_cast<int>(share * 100)) + " %  " + std::to_string(done) + " of " + std::to_string(total);
}

void progress::show(std::uint64_t done, std::uint64_t total) {
  auto now = std::chrono::steady_clock::now();
  if (!to_.err_is_terminal() || (is_shown_ && now - last_ < interval))
    return;
  last_ = now;
  is_shown_ = true;
  to_.err() << "\r\x1b[K" << progress_line(what_, done, total) << std::flush;
}

void progress::clear() {
  if (is_shown_)
    to_.err() << "\r\x1b[K" << std::flush;
  is_shown_ = false;
}

} // namespace charter::cli
