#pragma once
// Making a cluster: etcd comes to know the shards, from where a data directory's journal ends.

#include <functional>
#include <string>
#include <vector>

#include "cluster/shard_entry.hpp"
#include "domain/environment.hpp"

namespace charter::cluster_tool {

/// How far something is: of what, done, in all.
using tell_fn = std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;

/// `directory` is a path, and no node runs there. It keeps every shard from the beginning, together with `others`
/// (ids): these are new, and so is it, if there are any. With data in it, it begins alone, and others are added.
/// Errors: `conflict` when there is data although there are others, or etcd has another cluster under these keys;
/// `unavailable`; as storage::open_leveldb_journal. Again is harmless, and ends what was cut short; of two at once with
/// different directories one is refused, before anything was made.
status create_cluster(
    etcd::client& etcd, const cluster::log_keys& keys, const std::string& directory,
    const std::vector<std::string>& others, environment& world, const tell_fn& tell = [](auto&, auto, auto) {});

} // namespace charter::cluster_tool
