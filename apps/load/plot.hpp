#pragma once
// Line plots as inline SVG. Colours come from the page's style sheet by the classes "s0", "s1", …; what a column stands
// for shows when the pointer is over it, without a script.

#include <string>
#include <vector>

#include "apps/load/measurements.hpp"

namespace charter::load {

struct plotted {
  std::string name;
  std::vector<double> values; ///< one for each x; negative: none
  bool is_filled = false;
};

struct plot {
  std::string title;
  std::string unit;      ///< of the values, as text after them
  std::vector<double> x; ///< ascending
  std::string x_unit = "s";
  bool is_log = false; ///< powers of ten upwards
  std::vector<plotted> lines;
  std::vector<mark> marks; ///< vertical lines
};

/// A <figure>.
std::string draw(const plot& p);

/// How values are distributed: the value at each percentile, the last nines stretched (as HDR histograms are shown).
struct distribution {
  std::string name;
  const histogram& values;
};
std::string draw_percentiles(const std::string& title, const std::vector<distribution>& all);

/// For text in HTML and attributes.
std::string escaped(std::string_view text);

} // namespace charter::load
