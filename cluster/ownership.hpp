#pragma once
// Which shards a node should claim, and which it should let go: decided from what it sees, without I/O and without a
// clock of its own. All nodes see nearly the same and decide alike; where they don't, two try, and the claim's key in
// etcd decides (I5).
//
// - A shard whose owner lives stays where it is, unless owners are uneven (cluster/placement.hpp). Then the owner lets
//   it go, but only to a node that has been serving without a break for `hold_down`: one that flaps gets nothing.
// - A shard without a living owner is claimed by the best living replica at once; the next ones try when nothing has
//   happened for a while, since the best may lack what was trimmed, or be frozen. Those that are behind come last.
// - An owner that drains keeps its shards until it has let them go, or is gone.
//
// Owned by one thread. Times are steady.

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "cluster/limits.hpp"
#include "cluster/members.hpp"
#include "cluster/placement.hpp"

namespace charter::cluster {

struct ownership_patience {
  std::chrono::milliseconds hold_down = limits::hold_down;
  std::chrono::milliseconds takeover = limits::takeover_patience;
  std::chrono::milliseconds claim_rest = limits::claim_rest;
};

struct moves {
  std::set<shard_id> claim;
  std::set<shard_id> let_go;
  bool empty() const { return claim.empty() && let_go.empty(); }
};

class ownership {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `directory`: ours.
  explicit ownership(std::string directory, ownership_patience patience = {})
      : directory_(std::move(directory)), patience_(patience) {}

  /// `held`: what we own. `unreachable`: directories of nodes that don't answer us, whatever their leases say.
  moves decide(const cluster_view& view, const std::set<shard_id>& held, const std::set<std::string>& unreachable,
               time_point now);

  /// A claim failed; it is tried again later.
  void refused(shard_id shard, time_point now) { rest_until_[shard] = now + patience_.claim_rest; }

private:
  void observe(const cluster_view& view, const std::set<std::string>& unreachable, time_point now);
  bool lives(const std::string& directory) const { return living_.contains(directory); }
  bool takes(const std::string& directory) const;
  bool is_settled(const std::string& directory, time_point now) const;
  placement lists_for(const cluster_view& view, time_point now) const;
  bool may_claim(shard_id shard, const replicas& list, time_point now) const;

  std::string directory_;
  ownership_patience patience_;
  std::map<std::string, member_phase> living_;      ///< by directory
  std::map<std::string, time_point> serving_since_; ///< likewise
  std::map<shard_id, time_point> orphaned_since_;
  std::map<shard_id, time_point> rest_until_;
};

} // namespace charter::cluster
