#include "cluster/record_mark.hpp"

#include "storage/digest.hpp"

namespace charter::cluster {

record_mark mark_of(const storage::log_record& record) {
  auto digest = storage::sha256(record.header);
  record_mark out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i)
    out = out << 8 | digest[i];
  return out;
}

refusal does_not_match(shard_id shard, storage::position at) {
  return refuse(errc::internal,
                "the journal of shard " + std::to_string(shard) + " has another record at " + std::to_string(at) +
                    " than the cluster's log: the directory is another cluster's, or etcd was restored from a backup; "
                    "nothing was changed, see \"When logs don't match\" in docs/OPERATIONS.md");
}

} // namespace charter::cluster
