#include "cluster/roster.hpp"

#include <algorithm>

#include "cluster/limits.hpp"
#include "cluster/ownership.hpp"

namespace charter::cluster {

namespace {

status done_or_why(const result<etcd::committed>& answer) { return answer ? status{done{}} : status{answer.why()}; }

std::string shard_text(shard_id shard) { return "shard " + std::to_string(shard); }

constexpr int tries_max = 16; // somebody else changes the same list, each time in between; operators are few

refusal too_many_at_once(const std::string& what) {
  return refuse(errc::unavailable,
                what + " couldn't be changed: others do so all the time, or etcd is slow; try again");
}

/// A change that compares may be tried again after a look, also when nobody knows whether it came through.
bool is_over(const result<bool>& changed) { return changed ? *changed : changed.why().code != errc::unavailable; }

/// False when nobody listed it. Errors: `conflict` when one disk would be left.
result<bool> take_off(etcd::client& etcd, const log_keys& keys, shard_id shard, const std::string& directory) {
  for (int i = 0; i < tries_max; ++i) {
    auto seen = read_entry(etcd, keys, shard);
    if (!seen)
      return seen.why();
    auto rest = seen->replicas;
    if (rest.erase(directory) == 0)
      return false;
    if (rest.size() < limits::copies_before_trim)
      return refuse(errc::conflict, shard_text(shard) + " would be on one disk only; add another directory first");
    etcd::transaction what;
    what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen->replicas_modified));
    what.then.push_back(etcd::put(keys.replicas(shard), to_text(rest)));
    what.then.push_back(etcd::erase({keys.synced(shard, directory), {}}));
    auto answer = etcd.commit(what);
    auto taken = answer ? result<bool>{answer->met} : result<bool>{answer.why()};
    if (is_over(taken))
      return taken;
  }
  return too_many_at_once("the list of " + shard_text(shard));
}

} // namespace

status admit(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  auto entries = read_entries(etcd, keys);
  if (!entries)
    return entries.why();
  if (entries->of.empty())
    return refuse(errc::not_found, "there is no cluster there yet");
  if (std::ranges::all_of(entries->of, [&](auto& shard) { return shard.second.replicas.contains(directory); }))
    return done{};
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
    auto taken = take_off(etcd, keys, shard, directory);
    if (!taken)
      return taken.why();
    count += *taken;
  }
  if (auto forgotten = undrain(etcd, keys, directory); !forgotten)
    return forgotten.why();
  return count;
}

status drain(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  for (int i = 0; i < tries_max; ++i) {
    auto seen = read_view(etcd, keys);
    if (!seen)
      return seen.why();
    auto drained = seen->view.wished.drained;
    if (!drained.insert(directory).second)
      return done{};
    if (auto may = may_drain(seen->view, directory); !may)
      return may;
    auto put = put_drained(etcd, keys, seen->view.wished, drained);
    if (is_over(put))
      return put ? status{done{}} : status{put.why()};
  }
  return too_many_at_once("which nodes are drained");
}

result<bool> undrain(etcd::client& etcd, const log_keys& keys, const std::string& directory) {
  for (int i = 0; i < tries_max; ++i) {
    auto seen = read_wishes(etcd, keys);
    if (!seen)
      return seen.why();
    auto drained = seen->drained;
    if (drained.erase(directory) == 0)
      return false;
    auto put = put_drained(etcd, keys, *seen, drained);
    if (is_over(put))
      return put;
  }
  return too_many_at_once("which nodes are drained");
}

status disown(etcd::client& etcd, const log_keys& keys, shard_id shard, const std::string& directory) {
  auto seen = read_entry(etcd, keys, shard);
  if (!seen)
    return seen.why();
  if (!seen->claim || seen->owner != directory)
    return done{};
  etcd::transaction what;
  what.conditions.push_back(etcd::value_is(keys.claim(shard), to_text(*seen->claim)));
  what.conditions.push_back(etcd::value_is(keys.owner(shard), directory));
  what.then.push_back(etcd::put(keys.owner(shard), {}));
  return done_or_why(etcd.commit(what));
}

} // namespace charter::cluster
