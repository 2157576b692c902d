#include "cluster/follower.hpp"

#include <algorithm>

#include "cluster/limits.hpp"
#include "cluster/roster.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {
constexpr milliseconds glance{200}; // between two looks whether we are to stop
}

follower::follower(etcd::client& etcd, log_keys keys, replica& local, follower_options options)
    : etcd_(etcd), keys_(std::move(keys)), local_(local), options_(std::move(options)) {
  for (auto shard : options_.shards)
    stuck_.emplace(shard, refuse(errc::unavailable, "not caught up yet"));
  thread_ = std::jthread{[this](std::stop_token stop) { run(stop); }};
}

follower::~follower() = default;

std::optional<refusal> follower::state(shard_id shard) const {
  std::lock_guard lock{mutex_};
  auto found = stuck_.find(shard);
  return found == stuck_.end() ? std::nullopt : std::optional{found->second};
}

bool follower::lacks(shard_id shard) const {
  std::lock_guard lock{mutex_};
  return lacking_.contains(shard);
}

void follower::look_again(shard_id shard) {
  {
    std::lock_guard lock{mutex_};
    lacking_.erase(shard);
  }
  look_again_ = true;
}

void follower::note(shard_id shard, const status& outcome) {
  {
    std::lock_guard lock{mutex_};
    if (outcome)
      stuck_.erase(shard);
    else
      stuck_.insert_or_assign(shard, outcome.why());
  }
  if (outcome)
    alarmed_.erase(shard);
  else if (alarmed_.insert(shard).second)
    options_.stuck(shard, outcome.why());
}

void follower::tell_moves() {
  for (auto shard : options_.shards) {
    auto head = local_.head(shard);
    if (auto& told = told_[shard]; head > told)
      options_.moved(shard, told = head);
  }
}

void follower::run(std::stop_token stop) {
  try {
    while (!stop.stop_requested()) {
      ++rounds_;
      if (!follow(stop) && !wait(limits::follower_rest, stop))
        return;
    }
  } catch (const std::exception& e) {
    options_.fatal(e.what());
  }
}

/// From reading the tails until the watch breaks, was quiet for long, or something doesn't fit.
status follower::follow(std::stop_token stop) {
  etcd::revision at = 0;
  std::vector<etcd::key_range> followed;
  if (auto caught_up = catch_up(stop, at, followed); !caught_up)
    return caught_up;
  if (followed.empty())
    return refuse(errc::unavailable, "no shard can be followed");
  auto watcher = etcd_.watch(followed, at + 1);
  if (!watcher)
    return watcher.why();
  auto until = steady_clock::now() + limits::quiet_watch;
  while (!stop.stop_requested() && steady_clock::now() < until && !look_again_.exchange(false)) {
    auto group = next_group(**watcher);
    if (!group)
      return group.why();
    if (group->empty())
      continue;
    if (followed.size() == options_.shards.size()) // else look soon whether the others can be followed now
      until = steady_clock::now() + limits::quiet_watch;
    if (auto applied = local_.apply(*group); !applied)
      return applied;
    tell_moves();
  }
  return done{};
}

status follower::catch_up(std::stop_token stop, etcd::revision& at, std::vector<etcd::key_range>& followed) {
  std::map<shard_id, log_end> before; // what an owner on this node appends meanwhile isn't ahead of etcd
  for (auto shard : options_.shards) {
    auto end = local_.end(shard);
    if (!end)
      return end.why();
    before[shard] = *end;
  }
  auto seen = options_.memory ? options_.memory->seen() : 0;
  auto entries = read_entries(etcd_, keys_);
  if (!entries)
    return entries.why();
  at = entries->at;
  auto admitted = is_admitted(etcd_, keys_, options_.directory);
  if (!admitted)
    return admitted.why();
  if (auto recognised = recognise(at, seen, *admitted); !recognised) {
    for (auto shard : options_.shards)
      note(shard, recognised);
    return recognised;
  }
  for (auto shard : options_.shards) {
    auto outcome = catch_up_shard(stop, entries->of[shard], *admitted, shard, before[shard]);
    note(shard, outcome);
    if (outcome)
      followed.push_back(keys_.log(shard));
  }
  tell_moves();
  if (*admitted && followed.size() == options_.shards.size())
    return forget_admission(etcd_, keys_, options_.directory);
  return done{};
}

status follower::recognise(etcd::revision at, etcd::revision seen, bool admitted) {
  if (!options_.memory)
    return done{};
  auto id = read_cluster_id(etcd_, keys_);
  return id ? options_.memory->recognise(*id, at, seen, admitted) : status{id.why()};
}

status follower::catch_up_shard(std::stop_token stop, shard_entry entry, bool admitted, shard_id shard,
                                const log_end& before) {
  const auto seen = entry;
  if (admitted && entry.claim)
    entry.replicas.insert(options_.directory);
  if (auto may = check_standing(shard, entry, options_.directory, before); !may)
    return may;
  auto read = read_tail(etcd_, keys_, local_, shard, stop);
  auto lacking = is_lacking(entry, shard);
  if (!lacking)
    return lacking.why();
  {
    std::lock_guard lock{mutex_};
    if (*lacking)
      lacking_.insert(shard);
    else
      lacking_.erase(shard);
  }
  if (*lacking)
    return lacks_trimmed(shard, local_.head(shard));
  if (read && entry.replicas != seen.replicas)
    return enlist(etcd_, keys_, shard, seen, options_.directory);
  return read;
}

/// Whether what follows the shard's journal isn't in etcd any more.
result<bool> follower::is_lacking(const shard_entry& entry, shard_id shard) {
  if (local_.head(shard) >= entry.head.last)
    return false;
  auto begin = tail_begin(etcd_, keys_, shard);
  if (!begin)
    return begin.why();
  return !*begin || **begin > local_.head(shard) + 1;
}

/// Waits for one message, and takes what has come besides, as far as one sync carries it.
result<std::vector<log_batch>> follower::next_group(etcd::watcher& watcher) {
  std::vector<log_batch> out;
  auto patience = glance;
  for (std::size_t size = 0; size < limits::group_bytes; patience = milliseconds{0}) {
    auto events = watcher.next(patience);
    if (!events && out.empty())
      return events.why();
    if (!events || events->empty())
      break; // an error comes again with the next call
    for (auto& event : *events) {
      auto shard = keys_.shard_of(event.key);
      auto batch = decode_batch(shard.value_or(0), event.key, event.value);
      if (!batch)
        return batch.why();
      out.push_back(*std::move(batch));
      size += event.value.size();
    }
  }
  return out;
}

} // namespace charter::cluster
