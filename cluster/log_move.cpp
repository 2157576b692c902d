#include "cluster/log_move.hpp"

#include "cluster/limits.hpp"
#include "cluster/log_batch.hpp"

namespace charter::cluster {

namespace {

log_move make_move(std::string key, std::string from, std::string to) {
  log_move out{std::move(key), std::move(from), std::move(to), {}, false, {}};
  out.what.conditions.push_back(etcd::value_is(out.key, out.from));
  out.what.then.push_back(etcd::put(out.key, out.to));
  out.what.otherwise.push_back(etcd::read({out.key, {}}));
  return out;
}

} // namespace

log_move create_move(const log_keys& keys, shard_id shard, const grip& first, const std::set<std::string>& replicas) {
  auto move = make_move(keys.claim(shard), {}, to_text(first.claim));
  move.what.conditions = {etcd::modified_at(keys.claim(shard), 0)};
  move.what.then.push_back(etcd::put(keys.head(shard), to_text(first.head)));
  move.what.then.push_back(etcd::put(keys.replicas(shard), to_text(replicas)));
  return move;
}

log_move claim_move(const log_keys& keys, shard_id shard, const shard_entry& seen,
                    const std::optional<etcd::key_value>& next, const std::string& directory, const log_claim& to) {
  CHARTER_ASSERT(seen.claim && to.term > seen.claim->term);
  auto move = make_move(keys.claim(shard), to_text(*seen.claim), to_text(to));
  // What entitles the claimer must still be so: it is listed, and nothing that it lacks was trimmed.
  move.what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen.replicas_modified));
  if (next)
    move.what.conditions.push_back(etcd::modified_at(next->key, next->modified));
  move.what.then.push_back(etcd::put(keys.owner(shard), directory));
  return move;
}

log_move append_move(const log_keys& keys, shard_id shard, const grip& from,
                     std::span<const storage::log_record> records, const log_head& to,
                     const std::optional<policy_step>& policy) {
  CHARTER_ASSERT(!records.empty() && to.last == from.head.last + records.size());
  auto move = make_move(keys.head(shard), to_text(from.head), to_text(to));
  move.what.conditions.push_back(etcd::value_is(keys.claim(shard), to_text(from.claim)));
  auto key = keys.batch(shard, to.last);
  auto value = encode_batch(key, {from.head.last, from.mark}, records);
  CHARTER_ASSERT(value.size() <= limits::value_bytes_max);
  move.what.then.push_back(etcd::put(std::move(key), std::move(value)));
  if (policy) {
    move.policy = policy->under;
    move.what.conditions.push_back(etcd::value_is(keys.policy(), number_text(policy->under)));
    move.what.otherwise.push_back(etcd::read({keys.policy(), {}}));
    if (policy->to)
      move.what.then.push_back(etcd::put(keys.policy(), number_text(*policy->to)));
  }
  return move;
}

namespace {

/// What the nth read shows; empty if there is no such key.
std::string_view shown(const etcd::committed& answer, std::size_t n) {
  return answer.reads.size() <= n || answer.reads[n].empty() ? std::string_view{} : answer.reads[n].front().value;
}

/// The conditions weren't met.
fate judge_unmet(log_move& move, const etcd::committed& answer) {
  auto now = shown(answer, 0);
  if (now == move.to) // by an attempt whose answer was lost
    return fate::landed;
  if (!move.policy || now != move.from)
    return fate::fenced;
  auto version = parse_number(shown(answer, 1));
  if (!version)
    return fate::refused;
  return std::exchange(move.policy, *version) == *version ? fate::fenced : fate::outdated;
}

} // namespace

fate judge(log_move& move, const result<etcd::committed>& answer) {
  if (answer)
    return answer->met ? fate::landed : judge_unmet(move, *answer);
  switch (answer.why().code) {
    case errc::unavailable: move.on_its_way = true; return fate::open;
    case errc::too_large: return fate::ask;
    default: return move.on_its_way ? fate::open : fate::refused;
  }
}

fate judge_value(const log_move& move, const std::optional<std::string>& now) {
  if (now == move.to)
    return fate::landed;
  if (now != move.from)
    return fate::fenced;
  return move.on_its_way ? fate::open : fate::no_space;
}

} // namespace charter::cluster
