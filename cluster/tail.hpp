#pragma once
// The part of a shard's log that etcd still holds: reading it, letting go of it, and what is told of the rest.
//
// What can fail: as etcd::client; `internal` for a damaged batch.

#include "cluster/fenced_log.hpp"
#include "cluster/replica.hpp"

namespace charter::cluster {

/// Brings the local journal up to the end of the tail, in pages. Errors: also `unavailable` when it
/// lacks what was trimmed, and those of `replica::apply`.
status read_tail(etcd::client& etcd, const log_keys& keys, replica& local, shard_id shard, std::stop_token stop = {});

/// Tells how far a directory has each shard on disk.
status report_synced(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                     const std::map<shard_id, position>& synced);

/// Tells up to where all effects of each shard have arrived. Nothing depends on it but how much is offered again.
status report_effects(etcd::client& etcd, const log_keys& keys, const std::map<shard_id, position>& taken);
/// What an owner has told last; 0 if none has.
result<position> reported_effects(etcd::client& etcd, const log_keys& keys, shard_id shard);

/// The first position that etcd still holds; nothing if it holds none.
result<std::optional<position>> tail_begin(etcd::client& etcd, const log_keys& keys, shard_id shard);

/// Up to where the tail may go: what every listed directory has synced. When `pressed`, what at least two have: then
/// one that is away has to take the journal from another, but nothing is lost with any one disk (I13). 0: nothing may.
position trimmable(const shard_entry& entry, bool pressed);

/// Removes the tail up to `last`, if `claim` still is the shard's and `seen.replicas` its list; gives the
/// revision, or nothing if they aren't. Puts nothing, so that it works without space.
result<std::optional<etcd::revision>> trim(etcd::client& etcd, const log_keys& keys, shard_id shard,
                                           const log_claim& claim, const shard_entry& seen, position last);

} // namespace charter::cluster
