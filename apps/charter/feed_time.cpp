// RFC 822's dates, as RSS writes them and as publishers get them wrong.
#include <algorithm>
#include <array>
#include <charconv>

#include "apps/charter/feed_document.hpp"

namespace charter::cli {

namespace {

std::string_view next_word(std::string_view& text) {
  auto first = std::min(text.find_first_not_of(" \t\r\n,"), text.size());
  text.remove_prefix(first);
  auto word = text.substr(0, text.find_first_of(" \t\r\n,"));
  text.remove_prefix(word.size());
  return word;
}

bool read_number(std::string_view text, int& number) {
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() && number >= 0;
}

/// 1 to 12, 0 for none.
int month_number(std::string_view name) {
  constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto found = std::find(names.begin(), names.end(), name.substr(0, 3));
  return found == names.end() ? 0 : static_cast<int>(found - names.begin()) + 1;
}

/// "+0800", "GMT", "Z", "EST"; unknown names count as UTC, as RFC 2822 has it.
std::optional<std::chrono::minutes> zone_offset(std::string_view zone) {
  struct named {
    std::string_view name;
    int hours;
  };
  constexpr std::array american{named{"EST", -5}, named{"EDT", -4}, named{"CST", -6}, named{"CDT", -5},
                                named{"MST", -7}, named{"MDT", -6}, named{"PST", -8}, named{"PDT", -7}};
  if (zone.size() == 5 && (zone[0] == '+' || zone[0] == '-')) {
    int hours = 0;
    int minutes = 0;
    if (!read_number(zone.substr(1, 2), hours) || !read_number(zone.substr(3), minutes) || hours > 23 || minutes > 59)
      return {};
    return std::chrono::minutes{(zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes)};
  }
  for (auto& z : american)
    if (z.name == zone)
      return std::chrono::hours{z.hours};
  return std::chrono::minutes{0};
}

/// "14:25" or "14:25:30"
std::optional<std::chrono::seconds> time_of_day(std::string_view text) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  bool has_seconds = text.size() == 8 && text[5] == ':';
  if ((text.size() != 5 && !has_seconds) || text[2] != ':' || !read_number(text.substr(0, 2), hour) ||
      !read_number(text.substr(3, 2), minute) || (has_seconds && !read_number(text.substr(6), second)))
    return {};
  if (hour > 23 || minute > 59 || second > 60)
    return {};
  return std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::optional<timestamp> rfc822(std::string_view text) {
  auto word = next_word(text);
  int day = 0;
  if (!read_number(word, day) && !read_number(word = next_word(text), day)) // after the day of the week
    return {};
  auto month = month_number(next_word(text));
  auto year_text = next_word(text);
  int year = 0;
  if (month == 0 || year_text.size() > 4 || !read_number(year_text, year))
    return {};
  if (year_text.size() == 2)
    year += year < 50 ? 2000 : 1900;
  auto date = std::chrono::year{year} / month / day;
  auto time = time_of_day(next_word(text));
  auto offset = zone_offset(next_word(text));
  if (!date.ok() || !time || !offset)
    return {};
  return std::chrono::sys_days{date} + *time - *offset;
}

} // namespace

std::optional<timestamp> parse_feed_time(std::string_view text) {
  auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos)
    return {};
  text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
  if (auto time = parse_time(text))
    return *time;
  return rfc822(text);
}

} // namespace charter::cli
