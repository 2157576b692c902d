#pragma once
// What makes a node one of several: the replicated journal, membership, links, and for each shard either its own actor
// or what stands for it.
//
// Order: `join_cluster` before the actors; slots and desk as children of the tree; `start` when the tree runs; `drain`
// while clients are still answered; `stop` when the tree has stopped; then the journal ends, then the part, and then
// the actor system.

#include "actors/claim_keeper.hpp"
#include "actors/everywhere.hpp"
#include "actors/journal_writer.hpp"
#include "actors/router.hpp"
#include "actors/supervisor.hpp"
#include "cluster/node_clock.hpp"
#include "config/server_config.hpp"
#include "net/metrics.hpp"
#include "net/presence.hpp"
#include "storage/data_directory.hpp"
#include "storage/store.hpp"

namespace charter::node {

/// What the node lends. All of it outlives the part.
struct cluster_lends {
  const config::cluster_settings* settings = nullptr;
  const storage::directory_identity* directory = nullptr;
  std::string directory_path;
  environment* world = nullptr;
  cluster::node_clock* clock = nullptr;
  storage::store* rows = nullptr;
  charter::router* router = nullptr;
  std::function<void(fresh)> publish;
  std::function<void()> policy_moved;
  std::function<net::presence_actor()> presence; ///< whoever that is now
  std::function<void(net::typing)> typing;       ///< to sockets here
  std::function<void(std::string_view what, const std::string& detail)> alarm;
};

class cluster_part {
public:
  virtual ~cluster_part() = default;

  virtual policy_fence& policy() = 0;
  virtual child_handle start_slot(caf::actor_system& system, shard_id shard,
                                  std::function<shard_actor(caf::actor_system&)> spawn_local) = 0;
  virtual child_handle start_desk(caf::actor_system& system) = 0;
  virtual child_handle start_claims(caf::actor_system& system) = 0;
  virtual child_handle start_presence(caf::actor_system& system) = 0;
  virtual child_handle start_everywhere(caf::actor_system& system) = 0;
  /// Whoever confirms claims now.
  virtual claim_keeper_actor claims() const = 0;
  /// Whoever waits for all nodes now.
  virtual everywhere_actor everywhere() const = 0;

  /// To sockets of other nodes. Any thread.
  virtual void tell_typing(const net::typing& what) = 0;
  /// The node's presence was started again.
  virtual void presence_restarted() = 0;

  /// Whether the rows have all that stood in the log when this node began to follow it. Stays so. Any thread.
  virtual bool has_caught_up() = 0;
  /// Whether the rows have all that stood in the log some seconds ago (`cluster::limits::trust`). Any thread.
  virtual bool is_current() = 0;
  /// For /metrics. Any thread.
  virtual std::vector<net::figure> figures() = 0;

  /// Takes its place among the others.
  virtual void start() = 0;
  /// Hands shards over, as long as others take them and patience lasts; then leaves the cluster.
  virtual void drain(std::chrono::milliseconds patience) = 0;
  /// Ends every thread but the journal's.
  virtual void stop() = 0;
};

struct joined_cluster {
  std::unique_ptr<cluster_part> part;
  std::unique_ptr<storage::journal> journal; ///< over the local one; ends first
};
/// Errors: `unavailable` or `invalid_params` with what is wrong.
result<joined_cluster> join_cluster(const cluster_lends& lends, std::unique_ptr<storage::journal> local);

} // namespace charter::node
