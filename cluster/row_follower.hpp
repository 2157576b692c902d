#pragma once
// Rows of the shards that other nodes own: folded here from the local journal as it grows, so that reading is local on
// every node. What a shard's actor does for its own shard, this does for the others: rows first, then the news for the
// hub; and bodies that have to go, go here as well (I16). Of entities that change much it takes snapshots, so that
// whoever owns the shard next needn't replay all their past.
//
// A shard's rows have one writer: its actor between `leave` and `take`, this otherwise.
// Threads: any; per shard one at a time. One of its own erases.
// What can fail: a new record or a row that can't be read is `fatal`, as it would be for the shard's actor.

#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "actors/interfaces.hpp"
#include "storage/store.hpp"

namespace charter::cluster {

struct row_follower_options {
  std::vector<shard_id> shards;
  std::function<void(fresh)> publish = [](fresh) {};
  std::function<void()> policy_moved = [] {};
  /// Rows of a shard have everything up to a position.
  std::function<void(shard_id, position)> folded = [](shard_id, position) {};
  std::function<status(shard_id, std::span<const position>)> erase_bodies; ///< as storage::journal
  std::function<void(const std::string&)> fatal;
  /// Of an entity no snapshot can be taken, since an older record can't be read.
  std::function<void(const std::string& why)> unreadable = [](auto&) {};
  std::chrono::milliseconds erase_every = std::chrono::seconds{10}; ///< well within limits::erased_within
};

class row_follower {
public:
  row_follower(const storage::journal& journal, storage::store& rows, row_follower_options options);

  /// Ends erasing; for a process that ends.
  void stop();

  /// The journal has grown.
  void fold(shard_id shard);

  /// Folds what is there, and then leaves the rows to the shard's actor.
  void leave(shard_id shard);
  /// The shard's actor has ended.
  void take(shard_id shard);

  /// Up to where the rows have everything; of a shard that was left: when it was left.
  position folded_up_to(shard_id shard) const;

private:
  struct part {
    mutable std::mutex mutex;
    bool ours = true;
    std::atomic<position> folded{0};
    std::unordered_map<entity_id, std::uint32_t> since_snapshot; ///< changes; halved when there are many
  };
  void fold_rest(shard_id shard, part& of);
  void write(shard_id shard, part& of, storage::row_batch rows, fresh news, position at);
  void take_snapshots(shard_id shard, part& of, const std::vector<change_ptr>& changes);
  void erase_all(const std::stop_token& stop);
  status erase(shard_id shard);

  const storage::journal& journal_;
  storage::store& rows_;
  row_follower_options options_;
  std::map<shard_id, std::unique_ptr<part>> parts_;
  std::jthread eraser_; // last, so that it ends first
};

} // namespace charter::cluster
