#pragma once
// The shards' logs in etcd: creating, claiming and appending, each a move (cluster/log_move.hpp) that is repeated until
// its fate is known.
//
// Holds no state of its own: callers keep the grip that they were given last, and have one batch of a shard on its way
// at a time. (Pipelined transactions reorder, and gain nothing: bigger batches do.) Threads: any, one per shard.
// What can fail: see each function. No answer is ever guessed.

#include <atomic>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "cluster/log_move.hpp"
#include "domain/environment.hpp"

namespace charter::cluster {

struct fenced_batch {
  shard_id shard = 0;
  grip from;
  std::span<const storage::log_record> records;
};

struct append_verdict {
  fate outcome = fate::open; ///< never `ask`; `open` only when we were told to stop
  log_head head;             ///< when it has landed
  std::uint64_t policy = 0;  ///< the version that is, when it was outdated
  std::string detail;        ///< when it was refused
};

class fenced_log {
public:
  fenced_log(etcd::client& etcd, log_keys keys, environment& env) : etcd_(etcd), keys_(std::move(keys)), env_(env) {}

  /// A shard that the cluster doesn't know yet, and whose log up to `end` is in the directories of `replicas`.
  /// Errors: `conflict` when it is known; `unavailable` without space, or when etcd doesn't answer until `stop`.
  status create(shard_id shard, const log_end& end, const std::set<std::string>& replicas, std::stop_token stop = {});

  /// Raises the epoch; from then on nobody else appends. `local` is how far the claimer's own journal is.
  /// Errors: `not_found` when the shard was never created; `forbidden` when the directory isn't listed; `internal` when
  /// its journal is ahead of the log, doesn't match it, or has lost what it once reported; `unavailable` when it lacks
  /// what was trimmed, when others were quicker all the time, or when etcd doesn't answer until `stop`.
  result<grip> claim(shard_id shard, const std::string& directory, const log_end& local, std::stop_token stop = {});

  /// Tells the others that nobody owns the shard, if the claim still is ours. Again is harmless.
  /// Errors: as etcd::client, whether or not it came through.
  status vacate(shard_id shard, const log_claim& claim);

  /// At most one batch of each shard, all at once. Returns when all fates are known, however long that takes.
  std::vector<append_verdict> append(std::span<const fenced_batch> batches, const std::optional<policy_step>& policy,
                                     std::stop_token stop = {});

  const log_keys& keys() const { return keys_; }
  /// Attempts that had to be made again.
  std::uint64_t repeated() const { return repeated_; }

private:
  result<std::optional<etcd::key_value>> next_batch(shard_id shard, const log_head& head, const log_end& local);
  struct settled {
    fate outcome = fate::open;
    std::string detail; ///< of the last answer that was an error
  };
  std::vector<settled> settle(std::span<log_move> moves, const std::stop_token& stop);
  fate ask(const log_move& move);
  std::string nonce();

  etcd::client& etcd_;
  log_keys keys_;
  environment& env_;
  std::atomic<std::uint64_t> repeated_{0};
};

/// Whether a directory whose journal ends there may claim or follow the shard at all; errors as in `claim`.
status check_standing(shard_id shard, const shard_entry& entry, const std::string& directory, const log_end& local);

/// What etcd no longer has: `unavailable`, until the directory gets it from a replica.
refusal lacks_trimmed(shard_id shard, position local_head);

} // namespace charter::cluster
