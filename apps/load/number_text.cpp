#include "apps/load/number_text.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace charter::load {

std::string with_commas(std::uint64_t x) {
  auto text = std::to_string(x);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), ",");
  return text;
}

std::string counted(std::uint64_t x, const std::string& what) {
  return with_commas(x) + " " + what + (x == 1 ? "" : "s");
}

std::string short_number(double x) {
  if (x >= 999.5)
    return with_commas(static_cast<std::uint64_t>(std::llround(x)));
  std::array<char, 32> text;
  int decimals = x >= 99.95 || x == 0 ? 0 : x >= 9.995 ? 1 : x >= 0.9995 ? 2 : 3;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, x);
  return text.data();
}

std::string time_text(std::uint64_t us) {
  auto ms = static_cast<double>(us) / 1000;
  return ms < 999.5 ? short_number(ms) + " ms" : short_number(ms / 1000) + " s";
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array units{" B", " kB", " MB", " GB", " TB"};
  auto x = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; x >= 999.5 && unit + 1 < units.size(); ++unit)
    x /= 1000;
  return (unit == 0 ? std::to_string(bytes) : short_number(x)) + units[unit];
}

} // namespace charter::load
