#include "apps/charter/utf8_text.hpp"

#include <algorithm>
#include <array>

namespace charter::cli::utf8 {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

constexpr std::array marks{range{0x300, 0x36f},   range{0x591, 0x5bd},   range{0x64b, 0x65f},   range{0xe31, 0xe31},
                           range{0xe34, 0xe3a},   range{0x1ab0, 0x1aff}, range{0x1dc0, 0x1dff}, range{0x200b, 0x200d},
                           range{0x20d0, 0x20ff}, range{0xfe00, 0xfe0f}, range{0xfe20, 0xfe2f}, range{0xfeff, 0xfeff}};
constexpr std::array wide{range{0x1100, 0x115f},   range{0x2e80, 0x303e},   range{0x3041, 0x33ff},
                          range{0x3400, 0x4dbf},   range{0x4e00, 0x9fff},   range{0xa000, 0xa4cf},
                          range{0xac00, 0xd7a3},   range{0xf900, 0xfaff},   range{0xfe30, 0xfe6f},
                          range{0xff00, 0xff60},   range{0xffe0, 0xffe6},   range{0x1f300, 0x1f64f},
                          range{0x1f680, 0x1f6ff}, range{0x1f900, 0x1f9ff}, range{0x20000, 0x3fffd}};

template <std::size_t N>
bool in(const std::array<range, N>& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const range& r) { return c >= r.first && c <= r.last; });
}

/// Continuation bytes that follow a first byte; -1: it begins nothing.
int continuations(unsigned char first) {
  if (first < 0x80)
    return 0;
  if (first >= 0xc2 && first <= 0xdf)
    return 1;
  if (first >= 0xe0 && first <= 0xef)
    return 2;
  return first >= 0xf0 && first <= 0xf4 ? 3 : -1;
}

bool is_scalar(char32_t c) { return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff); }

} // namespace

char32_t next(std::string_view& text) {
  constexpr std::array<char32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
  auto first = static_cast<unsigned char>(text.front());
  auto more = continuations(first);
  auto fail = [&] {
    text.remove_prefix(1);
    return invalid;
  };
  if (more < 0 || text.size() <= static_cast<std::size_t>(more))
    return fail();
  auto at = static_cast<std::size_t>(more);
  char32_t c = more == 0 ? first : first & (0x3f >> more);
  for (std::size_t i = 1; i <= at; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80)
      return fail();
    c = (c << 6) | (byte & 0x3f);
  }
  if (c < smallest[at] || !is_scalar(c))
    return fail();
  text.remove_prefix(at + 1);
  return c;
}

std::string encode(char32_t c) {
  auto tail = [&](int shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
  if (!is_scalar(c))
    return "\xef\xbf\xbd";
  if (c < 0x80)
    return {static_cast<char>(c)};
  if (c < 0x800)
    return {static_cast<char>(0xc0 | (c >> 6)), tail(0)};
  if (c < 0x10000)
    return {static_cast<char>(0xe0 | (c >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | (c >> 18)), tail(12), tail(6), tail(0)};
}

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

bool reorders(char32_t c) {
  return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

unsigned columns(char32_t c) {
  if (is_control(c) || in(marks, c))
    return 0;
  return in(wide, c) ? 2 : 1;
}

} // namespace charter::cli::utf8
