#include "cluster/replica.hpp"

#include <map>

namespace charter::cluster {

status replica::apply(std::span<const log_batch> batches) {
  std::lock_guard lock{appending_};
  std::vector<storage::append_batch> fresh;
  std::map<shard_id, storage::position> heads;
  for (auto& batch : batches) {
    auto& head = heads.try_emplace(batch.shard, journal_.head(batch.shard)).first->second;
    if (batch.last() <= head)
      continue;
    if (batch.first != head + 1)
      return refuse(errc::conflict, "shard " + std::to_string(batch.shard) + " ends at " + std::to_string(head) +
                                        ", and the next batch begins at " + std::to_string(batch.first));
    fresh.push_back({batch.shard, head, batch.records});
    head = batch.last();
  }
  for (auto outcome : journal_.append(fresh)) {
    if (outcome == storage::append_outcome::no_space)
      return refuse(errc::unavailable, "the disk is full");
    CHARTER_ASSERT(outcome == storage::append_outcome::durable); // nobody else appends
  }
  return done{};
}

} // namespace charter::cluster
