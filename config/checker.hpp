#pragma once
// Words for saying what must hold between the tables of a document that has been read. Each adds a mistake to the
// reader where it doesn't hold. A value that was missing or wrong was reported already, and is passed over here.

#include <set>
#include <string>
#include <vector>

#include "config/reader.hpp"

namespace charter::config {

/// "regulators.provincial[3].code"; an item's own place without a field: "regulators.provincial[3]".
inline std::string item_path(const std::string& list, std::size_t i, std::string_view field = {}) {
  return list + '[' + std::to_string(i) + ']' + (field.empty() ? "" : '.' + std::string{field});
}

inline std::string quoted(std::string_view text) { return '"' + std::string{text} + '"'; }

/// The keys that one table defines, and how to call them in a mistake.
struct key_set {
  std::string of; ///< "review.lanes"
  std::set<std::string> keys;
};

inline std::string as_key(const std::string& key) { return key; }
template <named_enum E>
std::string as_key(E value) {
  return std::string{to_name(value)};
}

template <class Row, class Member>
key_set keys_of(std::string of, const std::vector<Row>& rows, Member member) {
  key_set set{std::move(of), {}};
  for (const auto& row : rows)
    set.keys.insert(as_key(row.*member));
  return set;
}

class checker {
public:
  explicit checker(reader& in) : in_(in) {}

  /// Says so unless `good`. Nothing is said of a key that wasn't there.
  void require(const std::string& key, bool good, std::string expected, std::string found) {
    if (!good && in_.was_read(key))
      in_.complain(key, std::move(expected), std::move(found));
  }

  bool sound(const std::string& key) const { return in_.sound(key); }

  /// Calls `check(row, its key)` for the rows that were read as a whole.
  template <class Row, class Check>
  void each(const std::string& list, const std::vector<Row>& rows, Check check) {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (sound(item_path(list, i)))
        check(rows[i], item_path(list, i));
  }

  template <class T>
  void not_empty(const std::string& key, const std::vector<T>& list) {
    require(key, !list.empty(), "at least one", "an empty list");
  }

  /// For lists that may be left out as far as the reader knows.
  template <class T>
  void present(const std::string& key, const std::vector<T>& list) {
    if (list.empty())
      in_.complain(key, "at least one", "none");
  }

  void refers(const std::string& key, const std::string& value, const key_set& to) {
    if (!value.empty())
      require(key, to.keys.contains(value), "a key of " + to.of, config::quoted(value) + ", which is not defined");
  }

  void refer(const std::string& key, const std::vector<std::string>& values, const key_set& to) {
    for (std::size_t i = 0; i < values.size(); ++i)
      refers(item_path(key, i), values[i], to);
  }

  /// At least one row, and none with a key that an earlier one has. `fields` in the order of `members`; several
  /// together are one key.
  template <class Row, class... Members>
  void unique(const std::string& list, const std::vector<Row>& rows, std::string_view field, Members... members) {
    not_empty(list, rows);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::string key;
      ((key += (key.empty() ? "" : " + ") + as_key(rows[i].*members)), ...);
      if (!key.empty() && in_.was_read(item_path(list, i, field)) && !seen.insert(key).second)
        in_.complain(item_path(list, i, field), "a value of its own",
                     config::quoted(key) + ", which an earlier one has");
    }
  }

  /// Each enumerator has a row. Nothing is said when a row couldn't be read.
  template <named_enum E, class Row>
  void complete(const std::string& list, const std::vector<Row>& rows, E Row::*member) {
    auto set = keys_of(list, rows, member);
    if (!sound(list))
      return;
    for (auto name : enum_names(E{}))
      require(list, set.keys.contains(std::string{name}), "a row for " + std::string{name}, "none");
  }

  void shorter(const std::string& key, duration value, duration than, std::string_view what) {
    if (than > duration{})
      require(key, value < than, "less than " + std::string{what} + ", " + duration_text(than), duration_text(value));
  }

private:
  reader& in_;
};

} // namespace charter::config
