#pragma once
// Folding: what a durable change means for the rows of the store. Pure but for reading rows that it rewrites.
//
// The shard's actor folds each durable change once, in order, and writes the rows with the position they are folded up
// to, so that the store can always be rebuilt from the journal. Keys stand in storage/tables.hpp.

#include <map>
#include <optional>
#include <string>

#include "domain/change.hpp"
#include "storage/journal.hpp"
#include "storage/store.hpp"

namespace charter::storage {

/// Rows of a run of changes of one shard, seen by later changes of the same run before they are written.
class folder {
public:
  folder(const store& rows, shard_id shard) : rows_(rows), shard_(shard) {}

  void apply(position at, const change& c);

  /// Everything since the last call, with the shard's new `folded` position. Write it before more is applied.
  row_batch take();

  // For the functions that fold one aggregate's events each.
  std::optional<bytes> get(const std::string& key) const;
  void put(std::string key, bytes value);
  void erase(std::string key);

private:
  const store& rows_;
  shard_id shard_;
  position folded_ = 0;
  std::map<std::string, std::optional<bytes>> fresh_; ///< empty value: erased
};

/// How far the store is folded; 0 when it is new.
position folded_up_to(const store& rows, shard_id shard);

} // namespace charter::storage
