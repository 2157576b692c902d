#pragma once
// What a run looks like while it runs: a few lines that are drawn again each second on a terminal, a line each second
// elsewhere.

#include <ostream>
#include <string>

#include "apps/load/world.hpp"

namespace charter::load {

class live_view {
public:
  /// `is_terminal`: understands the cursor movements of ECMA-48.
  live_view(std::ostream& out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}

  /// Anything that goes from 0 to `of`: "registering  [####----]  50 %  12 of 24".
  void progress(const std::string& what, std::size_t done, std::size_t of);
  void second(const world& w);
  void say(const std::string& line);
  /// Wipes what would be drawn over.
  void clear();

private:
  void draw(const std::string& lines);

  std::ostream& out_;
  bool is_terminal_;
  std::size_t drawn_lines_ = 0;
  std::string what_;
  instant drawn_at_{};
};

/// The last so many values as a row of blocks, the highest one full: "▁▂▅█▃".
std::string sparkline(const std::vector<double>& values, std::size_t most);

/// "[#####-----]"
std::string bar(double share, std::size_t columns);

} // namespace charter::load
