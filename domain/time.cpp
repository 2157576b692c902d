#include "domain/time.hpp"

#include <algorithm>
#include <cstdio>

namespace charter {

namespace {

using namespace std::chrono;

/// Takes `digits` decimal digits off the front.
bool take_number(std::string_view& text, int digits, int& value) {
  if (text.size() < static_cast<std::size_t>(digits))
    return false;
  value = 0;
  for (int i = 0; i < digits; ++i) {
    char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9')
      return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<std::size_t>(digits));
  return true;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == any_of.npos)
    return false;
  text.remove_prefix(1);
  return true;
}

/// ".5", ".123456789": milliseconds, the rest cut. Nothing when there is no point.
bool take_fraction(std::string_view& text, int& ms) {
  ms = 0;
  if (!take(text, "."))
    return true;
  int digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; ++digits, text.remove_prefix(1))
    if (digits < 3)
      ms = ms * 10 + (text.front() - '0');
  for (int i = digits; i < 3; ++i)
    ms *= 10;
  return digits > 0;
}

bool take_offset(std::string_view& text, minutes& offset) {
  offset = minutes{0};
  if (take(text, "Zz"))
    return true;
  int sign = !text.empty() && text.front() == '-' ? -1 : 1;
  int h = 0;
  int m = 0;
  if (!take(text, "+-") || !take_number(text, 2, h) || !take(text, ":") || !take_number(text, 2, m) || h > 23 || m > 59)
    return false;
  offset = sign * (hours{h} + minutes{m});
  return true;
}

} // namespace

std::string to_text(timestamp t) {
  constexpr auto first = timestamp{sys_days{year{0} / 1 / 1}};
  constexpr auto last = timestamp{sys_days{year{9999} / 12 / 31}} + hours{24} - milliseconds{1};
  t = std::clamp(t, first, last);
  auto day = floor<days>(t);
  year_month_day date{day};
  hh_mm_ss time{t - day};
  char out[32];
  std::snprintf(out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int{date.year()}, unsigned{date.month()},
                unsigned{date.day()}, static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
  return out;
}

result<timestamp> parse_time(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, ms = 0;
  minutes offset;
  bool whole = take_number(text, 4, y) && take(text, "-") && take_number(text, 2, mo) && take(text, "-") &&
               take_number(text, 2, d) && take(text, "Tt ") && take_number(text, 2, h) && take(text, ":") &&
               take_number(text, 2, mi) && take(text, ":") && take_number(text, 2, s) && take_fraction(text, ms) &&
               take_offset(text, offset) && text.empty();
  auto date = year{y} / month(static_cast<unsigned>(mo)) / day(static_cast<unsigned>(d));
  if (!whole || !date.ok() || h > 23 || mi > 59 || s > 60)
    return invalid("", "expected a time such as 2026-11-24T13:56:44.000Z (RFC 3339)");
  return timestamp{sys_days{date}} + hours{h} + minutes{mi} + seconds{s} + milliseconds{ms} - offset;
}

} // namespace charter
