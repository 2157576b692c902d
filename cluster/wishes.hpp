#pragma once
// What operators have asked of the nodes: that some own nothing, and that shards be shared out at once. Nodes see it
// with everything else that they decide from (cluster/ownership.hpp).
//
//   wish/drained   the directories that are to own nothing, separated by blanks; one key, so that two operators can't
//                  drain the last two nodes at the same time
//   wish/spread    when it was put last, shards were to be shared out without waiting; its value says nothing
//
// Nodes of a version before these keys don't know them, and own and hand over as if they weren't there.
// What can fail: as etcd::client.

#include <set>
#include <string>

#include "cluster/shard_entry.hpp"

namespace charter::cluster {

struct wishes {
  std::set<std::string> drained;
  etcd::revision drained_modified = 0;
  etcd::revision spread = 0; ///< 0: never
  friend bool operator==(const wishes&, const wishes&) = default;
};

result<wishes> read_wishes(etcd::client& etcd, const log_keys& keys);

/// False when they have changed since they were `seen`.
result<bool> put_drained(etcd::client& etcd, const log_keys& keys, const wishes& seen,
                         const std::set<std::string>& drained);

status ask_to_spread(etcd::client& etcd, const log_keys& keys);

} // namespace charter::cluster
