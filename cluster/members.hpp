#pragma once
// Who is in the cluster, and what etcd says about it: a key for each node that lives as long as the node's lease, and
// the owner of each shard, and what operators have asked for.
//
//   node/<name>   "protocol directory address phase process"
//
// All of it is a hint: a lease may end although its node lives, and the other way round. Who may append is decided by
// the claim alone (cluster/log_move.hpp).
// Pure, but for `read_view`. What can fail: as etcd::client; `internal` for a value that nobody of us wrote.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cluster/protocol.hpp"
#include "cluster/wishes.hpp"

namespace charter::cluster {

enum class member_phase : std::uint8_t {
  behind,   ///< lacks part of some shard's log
  serving,  ///< follows all of its shards
  draining, ///< hands its shards over, and then goes
};

struct member {
  std::uint32_t protocol = own_protocol();
  std::string directory; ///< its data directory's id
  std::string address;   ///< "host:port", for the other nodes
  member_phase phase = member_phase::behind;
  std::string process{}; ///< random, of the process that says so; empty: a version that has none
  friend bool operator==(const member&, const member&) = default;
};

std::string to_text(const member& node);
/// A newer version may append words.
result<member> parse_member(std::string_view text);

/// Lower-case letters, digits and hyphens, at most 63: it is part of a key.
bool is_node_name(std::string_view name);

struct shard_owner {
  std::string directory; ///< empty: nobody, or it was vacated
  std::set<std::string> replicas;
  friend bool operator==(const shard_owner&, const shard_owner&) = default;
};

struct cluster_view {
  std::map<std::string, member> members; ///< by name
  std::map<shard_id, shard_owner> shards;
  std::set<std::string> admitted; ///< directories that may put themselves on lists
  wishes wished;
  friend bool operator==(const cluster_view&, const cluster_view&) = default;

  /// Whose data directory that is; null if it isn't there.
  const member* holder_of(const std::string& directory) const;

  /// Whether it keeps a shard, or may: else nobody talks to its node.
  bool knows(const std::string& directory) const;
};

struct view_at {
  cluster_view view;
  etcd::revision at = 0; ///< nothing that came later is missed by watching from here
};
result<view_at> read_view(etcd::client& etcd, const log_keys& keys);

/// What to watch in order to hear soon of who comes and who owns what. Who goes shows when one looks: a watch brings
/// puts alone.
std::vector<etcd::key_range> ranges_of_view(const log_keys& keys, const std::vector<shard_id>& shards);

} // namespace charter::cluster
