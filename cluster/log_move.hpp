#pragma once
// The only ways in which a shard's log changes: it is *created* once; a *claim* moves `shard/SSSS/claim` to a higher
// epoch; an *append* moves `shard/SSSS/head` and carries a batch along, if the claim still is its sender's. Each is one
// transaction that moves a key from the value that its sender has seen to one that was never there before. That is the
// fence (I5): whoever was replaced can't append, whatever he believes, and however late his transaction comes.
//
// Nothing here talks to anybody. A move is sent, and sent again byte for byte, until its fate is known; `judge` tells
// from each answer whether it is. What is proof, and what isn't:
//
// - The conditions were met, or the key shows our value: landed.
// - The key shows neither ours nor the one that we started from, or another condition failed: it never will land.
//   It may have landed before somebody else moved the key again, but not if the key still is where we started from.
// - No answer came: the transaction may still be on its way, and nothing that a read shows can rule it out.
// - etcd said that it has no space: that attempt is over, but it may have landed. A read decides, unless another
// attempt
//   is still on its way.

#include <optional>
#include <span>

#include "cluster/shard_entry.hpp"

namespace charter::cluster {

enum class fate : std::uint8_t {
  open, ///< send it again
  ask,  ///< read the key and give its value to `judge_value`
  landed,
  fenced,   ///< somebody else moved the key, or a condition doesn't hold any more
  outdated, ///< nothing has landed: the policy has another version than the one that it was decided under
  no_space, ///< etcd is full, and nothing has landed
  refused,  ///< for a reason that repeating won't change
};

struct log_move {
  std::string key;
  std::string from;
  std::string to;
  etcd::transaction what;
  bool on_its_way = false;             ///< some attempt had no answer
  std::optional<std::uint64_t> policy; ///< the version that it was decided under; after `outdated` the one that is
};

/// The policy's version is a condition of every append, so that a node that hasn't heard of a change can't decide under
/// what was before. It only ever rises, so what it has refused once never lands.
struct policy_step {
  std::uint64_t under = 0;
  std::optional<std::uint64_t> to; ///< the batch changes the policy
};

/// What an owner knows of its shard: as its claim, and then each append, left it.
struct grip {
  log_claim claim;
  log_head head;
  record_mark mark = 0; ///< of the record at the head, also where the head doesn't tell
};

/// Both keys are there from then on. `from` is empty: an absent key.
log_move create_move(const log_keys& keys, shard_id shard, const grip& first, const std::set<std::string>& replicas);

/// `next` is the batch in the tail that the claimer's journal lacks first, if it lacks any.
log_move claim_move(const log_keys& keys, shard_id shard, const shard_entry& seen,
                    const std::optional<etcd::key_value>& next, const std::string& directory, const log_claim& to);

/// `to` is `from.head`, moved by as many positions as there are records, with a new nonce and the last one's mark.
/// Without `policy` it isn't asked for.
log_move append_move(const log_keys& keys, shard_id shard, const grip& from,
                     std::span<const storage::log_record> records, const log_head& to,
                     const std::optional<policy_step>& policy = {});

fate judge(log_move& move, const result<etcd::committed>& answer);

/// `now` was read after the last attempt had ended; nothing if there is no such key.
fate judge_value(const log_move& move, const std::optional<std::string>& now);

} // namespace charter::cluster
