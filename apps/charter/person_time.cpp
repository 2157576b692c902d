#include "apps/charter/person_time.hpp"

#include <array>
#include <cstdlib>
#include <ctime>

namespace charter::cli {

namespace {

using namespace std::chrono_literals;

struct unit {
  duration size;
  std::string_view one;
  std::string_view many;
};
constexpr std::array<unit, 7> units{{{365 * 24h, "a year", "years"},
                                     {30 * 24h, "a month", "months"},
                                     {7 * 24h, "a week", "weeks"},
                                     {24h, "a day", "days"},
                                     {1h, "an hour", "hours"},
                                     {1min, "a minute", "minutes"},
                                     {1s, "a second", "seconds"}}};

constexpr auto just_now = 45s;

std::tm local(timestamp t) {
  auto seconds = static_cast<std::time_t>(std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count());
  std::tm out{};
  ::localtime_r(&seconds, &out);
  return out;
}

/// In English, whatever the locale.
std::string weekday(const std::tm& t) {
  constexpr std::array<const char*, 7> names{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                             "Thursday", "Friday", "Saturday"};
  return names[static_cast<std::size_t>(t.tm_wday)];
}

std::string day_and_month(const std::tm& t) {
  constexpr std::array<const char*, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return std::to_string(t.tm_mday) + " " + names[static_cast<std::size_t>(t.tm_mon)];
}

std::string clock(const std::tm& t) {
  std::array<char, 8> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%H:%M", &t)};
}

/// Days between two dates of the local calendar; a day with 23 or 25 hours is a day.
long days_between(std::tm from, std::tm to) {
  auto number = [](const std::tm& t) {
    using namespace std::chrono;
    return sys_days{year{t.tm_year + 1900} / (t.tm_mon + 1) / t.tm_mday}.time_since_epoch().count();
  };
  return number(to) - number(from);
}

} // namespace

std::string to_person(duration span) {
  for (auto& u : units)
    if (auto n = span / u.size; n >= 1)
      return n == 1 ? std::string{u.one} : std::to_string(n) + " " + std::string{u.many};
  return "a moment";
}

std::string to_person(timestamp t, timestamp now) {
  auto off = t - now;
  auto ahead = off > 0ms;
  if (std::chrono::abs(off) < just_now)
    return ahead ? "in a moment" : "just now";
  auto then = local(t);
  auto today = local(now);
  auto days = days_between(today, then);
  auto distance = ahead ? "in " + to_person(off) : to_person(-off) + " ago";
  if (days == 0)
    return clock(then) + ", " + distance;
  if (days == -1)
    return "yesterday " + clock(then);
  if (days == 1)
    return "tomorrow " + clock(then);
  if (days < 0 && days > -7)
    return weekday(then) + " " + clock(then) + ", " + distance;
  if (days > 0 && days < 7)
    return weekday(then).substr(0, 3) + " " + day_and_month(then) + " " + clock(then) + ", " + distance;
  if (then.tm_year == today.tm_year)
    return day_and_month(then) + " " + clock(then) + ", " + distance;
  return day_and_month(then) + " " + std::to_string(then.tm_year + 1900) + ", " + distance;
}

timestamp clock_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

} // namespace charter::cli
