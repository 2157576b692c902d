#pragma once
// The only way in which a shard's log changes hands or grows: one transaction that moves the head from what its sender
// has seen to what it wants, and carries everything else along. It is the fence (I5): whoever doesn't know the head
// can't append, whatever he believes.
//
// Nothing here talks to anybody. A move is sent, and sent again byte for byte, until its fate is known; `judge` tells
// from each answer whether it is. What is proof, and what isn't:
//
// - The conditions were met, or the head shows our nonce: landed.
// - The head shows neither ours nor the one that we started from: fenced. Ours may have landed before that.
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
  ask,  ///< read the head and give it to `judge_head`
  landed,
  fenced,   ///< somebody else has moved the head: never again under this epoch
  unmet,    ///< the head is where it was, but another condition failed
  no_space, ///< etcd is full, and nothing has landed
  refused,  ///< for a reason that repeating won't change
};

struct head_move {
  shard_id shard = 0;
  log_head from;
  log_head to;
  etcd::transaction what;
  bool on_its_way = false; ///< some attempt had no answer
};

/// `nonce` is 32 hex digits that were never used before.
/// `next` is the batch in the tail that the claimer's journal lacks first, if it lacks any.
head_move claim_move(const log_keys& keys, shard_id shard, const shard_entry& seen,
                     const std::optional<etcd::key_value>& next, const std::string& directory, std::string nonce);
head_move append_move(const log_keys& keys, shard_id shard, const log_head& from,
                      std::span<const storage::log_record> records, std::string nonce);

fate judge(head_move& move, const result<etcd::committed>& answer);

/// `now` was read after the last attempt had ended; nothing if there is no head.
fate judge_head(const head_move& move, const std::optional<log_head>& now);

} // namespace charter::cluster
