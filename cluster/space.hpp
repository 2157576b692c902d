#pragma once
// Room in etcd. A full etcd (the NOSPACE alarm) takes no puts at all, so replicas couldn't even say what they have
// synced, and nothing could be trimmed. Therefore a value of a megabyte lies there as a reserve, as journals keep one
// on disk:
//
//   full       nobody appends; the tails are trimmed as far as is known, the reserve is removed, the database compacted
//              and defragmented, the alarm ended
//   no reserve nobody appends; but replicas report again, and the tails can go
//   reserve    put back when the database is well below what it was when it was full: appending goes on
//
// Every node looks and holds back; one node mends for all. Nothing acknowledged is touched: only what two replicas have
// synced is ever trimmed.
// What can fail: as etcd::client; the next round goes on.

#include <cstdint>

#include "cluster/shard_entry.hpp"

namespace charter::cluster {

struct space_state {
  bool answers = false;
  bool full = false;
  bool reserved = false;
  std::int64_t database_bytes = 0; ///< largest among the members
  std::int64_t used_bytes = 0;     ///< of that member
  bool room() const { return reserved && !full; }
};

result<space_state> look_at_space(etcd::client& etcd, const log_keys& keys);

/// Puts the reserve there, if it isn't.
status reserve_space(etcd::client& etcd, const log_keys& keys);

class space_keeper {
public:
  space_keeper(etcd::client& etcd, const log_keys& keys) : etcd_(etcd), keys_(keys) {}

  /// One round, after trimming and compacting. One thread.
  status mend(const space_state& now);

private:
  status free_all();
  status defragment_all();

  etcd::client& etcd_;
  log_keys keys_;
  int full_rounds_ = 0;
  std::int64_t full_bytes_ = INT64_MAX; ///< how large the database was when it was full last
};

} // namespace charter::cluster
