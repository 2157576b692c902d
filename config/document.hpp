#pragma once
// A TOML document as a plain tree that knows where everything stands. Only document.cpp sees the TOML library.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/mistake.hpp"

namespace charter::config {

struct place {
  int line = 0;
  int column = 0;
};

enum class node_kind : std::uint8_t { table, array, text, integer, floating, boolean, time };

struct node {
  std::string key; ///< in its table; empty in an array
  place key_at;    ///< of the key; of the value in an array
  node_kind kind = node_kind::table;
  place at;                   ///< of the value
  std::string text;           ///< also of a time, in RFC 3339
  std::int64_t integer = 0;   ///< also of a boolean: 0 or 1
  std::vector<node> children; ///< of tables and arrays

  /// Null when the table has no such key.
  const node* find(std::string_view name) const;
};

/// "text", "a whole number", "a table" and so on; a short text is quoted.
std::string describe(const node& x);

/// The root table, or the first mistake of syntax: after one the rest can't be told apart.
std::variant<node, mistake> parse_document(std::string_view text, const std::string& file);

/// A file's bytes; nothing when it can't be read or is longer than `bytes_max`.
std::optional<std::string> read_file(const std::string& path, std::size_t bytes_max = 4u << 20);

} // namespace charter::config
