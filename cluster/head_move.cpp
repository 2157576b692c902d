#include "cluster/head_move.hpp"

#include "cluster/log_batch.hpp"

namespace charter::cluster {

namespace {

head_move make_move(const log_keys& keys, shard_id shard, const log_head& from, log_head to) {
  head_move out{shard, from, std::move(to), {}, false};
  auto key = keys.head(shard);
  out.what.conditions.push_back(etcd::value_is(key, to_text(out.from)));
  out.what.then.push_back(etcd::put(key, to_text(out.to)));
  out.what.otherwise.push_back(etcd::read({key, {}}));
  return out;
}

/// Nothing when it is absent or none of ours, which fences as well.
std::optional<log_head> head_in(const etcd::committed& answer) {
  if (answer.reads.empty() || answer.reads.front().empty())
    return {};
  auto head = parse_head(answer.reads.front().front().value);
  return head ? std::optional{*std::move(head)} : std::nullopt;
}

} // namespace

head_move claim_move(const log_keys& keys, shard_id shard, const shard_entry& seen,
                     const std::optional<etcd::key_value>& next, const std::string& directory, std::string nonce) {
  CHARTER_ASSERT(seen.head);
  auto move = make_move(keys, shard, *seen.head, {seen.head->term + 1, seen.head->last, std::move(nonce)});
  // What entitles the claimer must still be so: it is listed, and nothing that it lacks was trimmed.
  move.what.conditions.push_back(etcd::modified_at(keys.replicas(shard), seen.replicas_modified));
  if (next)
    move.what.conditions.push_back(etcd::modified_at(next->key, next->modified));
  move.what.then.push_back(etcd::put(keys.owner(shard), directory));
  return move;
}

head_move append_move(const log_keys& keys, shard_id shard, const log_head& from,
                      std::span<const storage::log_record> records, std::string nonce) {
  CHARTER_ASSERT(!records.empty());
  auto move = make_move(keys, shard, from, {from.term, from.last + records.size(), std::move(nonce)});
  auto key = keys.batch(shard, move.to.last);
  auto value = encode_batch(key, from.last + 1, records);
  move.what.then.push_back(etcd::put(std::move(key), std::move(value)));
  return move;
}

fate judge(head_move& move, const result<etcd::committed>& answer) {
  if (answer) {
    if (answer->met)
      return fate::landed;
    auto now = head_in(*answer);
    if (now == move.to)
      return fate::landed; // by an attempt whose answer was lost
    return now == move.from ? fate::unmet : fate::fenced;
  }
  switch (answer.why().code) {
    case errc::unavailable: move.on_its_way = true; return fate::open;
    case errc::too_large: return fate::ask;
    default: return move.on_its_way ? fate::open : fate::refused;
  }
}

fate judge_head(const head_move& move, const std::optional<log_head>& now) {
  if (now == move.to)
    return fate::landed;
  if (now != move.from)
    return fate::fenced;
  return move.on_its_way ? fate::open : fate::no_space;
}

} // namespace charter::cluster
