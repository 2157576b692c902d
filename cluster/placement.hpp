#pragma once
// Which nodes should hold a shard: weighted rendezvous hashing.
//
// Each node draws a ticket for each shard, from the hash of both, and the shard goes to the best tickets. So a node
// that goes takes nobody else's place, and one that comes takes places from the others in proportion to its weight;
// nothing else moves. What comes out is a proposal: `shard/N/replicas` in etcd says who does hold the shard, and it
// changes only after a newcomer has synced.
//
// Pure, and the same on every machine: integers only (a logarithm of the C library may differ in its last bit), and
// hashes that are fixed for ever, with vectors in tests/placement_test.cpp. Balance is a matter of chance, so it needs
// shards: of r replicas on a node, about r ± √r (docs/SCALE.md has the table). Knows nothing of racks or zones.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"

namespace charter::cluster {

inline constexpr std::size_t replicas_default = 3;  // any one disk may die, and a majority is left to compare
inline constexpr std::uint32_t weight_max = 65'536; // leaves the products below within 64 bits

/// A node as far as placing goes. Names are distinct, and stay when a node's address or disk changes.
struct placed_node {
  std::string name;
  std::uint32_t weight = 1; ///< its share of the load, such as its cores or its terabytes; 0: it takes nothing new
  bool vault = false;       ///< holds the vault's keys, without which it can't hold a vault shard
};

/// Best first; the first one that lives is to own the shard. Shorter than asked for if there are not so many nodes.
using replicas = std::vector<std::string>;
using placement = std::map<shard_id, replicas>;

/// The nodes for one shard. Vault shards go to nodes with `vault` only.
replicas replicas_of(shard_id shard, std::span<const placed_node> nodes, std::size_t count = replicas_default);

/// All shards of a cluster: 0 to shards - 1, and the vault's.
placement place(shard_id shards, std::span<const placed_node> nodes, std::size_t count = replicas_default);

/// Evens out who is first. With few shards the best tickets are uneven (16 shards on three nodes: 8, 5 and 3 is
/// nothing unusual), and owning costs more than following. Changes the order within lists only, so no data move, until
/// nobody is first for more than its weight's share, rounded up, or nothing more can be done. Whoever isn't first for
/// too many stays first, unless it hands on for another: called with a cluster's present lists, it moves few owners.
placement even_owners(placement lists, std::span<const placed_node> nodes);

/// A node's ticket for a shard: −log2 of a hash in (0, 1], in 2^-32; divided by its weight, the lowest is best.
std::uint64_t ticket(shard_id shard, std::string_view node);

} // namespace charter::cluster
