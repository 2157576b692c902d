#include "cluster/fenced_log.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "cluster/limits.hpp"
#include "cluster/log_batch.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

std::string fenced_log::nonce() {
  std::array<std::uint8_t, 16> raw;
  env_.fill_random(raw);
  return to_hex(raw);
}

status fenced_log::create(shard_id shard, const log_end& end, const std::set<std::string>& replicas,
                          std::stop_token stop) {
  auto move = create_move(keys_, shard, {{0, nonce()}, {0, end.last, nonce(), end.mark}, end.mark}, replicas);
  auto created = settle({&move, 1}, stop).front();
  switch (created.outcome) {
    case fate::landed: return done{};
    case fate::fenced: return refuse(errc::conflict, "the cluster has shard " + std::to_string(shard) + " already");
    case fate::refused: return refuse(errc::internal, created.detail);
    default: return refuse(errc::unavailable, "shard " + std::to_string(shard) + ": " + created.detail);
  }
}

status check_standing(shard_id shard, const shard_entry& entry, const std::string& directory, const log_end& local) {
  if (!entry.claim)
    return refuse(errc::not_found, "the cluster doesn't know the shard");
  if (!entry.replicas.contains(directory))
    return refuse(errc::forbidden, "directory " + directory + " is not listed for the shard");
  if (local.last > entry.head.last)
    return refuse(errc::internal,
                  "the journal ends at " + std::to_string(local.last) + " and the cluster's log at " +
                      std::to_string(entry.head.last) +
                      ": etcd has lost data or is another one; see \"When logs don't match\" in docs/OPERATIONS.md");
  if (local.last == entry.head.last && entry.head.mark && *entry.head.mark != local.mark)
    return does_not_match(shard, local.last);
  if (auto reported = entry.synced_by(directory); reported > local.last)
    return refuse(errc::internal, "the journal ends at " + std::to_string(local.last) + " but has had " +
                                      std::to_string(reported) + ": take it from a replica");
  return done{};
}

refusal lacks_trimmed(shard_id shard, position local_head) {
  return refuse(errc::unavailable, "the journal of shard " + std::to_string(shard) + " ends at " +
                                       std::to_string(local_head) +
                                       ", and what follows was trimmed: take it from a replica");
}

/// The batch that the journal lacks first. Errors: `unavailable` when it was trimmed; `internal` when it follows
/// another record.
result<std::optional<etcd::key_value>> fenced_log::next_batch(shard_id shard, const log_head& head,
                                                              const log_end& local) {
  if (local.last == head.last)
    return std::optional<etcd::key_value>{};
  auto rows = etcd_.range(keys_.log_from(shard, local.last + 1), 1);
  if (!rows)
    return rows.why();
  if (!rows->rows.empty()) {
    auto& row = rows->rows.front();
    auto batch = decode_batch(shard, row.key, row.value);
    if (!batch)
      return batch.why();
    if (batch->first == local.last + 1) {
      if (batch->before && *batch->before != local.mark)
        return does_not_match(shard, local.last);
      return std::optional{std::move(row)};
    }
  }
  return lacks_trimmed(shard, local.last);
}

result<grip> fenced_log::claim(shard_id shard, const std::string& directory, const log_end& local,
                               std::stop_token stop) {
  for (int attempt = 0; attempt < limits::claims_max && !stop.stop_requested(); ++attempt) {
    auto seen = read_entry(etcd_, keys_, shard);
    if (!seen)
      return seen.why();
    if (auto may = check_standing(shard, *seen, directory, local); !may)
      return may.why();
    auto next = next_batch(shard, seen->head, local);
    if (!next)
      return next.why();
    const log_claim ours{seen->claim->term + 1, nonce()};
    auto move = claim_move(keys_, shard, *seen, *next, directory, ours);
    auto claimed = settle({&move, 1}, stop).front();
    switch (claimed.outcome) {
      case fate::landed: {
        // From here on nobody moves the head but us, or who claims after us.
        auto entry = read_entry(etcd_, keys_, shard);
        return entry ? result<grip>{grip{ours, entry->head, entry->head.mark.value_or(0)}} : result<grip>{entry.why()};
      }
      case fate::no_space: return refuse(errc::unavailable, "etcd has no space");
      case fate::refused: return refuse(errc::internal, claimed.detail);
      default: break; // somebody was quicker: look again
    }
  }
  return refuse(errc::unavailable, "shard " + std::to_string(shard) + " could not be claimed now");
}

status fenced_log::vacate(shard_id shard, const log_claim& claim) {
  etcd::transaction what;
  what.conditions.push_back(etcd::value_is(keys_.claim(shard), to_text(claim)));
  what.then.push_back(etcd::put(keys_.owner(shard), {}));
  auto answer = etcd_.commit(what);
  return answer ? status{done{}} : status{answer.why()};
}

std::vector<append_verdict> fenced_log::append(std::span<const fenced_batch> batches,
                                               const std::optional<policy_step>& policy, std::stop_token stop) {
  std::vector<append_verdict> verdicts;
  std::vector<log_move> moves;
  for (auto& batch : batches) {
    auto& from = batch.from;
    log_head to{from.claim.term, from.head.last + batch.records.size(), nonce(), mark_of(batch.records.back())};
    verdicts.push_back({fate::open, std::move(to), 0, {}});
    moves.push_back(append_move(keys_, batch.shard, from, batch.records, verdicts.back().head, policy));
  }
  auto all = settle(moves, stop);
  for (std::size_t i = 0; i < all.size(); ++i) {
    verdicts[i].outcome = all[i].outcome;
    verdicts[i].policy = moves[i].policy.value_or(0);
    verdicts[i].detail = std::move(all[i].detail);
  }
  return verdicts;
}

fate fenced_log::ask(const log_move& move) {
  auto rows = etcd_.range({move.key, {}});
  if (!rows)
    return fate::open;
  std::optional<std::string> now;
  if (!rows->rows.empty())
    now = std::move(rows->rows.front().value);
  return judge_value(move, now);
}

std::vector<fenced_log::settled> fenced_log::settle(std::span<log_move> moves, const std::stop_token& stop) {
  std::vector<settled> out(moves.size());
  std::vector<std::size_t> open(moves.size());
  std::iota(open.begin(), open.end(), 0);
  std::chrono::milliseconds pause = limits::first_pause;
  while (!open.empty()) {
    std::vector<const etcd::transaction*> sent;
    for (auto i : open)
      sent.push_back(&moves[i].what);
    auto answers = etcd_.commit(sent);
    for (std::size_t k = 0; k < open.size(); ++k) {
      auto i = open[k];
      auto outcome = judge(moves[i], answers[k]);
      out[i].outcome = outcome == fate::ask ? ask(moves[i]) : outcome;
      if (!answers[k])
        out[i].detail = answers[k].why().detail;
    }
    std::erase_if(open, [&](auto i) { return out[i].outcome != fate::open; });
    if (open.empty() || !wait(pause, stop))
      break;
    repeated_ += open.size();
    pause = std::min<std::chrono::milliseconds>(2 * pause, limits::longest_pause);
  }
  return out;
}

} // namespace charter::cluster
