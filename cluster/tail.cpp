#include "cluster/tail.hpp"

#include <algorithm>

#include "cluster/limits.hpp"

namespace charter::cluster {

namespace {

status put_positions(etcd::client& etcd, const std::map<std::string, position>& all) {
  for (auto next = all.begin(); next != all.end();) {
    etcd::transaction some;
    for (; next != all.end() && some.then.size() < limits::moves_per_transaction; ++next)
      some.then.push_back(etcd::put(next->first, number_text(next->second)));
    if (auto told = etcd.commit(some); !told)
      return told.why();
  }
  return done{};
}

} // namespace

status read_tail(etcd::client& etcd, const log_keys& keys, replica& local, shard_id shard, std::stop_token stop) {
  bool more = true;
  while (more && !stop.stop_requested()) {
    auto rows = etcd.range(keys.log_from(shard, local.head(shard) + 1), limits::page_batches);
    if (!rows)
      return rows.why();
    std::vector<log_batch> batches;
    for (auto& row : rows->rows) {
      auto batch = decode_batch(shard, row.key, row.value);
      if (!batch)
        return batch.why();
      batches.push_back(*std::move(batch));
    }
    if (!batches.empty() && batches.front().first > local.head(shard) + 1)
      return lacks_trimmed(shard, local.head(shard));
    if (auto applied = local.apply(batches); !applied)
      return applied;
    more = rows->more;
  }
  return done{};
}

status report_synced(etcd::client& etcd, const log_keys& keys, const std::string& directory,
                     const std::map<shard_id, position>& synced) {
  std::map<std::string, position> all;
  for (auto& [shard, last] : synced)
    all.emplace(keys.synced(shard, directory), last);
  return put_positions(etcd, all);
}

status report_effects(etcd::client& etcd, const log_keys& keys, const std::map<shard_id, position>& taken) {
  std::map<std::string, position> all;
  for (auto& [shard, last] : taken)
    all.emplace(keys.effects(shard), last);
  return put_positions(etcd, all);
}

result<position> reported_effects(etcd::client& etcd, const log_keys& keys, shard_id shard) {
  auto rows = etcd.range({keys.effects(shard), {}});
  if (!rows)
    return rows.why();
  return rows->rows.empty() ? result<position>{0} : parse_number(rows->rows.front().value);
}

result<std::optional<position>> tail_begin(etcd::client& etcd, const log_keys& keys, shard_id shard) {
  auto rows = etcd.range(keys.log(shard), 1);
  if (!rows)
    return rows.why();
  if (rows->rows.empty())
    return std::optional<position>{};
  auto batch = decode_batch(shard, rows->rows.front().key, rows->rows.front().value);
  if (!batch)
    return batch.why();
  return std::optional{batch->first};
}

position trimmable(const shard_entry& entry, bool pressed) {
  std::vector<position> synced;
  for (auto& directory : entry.replicas)
    synced.push_back(entry.synced_by(directory));
  if (synced.size() < limits::copies_before_trim)
    return 0;
  std::ranges::sort(synced, std::greater{});
  return pressed ? synced[limits::copies_before_trim - 1] : synced.back();
}

result<std::optional<etcd::revision>> trim(etcd::client& etcd, const log_keys& keys, shard_id shard,
                                           const log_claim& claim, const shard_entry& seen, position last) {
  etcd::transaction what;
  what.conditions.push_back(etcd::value_is(keys.claim(shard), to_text(claim)));
  what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen.replicas_modified));
  what.then.push_back(etcd::erase(keys.log_up_to(shard, last)));
  auto answer = etcd.commit(what);
  if (!answer)
    return answer.why();
  return answer->met ? std::optional{answer->at} : std::nullopt;
}

} // namespace charter::cluster
