#include "cluster/replica.hpp"

namespace charter::cluster {

result<log_end> replica::end(shard_id shard) {
  std::lock_guard lock{appending_};
  return end_of(shard);
}

result<log_end> replica::end_of(shard_id shard) {
  auto last = journal_.head(shard);
  auto& known = ends_[shard];
  if (known.last == last)
    return known;
  log_end found{last, 0};
  auto read = journal_.read(shard, last, [&](storage::position, const storage::log_record& record) {
    found.mark = mark_of(record);
    return false;
  });
  if (!read)
    return read.why();
  return known = found;
}

status replica::apply(std::span<const log_batch> batches) {
  std::lock_guard lock{appending_};
  std::vector<storage::append_batch> fresh;
  std::map<shard_id, log_end> ends;
  for (auto& batch : batches) {
    auto end = ends.find(batch.shard);
    if (end == ends.end()) {
      auto now = end_of(batch.shard);
      if (!now)
        return now.why();
      end = ends.emplace(batch.shard, *now).first;
    }
    auto& [last, mark] = end->second;
    if (batch.last() <= last)
      continue;
    if (batch.first != last + 1)
      return refuse(errc::conflict, "shard " + std::to_string(batch.shard) + " ends at " + std::to_string(last) +
                                        ", and the next batch begins at " + std::to_string(batch.first));
    if (batch.before && *batch.before != mark)
      return does_not_match(batch.shard, last);
    fresh.push_back({batch.shard, last, batch.records});
    end->second = {batch.last(), mark_of(batch.records.back())};
  }
  for (auto outcome : journal_.append(fresh)) {
    if (outcome == storage::append_outcome::no_space)
      return refuse(errc::unavailable, "the disk is full");
    CHARTER_ASSERT(outcome == storage::append_outcome::durable); // nobody else appends
  }
  for (auto& [shard, end] : ends)
    ends_.insert_or_assign(shard, end);
  return done{};
}

} // namespace charter::cluster
