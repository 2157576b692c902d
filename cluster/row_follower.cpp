#include "cluster/row_follower.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "cluster/waiting.hpp"
#include "domain/codec/record.hpp"
#include "domain/limits.hpp"
#include "storage/erasure.hpp"
#include "storage/rebuild.hpp"
#include "storage/tables.hpp"

namespace charter::cluster {

namespace {

constexpr std::size_t run_changes = 1'000; // one write of rows while catching up
constexpr std::size_t erasures_at_once = 256;
constexpr std::size_t counted_max = 16'384; // entities whose changes are counted, of each shard

} // namespace

row_follower::row_follower(const storage::journal& journal, storage::store& rows, row_follower_options options)
    : journal_(journal), rows_(rows), options_(std::move(options)) {
  for (auto shard : options_.shards) {
    auto& of = *(parts_[shard] = std::make_unique<part>());
    of.folded = storage::folded_up_to(rows_, shard);
  }
  eraser_ = std::jthread{[this](std::stop_token stop) { erase_all(stop); }};
}

void row_follower::stop() {
  eraser_.request_stop();
  if (eraser_.joinable())
    eraser_.join();
}

void row_follower::fold(shard_id shard) {
  auto& of = *parts_.at(shard);
  std::lock_guard lock{of.mutex};
  if (of.ours)
    fold_rest(shard, of);
}

void row_follower::leave(shard_id shard) {
  auto& of = *parts_.at(shard);
  std::lock_guard lock{of.mutex};
  if (of.ours)
    fold_rest(shard, of);
  of.ours = false;
}

void row_follower::take(shard_id shard) {
  auto& of = *parts_.at(shard);
  std::lock_guard lock{of.mutex};
  of.ours = true;
  of.folded = storage::folded_up_to(rows_, shard);
  options_.folded(shard, of.folded); // by the shard's actor, of which nobody else has been told
  fold_rest(shard, of);
}

position row_follower::folded_up_to(shard_id shard) const { return parts_.at(shard)->folded; }

void row_follower::fold_rest(shard_id shard, part& of) try {
  storage::folder folder{rows_, shard};
  fresh news;
  position last = of.folded;
  auto read = journal_.read(shard, last + 1, [&](position at, const storage::log_record& record) {
    auto decoded = codec::decode_change(record.header, record.body);
    if (!decoded)
      throw std::runtime_error("position " + std::to_string(at) + ": " + decoded.why().detail);
    auto what = std::make_shared<const change>(*std::move(decoded));
    folder.apply(at, *what);
    news.changes.push_back(std::move(what));
    last = at;
    if (news.changes.size() == run_changes)
      write(shard, of, folder.take(), std::exchange(news, {}), last);
    return true;
  });
  if (!read)
    throw std::runtime_error(read.why().detail);
  if (!news.changes.empty())
    write(shard, of, folder.take(), std::move(news), last);
} catch (const std::exception& e) {
  options_.fatal("shard " + std::to_string(shard) + ": " + e.what());
}

/// Rows before anybody hears of them, as shards do it.
void row_follower::write(shard_id shard, part& of, storage::row_batch rows, fresh news, position at) {
  rows_.write(rows);
  of.folded = at;
  bool policy_changed =
      std::ranges::any_of(news.changes, [](const change_ptr& c) { return c->entity == policy_entity; });
  auto changes = news.changes;
  options_.publish(std::move(news));
  options_.folded(shard, at);
  if (policy_changed)
    options_.policy_moved();
  take_snapshots(shard, of, changes);
}

/// Where enough has changed since the last one, as entities' actors do it.
void row_follower::take_snapshots(shard_id shard, part& of, const std::vector<change_ptr>& changes) {
  std::set<entity_id> due;
  for (auto& c : changes)
    if (++of.since_snapshot[c->entity] >= charter::limits::snapshot_every_events)
      due.insert(c->entity);
  storage::row_batch snapshots;
  for (auto& x : due) {
    of.since_snapshot.erase(x);
    if (auto entity = storage::load_entity(rows_, journal_, shard, x))
      snapshots.put(storage::tables::snapshot(x), codec::encode(storage::snapshot_of(*entity)));
    else // its owner would put it into quarantine; following goes on without
      options_.unreadable(to_text(x) + ": " + entity.why().detail);
  }
  if (of.since_snapshot.size() > counted_max)
    for (auto at = of.since_snapshot.begin(); at != of.since_snapshot.end();)
      at = (at->second /= 2) == 0 ? of.since_snapshot.erase(at) : std::next(at);
  if (!snapshots.empty())
    rows_.write(snapshots);
}

void row_follower::erase_all(const std::stop_token& stop) {
  while (wait(options_.erase_every, stop))
    for (auto& [shard, of] : parts_) {
      if (stop.stop_requested())
        return;
      bool ours = [&] {
        std::lock_guard lock{of->mutex};
        return of->ours;
      }();
      if (ours)
        (void)erase(shard); // `unavailable` while etcd holds the records: the next round tries again
    }
}

/// The owner may come in between: whatever both do is harmless twice.
status row_follower::erase(shard_id shard) {
  auto pending = storage::bodies_to_erase(rows_, shard, erasures_at_once);
  if (pending.empty())
    return done{};
  auto job = storage::job_for(pending);
  rows_.write(job.snapshots);
  if (auto erased = options_.erase_bodies(shard, job.positions); !erased)
    return erased;
  for (auto& range : job.ranges)
    if (auto compacted = rows_.compact(range.from, range.to); !compacted)
      return compacted;
  storage::row_batch settled;
  for (auto& p : pending)
    storage::settle_erasure(settled, shard, p.at);
  rows_.write(settled);
  return done{};
}

} // namespace charter::cluster
