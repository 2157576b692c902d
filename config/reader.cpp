#include "config/reader.hpp"

#include <algorithm>
#include <tuple>

namespace charter::config {

namespace {

using namespace std::chrono_literals;

struct unit {
  std::string_view name;
  duration length;
};
constexpr unit units[] = {{"d", 24h}, {"h", 1h}, {"m", 1min}, {"s", 1s}, {"ms", 1ms}};
constexpr duration longest = 24h * 36'500;

/// Takes leading digits off; nothing without any, or with more than nine.
std::optional<std::int64_t> take_number(std::string_view& text) {
  auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9)
    return {};
  std::int64_t value = 0;
  for (char c : text.substr(0, digits))
    value = value * 10 + (c - '0');
  text.remove_prefix(digits);
  return value;
}

/// Takes leading letters off and gives the unit's index; past the end for none.
std::size_t take_unit(std::string_view& text) {
  auto letters = std::min(text.find_first_of("0123456789"), text.size());
  auto at = std::find_if(std::begin(units), std::end(units),
                         [&](const unit& u) { return u.name == text.substr(0, letters); });
  text.remove_prefix(letters);
  return static_cast<std::size_t>(at - std::begin(units));
}

} // namespace

std::optional<duration> parse_duration(std::string_view text) {
  duration sum{};
  for (std::size_t next = 0; !text.empty(); ++next) {
    auto number = take_number(text);
    auto index = number ? take_unit(text) : std::size(units);
    if (index < next || index >= std::size(units) || *number > (longest - sum) / units[index].length)
      return {};
    sum += *number * units[index].length;
    next = index;
  }
  return sum > 0ms ? std::optional{sum} : std::nullopt;
}

std::string duration_text(duration d) {
  std::string text;
  for (const auto& u : units)
    if (auto n = d / u.length; n > 0) {
      text += std::to_string(n) + std::string{u.name};
      d -= n * u.length;
    }
  return text.empty() ? "0s" : text;
}

void reader::complain(const std::string& key, std::string expected, std::string found) {
  auto at = places_.find(key);
  for (auto around = key; at == places_.end() && !around.empty();) {
    auto cut = around.find_last_of(".[");
    around.resize(cut == around.npos ? 0 : cut);
    at = places_.find(around);
  }
  add(at == places_.end() ? place{1, 1} : at->second, key, std::move(expected), std::move(found));
}

bool reader::sound(const std::string& key) const {
  auto below = [&](char next) {
    auto at = unread_.lower_bound(key + next);
    return at != unread_.end() && at->starts_with(key + next);
  };
  return !unread_.contains(key) && !below('.') && !below('[');
}

mistakes reader::take_mistakes() {
  std::stable_sort(mistakes_.begin(), mistakes_.end(), [](const mistake& a, const mistake& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return std::exchange(mistakes_, {});
}

void reader::read_value(const node& from, const std::string& key, std::string& to) {
  if (from.kind != node_kind::text || from.text.empty())
    return wrong(from, key, "text");
  to = from.text;
}

void reader::read_value(const node& from, const std::string& key, bool& to) {
  if (from.kind != node_kind::boolean)
    return wrong(from, key, "true or false");
  to = from.integer != 0;
}

void reader::read_value(const node& from, const std::string& key, duration& to) {
  auto value = from.kind == node_kind::text ? parse_duration(from.text) : std::nullopt;
  if (!value)
    return wrong(from, key, "a length of time such as \"90s\", \"24h\" or \"15d\"");
  to = *value;
}

void reader::read_value(const node& from, const std::string& key, timestamp& to) {
  auto value = from.kind == node_kind::time ? parse_time(from.text) : result<timestamp>{invalid(key, "not a time")};
  if (!value)
    return wrong(from, key, "a time with an offset such as 2014-08-07T00:00:00+08:00");
  to = *value;
}

void reader::read_value(const node& from, const std::string& key, rule_ref& to) {
  if (from.kind != node_kind::text || from.text.empty())
    return wrong(from, key, "an article such as \"7.2\", or \"6.2#item\" with an item of the agreement");
  auto mark = from.text.find('#');
  to = {charter_, from.text.substr(0, mark), mark == from.text.npos ? "" : from.text.substr(mark + 1)};
  rules_.push_back({key, to});
}

std::optional<std::int64_t> reader::read_integer(const node& from, const std::string& key, std::int64_t min,
                                                 std::int64_t max) {
  if (from.kind == node_kind::integer && from.integer >= min && from.integer <= max)
    return from.integer;
  wrong(from, key, "a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return {};
}

} // namespace charter::config
