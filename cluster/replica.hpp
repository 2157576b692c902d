#pragma once
// The node's own journal, which the owner of a shard and the follower both bring forward: whoever has a batch first
// writes it, and for the other it is there already.
//
// Threads: any; writing is one at a time. Outlived by the journal.
// What can fail: as `storage::journal::append`, throwing included.

#include <map>
#include <mutex>
#include <span>

#include "cluster/log_batch.hpp"

namespace charter::cluster {

class replica {
public:
  explicit replica(storage::journal& journal) : journal_(journal) {}

  /// Brings what is new to disk with one sync. Batches of one shard follow each other.
  /// Errors: `conflict` when the journal would have a hole; `internal` when a batch follows another record than the
  /// journal's last; `unavailable` when the disk is full. Some of the batches may be there all the same.
  status apply(std::span<const log_batch> batches);

  /// Errors: `internal` when the last record can't be read.
  result<log_end> end(shard_id shard);

  storage::position head(shard_id shard) const { return journal_.head(shard); }
  storage::journal& journal() { return journal_; }
  const storage::journal& journal() const { return journal_; }

private:
  result<log_end> end_of(shard_id shard);

  storage::journal& journal_;
  std::mutex appending_;
  std::map<shard_id, log_end> ends_; ///< as they were last; with `appending_`
};

} // namespace charter::cluster
