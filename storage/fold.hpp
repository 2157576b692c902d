#pragma once
// Folding: what a durable change means for the rows of the store. Pure but for reading rows that it rewrites.
//
// The shard's actor folds each durable change once, in order, and writes the rows with the position they are folded up
// to, so that the store can always be rebuilt from the journal. Keys stand in storage/tables.hpp; what each aggregate's
// events do stands in fold_users.cpp, fold_accounts.cpp and so on.
//
// Erasure: an event that takes text back removes it from the rows and notes which journal records carried it (table X).
// The shard's actor then erases those bodies; see `bodies_to_erase`. A crash in between loses no erasure.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/change.hpp"
#include "storage/journal.hpp"
#include "storage/store.hpp"
#include "storage/stored_rows.hpp"

namespace charter::storage {

/// Rows of a run of changes of one shard, seen by later changes of the same run before they are written.
class folder {
public:
  folder(const store& rows, shard_id shard);

  /// Changes come in the order of their positions. One that the store has folded already is passed over.
  void apply(position at, const change& c);

  /// Everything since the last call, with the shard's new `folded` position. Write it before more is applied.
  row_batch take();

  // For the functions that fold one aggregate's events each.
  std::optional<bytes> get(const std::string& key) const;
  void put(std::string key, bytes value);
  void erase(std::string key);
  /// Keys that begin with `prefix`, ascending.
  std::vector<std::string> keys(const std::string& prefix) const;

private:
  const store& rows_;
  shard_id shard_;
  position folded_;
  bool fresh_position_ = false;
  std::map<std::string, std::optional<bytes>> fresh_; ///< empty value: erased
};

/// How far the store is folded; 0 when it is new.
position folded_up_to(const store& rows, shard_id shard);

// -- erasing ----------------------------------------------------------------------------

struct pending_erasure {
  position at = 0;
  erasure_row what;
};
/// Records of the shard whose bodies have to go, by position. For each: if `in_state`, drop the entity's snapshot and
/// live state; `journal.erase_bodies`; `store.compact` the ranges; then `settle_erasure`. Repeating it is harmless.
std::vector<pending_erasure> bodies_to_erase(const store& rows, shard_id shard, std::size_t limit);
void settle_erasure(row_batch& batch, shard_id shard, position at);

/// Positions of the records whose bodies hold this item's text: for erasing what a charter's retention has let go.
/// `item`: number of a post or message; 0 for the entity itself.
std::vector<position> bodies_of(const store& rows, const entity_id& x, std::uint64_t item);

} // namespace charter::storage
