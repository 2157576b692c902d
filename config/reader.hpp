#pragma once
// Reads any type with a field list out of a document, and collects every mistake instead of stopping at the first.
//
// The type is the schema: a key per field, nothing else. Left out may be what has a natural absence: `std::optional`,
// `bool` and lists of plain values; or everything, where a struct's own values are the defaults (`absence::default_`).
// How values are written: durations "90s", "24h", "15d", "1d12h"; times as TOML times with an offset; enumerators by
// name; rules as "7.2" or, with an item of the agreement, "6.2#truthfulness". Texts are never empty.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/document.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

namespace charter::config {

/// Nothing unless the text is a sum of parts in ms, s, m, h, d, longest first, above 0 and at most 100 years.
std::optional<duration> parse_duration(std::string_view text);

/// The other way: "1d12h"; "0s" for nothing.
std::string duration_text(duration d);

enum class absence : std::uint8_t { mistake, default_ };

namespace detail {

template <class T>
struct element {
  using type = void;
};
template <class T>
struct element<std::vector<T>> {
  using type = T;
};
template <class T>
inline constexpr bool is_list = !std::is_void_v<typename element<T>::type>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_row = record<T> && !std::same_as<T, rule_ref>;

template <class T>
constexpr bool may_be_absent() {
  if constexpr (is_list<T>)
    return !is_row<typename element<T>::type>;
  else
    return is_optional<T> || std::same_as<T, bool>;
}

template <std::size_t N>
std::string listed(const std::array<std::string_view, N>& names) {
  std::string text = "one of";
  for (std::size_t i = 0; i < N; ++i)
    text += (i ? ", " : " ") + std::string{names[i]};
  return text;
}

} // namespace detail

class reader {
public:
  explicit reader(std::string file, absence absent = absence::mistake, std::string charter = {})
      : file_(std::move(file)), absent_(absent), charter_(std::move(charter)) {}

  /// A rule that was read, to be looked up once the articles are known.
  struct cited {
    std::string key;
    rule_ref rule;
  };

  template <record T>
  void read(const node& from, T& to) {
    read_value(from, "", to);
  }

  /// Adds a mistake at the place of `key`, or of the nearest table around it.
  void complain(const std::string& key, std::string expected, std::string found);

  /// It was there, and its value was as it should be.
  bool was_read(const std::string& key) const { return places_.contains(key) && !unread_.contains(key); }
  /// Nothing at this key or below it was missing or wrong, so that its parts can be held against each other.
  bool sound(const std::string& key) const;
  const std::vector<cited>& rules() const { return rules_; }

  /// All of them, in the order of the file.
  mistakes take_mistakes();

private:
  void wrong(const node& from, const std::string& key, std::string expected) {
    unread_.insert(key);
    add(from.at, key, std::move(expected), describe(from));
  }
  void add(place at, const std::string& key, std::string expected, std::string found) {
    mistakes_.push_back({file_, at.line, at.column, key, std::move(expected), std::move(found)});
  }

  void read_value(const node& from, const std::string& key, std::string& to);
  void read_value(const node& from, const std::string& key, bool& to);
  void read_value(const node& from, const std::string& key, duration& to);
  void read_value(const node& from, const std::string& key, timestamp& to);
  void read_value(const node& from, const std::string& key, rule_ref& to);
  std::optional<std::int64_t> read_integer(const node& from, const std::string& key, std::int64_t min,
                                           std::int64_t max);

  template <std::integral T>
  void read_value(const node& from, const std::string& key, T& to) {
    using limits = std::numeric_limits<T>;
    auto max = std::cmp_less(limits::max(), INT64_MAX) ? static_cast<std::int64_t>(limits::max()) : INT64_MAX;
    if (auto value = read_integer(from, key, static_cast<std::int64_t>(limits::min()), max))
      to = static_cast<T>(*value);
  }

  template <named_enum T>
  void read_value(const node& from, const std::string& key, T& to) {
    if (from.kind != node_kind::text || !from_name(from.text, to))
      wrong(from, key, detail::listed(enum_names(T{})));
  }

  template <class T>
  void read_value(const node& from, const std::string& key, std::optional<T>& to) {
    read_value(from, key, to.emplace());
  }

  template <class T>
  void read_value(const node& from, const std::string& key, std::vector<T>& to) {
    if (from.kind != node_kind::array)
      return wrong(from, key, "a list");
    to.clear();
    for (const auto& child : from.children) {
      auto item = key + '[' + std::to_string(to.size()) + ']';
      places_.emplace(item, child.at);
      read_value(child, item, to.emplace_back());
    }
  }

  template <class T>
  requires detail::is_row<T>
  void read_value(const node& from, const std::string& key, T& to) {
    if (from.kind != node_kind::table)
      return wrong(from, key, "a table with " + detail::listed(T::field_names));
    auto prefix = key.empty() ? key : key + '.';
    std::size_t i = 0;
    std::apply([&](auto&... field) { (read_field(from, prefix, T::field_names[i++], field), ...); }, to.fields());
    for (const auto& child : from.children)
      if (std::find(T::field_names.begin(), T::field_names.end(), child.key) == T::field_names.end())
        add(child.key_at, prefix + child.key, detail::listed(T::field_names), "an unknown key");
  }

  template <class T>
  void read_field(const node& table, const std::string& prefix, std::string_view name, T& to) {
    auto key = prefix + std::string{name};
    if (const auto* child = table.find(name)) {
      places_.emplace(key, child->at);
      read_value(*child, key, to);
      return;
    }
    if constexpr (!detail::may_be_absent<T>()) {
      if (absent_ == absence::mistake) {
        unread_.insert(key);
        add(table.at, key, expectation<T>(), "nothing");
      }
    }
  }

  /// What to write for a missing key.
  template <class T>
  static std::string expectation() {
    if constexpr (std::same_as<T, std::string>)
      return "text";
    else if constexpr (std::same_as<T, duration>)
      return "a length of time";
    else if constexpr (std::same_as<T, timestamp>)
      return "a time";
    else if constexpr (std::same_as<T, rule_ref>)
      return "an article";
    else if constexpr (std::integral<T>)
      return "a whole number";
    else if constexpr (named_enum<T>)
      return detail::listed(enum_names(T{}));
    else if constexpr (detail::is_list<T>)
      return "a list of tables";
    else
      return "a table with " + detail::listed(T::field_names);
  }

  std::string file_;
  absence absent_;
  std::string charter_; ///< for the rules that are read
  mistakes mistakes_;
  std::map<std::string, place> places_; ///< of every key that was there
  std::set<std::string> unread_;        ///< keys that were missing or wrong
  std::vector<cited> rules_;
};

} // namespace charter::config
