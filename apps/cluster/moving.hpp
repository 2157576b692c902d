#pragma once
// Who owns what, and waiting until that is as it should be: for `drain` and `rebalance`. The nodes move shards
// (cluster/ownership.hpp); nothing here does.
//
// What can fail: as etcd::client, but short troubles are waited out.

#include <chrono>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "cluster/ownership.hpp"

namespace charter::cluster_tool {

/// The directory that somebody means: by its node's name, by its id, or by the beginning of that, as `status` prints
/// it. Errors: `not_found`; `invalid_params` when it may be two.
result<std::string> directory_called(const cluster::cluster_view& view, const std::string& text);

/// Its node's name, or the beginning of its id when no node runs there.
std::string name_of(const cluster::cluster_view& view, const std::string& directory);

std::set<shard_id> owned_by(const cluster::cluster_view& view, const std::string& directory);

/// "0, 3, 7"
std::string to_text(const std::set<shard_id>& shards);

/// "shard 3: node-1 has it, node-2 is to have it"
std::string to_text(const cluster::cluster_view& view, const cluster::misplaced& shard);

/// Of each node what it owns and how many it is to own, a line each; then what isn't in its place.
std::string plan_text(const cluster::cluster_view& view);

/// Looks until `is_over` says so, or the time is over. Gives what was seen last.
result<cluster::cluster_view> watch_until(etcd::client& etcd, const cluster::log_keys& keys,
                                          std::chrono::seconds patience,
                                          const std::function<bool(const cluster::cluster_view&)>& is_over);

} // namespace charter::cluster_tool
