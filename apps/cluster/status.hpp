#pragma once
// What etcd knows of a cluster, for operators: who is there, who owns what, and how far every disk is.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cluster/members.hpp"

namespace charter::cluster_tool {

inline constexpr std::size_t id_columns = 8; // of a directory's id, where people read it

struct node_line {
  std::string name; ///< empty: no node runs with that directory
  std::string directory;
  cluster::member is;
  std::size_t owns = 0;     ///< shards
  std::size_t keeps = 0;    ///< likewise
  bool drained = false;     ///< it is to own nothing
  std::uint64_t behind = 0; ///< records that its disk lacks, of all shards it keeps
  friend bool operator==(const node_line&, const node_line&) = default;
};

struct cluster_status {
  std::size_t shards = 0;
  std::vector<node_line> nodes; ///< whoever is there or keeps a shard, by name; those without one last
  std::vector<etcd::member_state> members;
  std::vector<std::string> complaints; ///< what an operator should see to, a sentence each; empty: all is well
};

/// Pure.
cluster_status status_of(const cluster::cluster_view& view, const cluster::shard_entries& entries,
                         std::vector<etcd::member_state> members);

/// Errors: as etcd::client; `not_found` when there is no cluster.
result<cluster_status> read_status(etcd::client& etcd, const cluster::log_keys& keys);

std::string to_text(const cluster_status& status);
nlohmann::json to_json(const cluster_status& status);

} // namespace charter::cluster_tool
