#pragma once
// A node's part in the cluster: it is registered, sees who else is, and owns the shards that are its own
// (cluster/ownership.hpp): claims them, lets them go, notices when they were taken.
//
// A shard is served from `serve` to `stop`, never before it is claimed. `stop` only begins to stop it; when it has
// stopped, `stopped` is called, and then it is vacated, so that the next owner doesn't wait. A node whose place another
// process has taken (cluster/registration.hpp) stops all of them.
//
// Two threads of its own: one registers, one watches and decides. The callbacks come from the second, one at a time.
// What can fail: nothing that is told to a caller; `alarm` says what a person should see.

#include "cluster/ownership.hpp"
#include "cluster/registration.hpp"
#include "cluster/replicated_journal.hpp"

namespace charter::cluster {

struct membership_options {
  std::string name;    ///< the node's
  std::string address; ///< "host:port", for the other nodes
  std::string directory;
  std::vector<shard_id> shards;
  log_keys keys;
  ownership_patience patience;
  std::chrono::seconds lease = limits::lease;
  /// Directories of nodes that don't answer us now.
  std::function<std::set<std::string>()> unreachable = [] { return std::set<std::string>{}; };
  /// There is a link to every other node.
  std::function<bool()> links_hold = [] { return true; };
  /// While it isn't, the node hands over what it owns, as one that drains does, and claims nothing.
  std::function<bool()> clock_is_right = [] { return true; };
  std::function<void(shard_id)> serve = [](shard_id) {};
  /// See above; none: it stops at once. May come again for one that hasn't stopped yet.
  std::function<void(shard_id)> stop;
  std::function<void(const cluster_view&)> changed = [](const cluster_view&) {};
  alarm_fn alarm = [](auto&, auto&) {};
};

class membership {
public:
  membership(etcd::client& etcd, replicated_journal& journal, membership_options options);
  ~membership();

  /// A shard that was to stop has stopped. Any thread.
  void stopped(shard_id shard);

  /// Lets go of everything that others can have. Any thread.
  void drain() { draining_ = true; }
  /// Nothing is left that others could have.
  bool drained() const { return drained_; }

private:
  void run(std::stop_token stop);
  status watch(const std::stop_token& stop);
  status look();
  void act();
  void give_up_lost();
  void ask_again_to_stop();
  void vacate_stopped();
  void claim_all(const std::set<shard_id>& shards);
  void begin_stop(shard_id shard);

  etcd::client& etcd_;
  replicated_journal& journal_;
  membership_options options_;
  registration registration_;
  std::atomic<bool> draining_{false};
  std::atomic<bool> drained_{false};
  std::mutex mutex_;
  std::set<shard_id> stopped_;
  // The thread's own:
  ownership mind_;
  cluster_view view_;
  etcd::revision at_ = 0;
  std::set<shard_id> serving_;
  std::map<shard_id, std::chrono::steady_clock::time_point> stopping_; // since when
  std::jthread thread_;                                                // last, so that it ends first
};

} // namespace charter::cluster
