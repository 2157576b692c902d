// For script/chaos --no-fence alone, in the test-only server charterd-no-fence: an append asks neither whether the
// claim still is its sender's nor where the head is. Linked in front of charter_cluster, whose own object is then left
// out. No server that is installed has this, and none can be told to do it: it has to be built.

#include "cluster/log_move.hpp"

#define append_move append_move_with_fence
#include "cluster/log_move.cpp"
#undef append_move

namespace charter::cluster {

log_move append_move(const log_keys& keys, shard_id shard, const grip& from,
                     std::span<const storage::log_record> records, const log_head& to,
                     const std::optional<policy_step>& policy) {
  auto move = append_move_with_fence(keys, shard, from, records, to, policy);
  std::erase_if(move.what.conditions, [&](const etcd::comparison& condition) {
    return condition.key == keys.claim(shard) || condition.key == keys.head(shard);
  });
  return move;
}

} // namespace charter::cluster
