#pragma once
// How a listing becomes pages. Included by queries_*.cpp only.

#include <algorithm>

#include "domain/limits.hpp"
#include "storage/keys.hpp"
#include "storage/queries.hpp"
#include "storage/row_codec.hpp"
#include "storage/tables.hpp"

namespace charter::storage {

inline std::size_t page_size(std::uint32_t limit) {
  return limit == 0 ? limits::page_items_default : std::min<std::size_t>(limit, limits::page_items_max);
}

enum class direction : bool { ascending, descending };

/// Walks the rows under `prefix`, from where `ask.after` left off. `take(key, value)` gives an item, or nothing to pass
/// over the row; at most limits::search_rows_max rows are looked at, so a page may be short although there is more.
/// With `begin`, keys before it don't belong to the listing.
template <class Item, class Take>
result<page<Item>> list_page(const store& rows, const std::string& prefix, const page_request& ask, direction way,
                             Take take, const std::string& begin = {}) {
  std::string from = std::max(prefix, begin);
  std::string to = end_of(prefix);
  if (!ask.after.empty()) {
    auto key = from_cursor(ask.after, prefix);
    if (!key)
      return key.why();
    if (way == direction::ascending)
      from = std::max(from, after(*key));
    else
      to = *key;
  }
  page<Item> out;
  auto limit = page_size(ask.limit);
  std::size_t looked_at = 0;
  std::string last;
  auto visit = [&](std::string_view key, byte_view value) {
    if (out.items.size() == limit || looked_at == limits::search_rows_max) {
      out.next = to_cursor(last, prefix);
      return false;
    }
    ++looked_at;
    last = key;
    if (std::optional<Item> item = take(key, value))
      out.items.push_back(std::move(*item));
    return true;
  };
  if (way == direction::ascending)
    rows.scan(from, to, visit);
  else
    rows.scan_back(from, to, visit);
  return out;
}

} // namespace charter::storage
