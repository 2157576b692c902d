#pragma once
// Which data directories keep the cluster's shards, and how that changes: an operator admits a directory; its node
// catches up with each shard and only then puts itself on that shard's list; an operator dismisses one that is gone.
// And which of them are to own nothing for now.
//
// Lists are changed in transactions that compare them, so trimming, which does so as well, never counts on a directory
// that isn't there. Everything here may be repeated, be interrupted anywhere, and be done by two at once: what is asked
// for comes about once, or one of the two is told why it can't. What can fail: as etcd::client, and what each function
// says.

#include "cluster/members.hpp"

namespace charter::cluster {

/// From now on the directory's node may enlist it; nothing is to do for one that every shard lists.
/// Errors: `not_found` when there is no cluster.
status admit(etcd::client& etcd, const log_keys& keys, const std::string& directory);
result<bool> is_admitted(etcd::client& etcd, const log_keys& keys, const std::string& directory);

/// Adds an admitted directory, which has all of the shard, to the list that was `seen`.
/// Errors: `unavailable` when the list has changed meanwhile, or it isn't admitted any more.
status enlist(etcd::client& etcd, const log_keys& keys, shard_id shard, const shard_entry& seen,
              const std::string& directory);

/// It is on every list: the admission has served.
status forget_admission(etcd::client& etcd, const log_keys& keys, const std::string& directory);

/// Takes a directory off all lists, and what it has reported with it; gives how many listed it. That it was drained is
/// forgotten. One that is new can't come back under this id: what it lacks is nobody's promise any more.
/// Errors: `conflict` while its node lives, or when a shard would have fewer than two replicas left.
result<std::size_t> dismiss(etcd::client& etcd, const log_keys& keys, const std::string& directory);

/// Its node is to own nothing, now and after restarts, until `undrain`; it keeps its shards and serves clients as
/// before. Errors: `conflict` as `may_drain`, unless it is drained already.
status drain(etcd::client& etcd, const log_keys& keys, const std::string& directory);
/// Gives whether it was drained.
result<bool> undrain(etcd::client& etcd, const log_keys& keys, const std::string& directory);

/// By the directory's own node, which doesn't hold the shard: an owner's name from before a restart would keep others
/// from claiming it. Errors: as etcd::client.
status disown(etcd::client& etcd, const log_keys& keys, shard_id shard, const std::string& directory);

} // namespace charter::cluster
