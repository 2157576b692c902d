#pragma once
// What the functions that fold one aggregate's events share. Included by fold*.cpp only.

#include "domain/change.hpp"
#include "storage/fold.hpp"
#include "storage/row_codec.hpp"
#include "storage/stored_rows.hpp"
#include "storage/tables.hpp"

namespace charter::storage {

/// Where and when an event happened, and the rows it is folded into.
struct occasion {
  folder& rows;
  shard_id shard = 0;
  position at = 0;
  timestamp time;
  entity_id self;

  template <class T>
  std::optional<T> get(const std::string& key) const {
    return decode_row<T>(key, rows.get(key));
  }
  /// A row that isn't there yet is a new one.
  template <class T>
  T get_or_new(const std::string& key) const {
    return get<T>(key).value_or(T{});
  }
  template <class T>
  void put(std::string key, const T& row) const {
    rows.put(std::move(key), codec::encode(row));
  }
  /// An index entry: its key says it all.
  void mark(std::string key) const { rows.put(std::move(key), {}); }
  void erase(std::string key) const { rows.erase(std::move(key)); }

  /// This record's body holds text of the item; `item` 0 is the entity itself.
  void carries(std::uint64_t item) const { mark(tables::body_of(self, item, at)); }
  /// All bodies that hold text of the item have to go, and the files under these rows, too.
  void erase_bodies(std::uint64_t item, bool in_state, std::vector<key_range> rows_touched) const;
};

/// The range of one row.
key_range only(std::string key);
key_range all_under(std::string prefix);

void fold(const occasion& here, const users::event& e);
void fold(const occasion& here, const names::event& e);
void fold(const occasion& here, const identities::event& e);
void fold(const occasion& here, const organisations::event& e);
void fold(const occasion& here, const accounts::event& e);
void fold(const occasion& here, const chats::event& e);
void fold(const occasion& here, const cases::event& e);
void fold(const occasion& here, const offices::event& e);
void fold(const occasion& here, const policies::event& e);
void fold(const occasion& here, const audit::event& e);

} // namespace charter::storage
