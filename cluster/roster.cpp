#include "cluster/roster.hpp"

#include "cluster/limits.hpp"

namespace charter::cluster {

namespace {

status done_or_why(const result<etcd::committed>& answer) { return answer ? status{done{}} : status{answer.why()}; }

std::string shard_text(shard_id shard) { return "shard " + std::to_string(shard); }

/// Errors: `unavailable` when the list has changed.
status take_off(etcd::client& etcd, const log_keys& keys, shard_id shard, const shard_entry& seen,
                const std::string& directory) {
  auto rest = seen.replicas;
  rest.erase(directory);
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen.replicas_modified));
  what.then.push_back(etcd::put(keys.replicas(shard), to_text(rest)));
  what.then.push_back(etcd::erase({keys.synced(shard, directory), {}}));
  auto answer = etcd.commit(what);
  if (answer && !answer->met)
    return refuse(errc::unavailable, "the list of " + shard_text(shard) + " has just changed; try again");
  return done_or_why(answer);
}

} // namespace

status admit(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  auto entries = read_entries(etcd, keys);
  if (!entries)
    return entries.why();
  if (entries->of.empty())
    return refuse(errc::not_found, "there is no cluster there yet");
  etcd::transaction what;
  what.then.push_back(etcd::put(keys.admitted(directory), {}));
  return done_or_why(etcd.commit(what));
}

result<bool> is_admitted(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  auto rows = etcd.range({keys.admitted(directory), {}});
  return rows ? result<bool>{!rows->rows.empty()} : result<bool>{rows.why()};
}

status enlist(etcd::client& etcd, const log_keys& keys, shard_id shard, const shard_entry& seen,
              const std::string& directory) {
  auto all = seen.replicas;
  all.insert(directory);
  etcd::transaction what;
  what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen.replicas_modified));
  what.conditions.push_back(etcd::value_is(keys.admitted(directory), {}));
  what.then.push_back(etcd::put(keys.replicas(shard), to_text(all)));
  auto answer = etcd.commit(what);
  if (answer && !answer->met)
    return refuse(errc::unavailable, "the list of " + shard_text(shard) + " has just changed");
  return done_or_why(answer);
}

status forget_admission(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  etcd::transaction what;
  what.then.push_back(etcd::erase({keys.admitted(directory), {}}));
  return done_or_why(etcd.commit(what));
}

result<std::size_t> dismiss(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  auto seen = read_view(etcd, keys);
  if (!seen)
    return seen.why();
  if (seen->view.holder_of(directory))
    return refuse(errc::conflict,
                  "a node runs with directory " + directory + "; stop it first, so that its shards are handed over");
  auto entries = read_entries(etcd, keys);
  if (!entries)
    return entries.why();
  for (auto& [shard, entry] : entries->of)
    if (entry.replicas.contains(directory) && entry.replicas.size() <= limits::copies_before_trim)
      return refuse(errc::conflict, shard_text(shard) + " would be on one disk only; add another directory first");
  if (auto gone = forget_admission(etcd, keys, directory); !gone)
    return gone.why();
  std::size_t count = 0;
  for (auto& [shard, entry] : entries->of) {
    if (!entry.replicas.contains(directory))
      continue;
    if (auto taken = take_off(etcd, keys, shard, entry, directory); !taken)
      return taken.why();
    ++count;
  }
  return count;
}

} // namespace charter::cluster
