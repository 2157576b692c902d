#pragma once
// Keeps the local journal behind the heads of the shards that this directory replicates: reads what it lacks of each
// tail, then watches, and brings what comes of all shards to disk with one sync. Its own shards' batches come too, and
// are there already.
//
// A directory that isn't listed, but admitted (cluster/roster.hpp), is followed likewise, and listed once it has caught
// up.
//
// A thread of its own, from construction to destruction. After any trouble it starts again with reading, so a lost
// stream, a compaction and a silent watch are all the same. One shard in trouble doesn't hold up the others.
// What can fail: nothing that is told to a caller; see `state`. A journal that fails (it throws) is `fatal`.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "cluster/cluster_memory.hpp"
#include "cluster/tail.hpp"

namespace charter::cluster {

struct follower_options {
  std::string directory; ///< our own id
  std::vector<shard_id> shards;
  /// The journal has grown up to a position, be the shard ours or not. By the follower's thread; to fold into rows.
  std::function<void(shard_id, position)> moved = [](shard_id, position) {};
  /// What keeps a shard from being followed, when it begins.
  std::function<void(shard_id, const refusal&)> stuck = [](shard_id, const refusal&) {};
  /// The journal failed; the process must end.
  std::function<void(const std::string&)> fatal;
  /// What etcd holds must be what it recognises. Without one it isn't asked.
  std::shared_ptr<cluster_memory> memory;
};

class follower {
public:
  follower(etcd::client& etcd, log_keys keys, replica& local, follower_options options);
  ~follower();

  /// Why a shard wasn't followed when etcd answered last; nothing if it was. `unavailable`: not caught up yet, or a
  /// replica's journal is needed; `internal`: the journal has lost records, or etcd has; `forbidden`: we aren't listed.
  std::optional<refusal> state(shard_id shard) const;

  /// What the shard's journal lacks was trimmed: another node has to give it (cluster/catch_up.hpp).
  bool lacks(shard_id shard) const;
  /// What a shard lacked may be there: looks at once whether it can be followed now.
  void look_again(shard_id shard);

  /// How often it began anew.
  std::uint64_t rounds() const { return rounds_; }

private:
  void run(std::stop_token stop);
  status follow(std::stop_token stop);
  status recognise(etcd::revision at, etcd::revision seen, bool admitted);
  status catch_up(std::stop_token stop, etcd::revision& at, std::vector<etcd::key_range>& followed);
  status catch_up_shard(std::stop_token stop, shard_entry entry, bool admitted, shard_id shard, const log_end& before);
  result<bool> is_lacking(const shard_entry& entry, shard_id shard);
  result<std::vector<log_batch>> next_group(etcd::watcher& watcher);
  void note(shard_id shard, const status& outcome);
  void tell_moves();

  etcd::client& etcd_;
  log_keys keys_;
  replica& local_;
  follower_options options_;
  std::map<shard_id, position> told_; // the thread's own
  std::set<shard_id> alarmed_;        // the thread's own
  mutable std::mutex mutex_;
  std::map<shard_id, refusal> stuck_;
  std::set<shard_id> lacking_;
  std::atomic<bool> look_again_{false};
  std::atomic<std::uint64_t> rounds_{0};
  std::jthread thread_; // last, so that it ends first
};

} // namespace charter::cluster
