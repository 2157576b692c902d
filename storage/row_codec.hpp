#pragma once
// Rows as bytes and back. A row that doesn't decode is a damaged store, which ends the process: it is rebuilt from the
// journal, never guessed at.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "domain/codec/record.hpp"
#include "storage/store.hpp"

namespace charter::storage {

/// Throws std::runtime_error.
[[noreturn]] void damaged_row(std::string_view key, const refusal& why);

template <class T>
T decode_row(std::string_view key, byte_view value) {
  auto row = codec::decode<T>(value);
  if (!row)
    damaged_row(key, row.why());
  return std::move(*row);
}

template <class T>
std::optional<T> decode_row(std::string_view key, const std::optional<bytes>& value) {
  if (!value)
    return {};
  return decode_row<T>(key, byte_view{*value});
}

template <class T>
std::optional<T> get_row(const store& rows, const std::string& key) {
  return decode_row<T>(key, rows.get(key));
}

} // namespace charter::storage
