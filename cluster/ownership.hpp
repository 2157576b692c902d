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
// - A directory that an operator has drained (cluster/wishes.hpp) claims nothing, and is given nothing. What it owns it
//   keeps until somebody else serves who may have it, and hands it over one shard after the other.
//
// Owned by one thread. Times are steady.

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cluster/limits.hpp"
#include "cluster/members.hpp"
#include "cluster/placement.hpp"

namespace charter::cluster {

struct ownership_patience {
  std::chrono::milliseconds hold_down = limits::hold_down;
  std::chrono::milliseconds takeover = limits::takeover_patience;
  std::chrono::milliseconds claim_rest = limits::claim_rest;
  std::chrono::milliseconds links_rest = limits::links_rest; ///< how long they have to hold to tell something new
};

struct moves {
  std::set<shard_id> claim;
  std::set<shard_id> let_go;
  std::set<shard_id> disown; ///< ours in etcd, from before a restart, and not ours to claim any more: the others wait
  bool empty() const { return claim.empty() && let_go.empty() && disown.empty(); }
};

using living_nodes = std::map<std::string, member_phase>; ///< by directory

/// A shard that isn't where nodes would have it once everybody has been there for long.
struct misplaced {
  shard_id shard = 0;
  std::string from; ///< a directory; empty: no living owner
  std::string to;   ///< likewise; empty: nobody who is there may have it
  friend bool operator==(const misplaced&, const misplaced&) = default;
};

/// By shard. What the nodes themselves do, as far as etcd shows who is there; when one moves, others may as well.
std::vector<misplaced> out_of_place(const cluster_view& view);

/// Errors: `conflict` when nobody who is there would be left to own some shard of that directory's.
status may_drain(const cluster_view& view, const std::string& directory);

class ownership {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `directory`: ours.
  explicit ownership(std::string directory, ownership_patience patience = {})
      : directory_(std::move(directory)), patience_(patience) {}

  /// Whether there is a link to every other node, which is to be told before each decision. When all have held for a
  /// while, the next one that breaks tells something new.
  void links_are(bool whole, time_point now);
  /// `held`: what we own. `unreachable`: directories of nodes that don't answer us, whatever their leases say.
  moves decide(const cluster_view& view, const std::set<shard_id>& held, const std::set<std::string>& unreachable,
               time_point now);

  /// A claim failed; it is tried again later.
  void refused(shard_id shard, time_point now) { rest_until_[shard] = now + patience_.claim_rest; }
  /// Somebody else has claimed it. Links that are broken, or will be in a moment, are no reason to take it back: only
  /// the lease's end is.
  void lost(shard_id shard) {
    lost_.insert(shard);
    whole_since_.reset();
  }

private:
  void observe(const cluster_view& view, const std::set<std::string>& unreachable, time_point now);
  bool lives(const std::string& directory) const { return living_.contains(directory); }
  bool is_settled(const std::string& directory, time_point now) const;
  std::set<std::string> suspects(const cluster_view& view, const std::set<std::string>& unreachable) const;
  bool may_claim(shard_id shard, const std::string& owner, const replicas& list, time_point now) const;
  void keep_one_after_the_other(const cluster_view& view, const std::set<shard_id>& held, std::set<shard_id>& let_go,
                                time_point now);

  std::string directory_;
  ownership_patience patience_;
  living_nodes living_;
  std::set<std::string> suspects_;                  ///< there by their leases, and not by our links
  std::map<std::string, time_point> serving_since_; ///< by directory
  std::map<shard_id, time_point> orphaned_since_;
  std::map<shard_id, time_point> rest_until_;
  std::set<shard_id> lost_;                    ///< to others, since all links last held for long enough
  std::optional<time_point> whole_since_;      ///< since when they all hold
  std::map<shard_id, time_point> handed_over_; ///< let go, and nobody has it yet
  std::optional<etcd::revision> spread_seen_;
};

} // namespace charter::cluster
