#include "storage/memory_journal.hpp"

#include <algorithm>
#include <stdexcept>

namespace charter::storage {

namespace {

constexpr std::size_t chunk_records = 256; // copied per lock

std::uint64_t size_of(const append_batch& batch) {
  std::uint64_t sum = 0;
  for (auto& record : batch.records)
    sum += record.header.size() + record.body.size();
  return sum;
}

} // namespace

append_outcome memory_journal::append_one(const append_batch& batch) {
  auto entry = logs_.find(batch.shard);
  if (batch.expected != (entry == logs_.end() ? 0 : entry->second.size()))
    return append_outcome::conflict;
  auto size = size_of(batch);
  if (size > room_bytes_)
    return append_outcome::no_space;
  if (room_bytes_ != UINT64_MAX)
    room_bytes_ -= size;
  if (!batch.records.empty()) {
    auto& log = logs_[batch.shard];
    log.insert(log.end(), batch.records.begin(), batch.records.end());
  }
  return append_outcome::durable;
}

std::vector<append_outcome> memory_journal::append(std::span<const append_batch> batches) {
  std::lock_guard lock{mutex_};
  std::optional<fault> what;
  if (!faults_.empty()) {
    what = faults_.front();
    faults_.pop_front();
  }
  if (what == fault::no_space)
    return std::vector<append_outcome>(batches.size(), append_outcome::no_space);
  if (what == fault::conflict)
    return std::vector<append_outcome>(batches.size(), append_outcome::conflict);
  if (what == fault::drop)
    return std::vector<append_outcome>(batches.size(), append_outcome::durable);
  if (what == fault::throw_lost)
    throw std::runtime_error("injected: the journal failed");
  std::vector<append_outcome> outcomes;
  for (auto& batch : batches)
    outcomes.push_back(append_one(batch));
  if (what == fault::throw_landed)
    throw std::runtime_error("injected: the journal failed");
  return outcomes;
}

status memory_journal::read(shard_id shard, position from, const visitor& visit) const {
  const auto last = head(shard);
  for (auto next = std::max<position>(from, 1); next <= last;) {
    std::vector<log_record> chunk;
    std::optional<position> damaged;
    {
      std::lock_guard lock{mutex_};
      auto& log = logs_.at(shard);
      for (auto at = next; at <= std::min<position>(last, log.size()) && chunk.size() < chunk_records && !damaged;
           ++at) {
        if (damaged_.contains({shard, at}))
          damaged = at;
        else
          chunk.push_back(log[at - 1]);
      }
    }
    for (auto& record : chunk)
      if (!visit(next++, record))
        return done{};
    if (damaged || chunk.empty())
      return refuse(errc::internal, "shard " + std::to_string(shard) + " position " + std::to_string(next) +
                                        (damaged ? ": damaged" : ": missing"));
  }
  return done{};
}

position memory_journal::head(shard_id shard) const {
  std::lock_guard lock{mutex_};
  auto entry = logs_.find(shard);
  return entry == logs_.end() ? 0 : entry->second.size();
}

std::vector<shard_id> memory_journal::shards() const {
  std::lock_guard lock{mutex_};
  std::vector<shard_id> out;
  for (auto& [shard, log] : logs_)
    if (!log.empty())
      out.push_back(shard);
  return out;
}

status memory_journal::erase_bodies(shard_id shard, std::span<const position> positions) {
  std::lock_guard lock{mutex_};
  auto entry = logs_.find(shard);
  auto last = entry == logs_.end() ? 0 : entry->second.size();
  if (std::any_of(positions.begin(), positions.end(), [&](position at) { return at == 0 || at > last; }))
    return invalid("positions", "no such position in shard " + std::to_string(shard));
  for (auto at : positions)
    entry->second[at - 1].body = bytes{};
  return done{};
}

std::uint64_t memory_journal::room_bytes() const {
  std::lock_guard lock{mutex_};
  return room_bytes_;
}

void memory_journal::fail_next_append(fault what) {
  std::lock_guard lock{mutex_};
  faults_.push_back(what);
}

void memory_journal::set_room_bytes(std::uint64_t bytes) {
  std::lock_guard lock{mutex_};
  room_bytes_ = bytes;
}

void memory_journal::damage(shard_id shard, position at) {
  std::lock_guard lock{mutex_};
  damaged_.insert({shard, at});
}

void memory_journal::lose_after(shard_id shard, position last) {
  std::lock_guard lock{mutex_};
  auto entry = logs_.find(shard);
  if (entry != logs_.end() && entry->second.size() > last)
    entry->second.resize(last);
}

} // namespace charter::storage
