#pragma once
// What the actors count, for /metrics, `charter tree` and benchmarks. Relaxed atomics: figures, not synchronisation.

#include <atomic>
#include <cstdint>

namespace charter {

struct actor_counters {
  std::atomic<std::uint64_t> journal_changes{0};
  std::atomic<std::uint64_t> journal_batches{0}; ///< one per shard and append
  std::atomic<std::uint64_t> journal_syncs{0};
  std::atomic<std::uint64_t> journal_bytes{0};
  std::atomic<std::uint64_t> refused_disk_full{0};
  std::atomic<std::uint64_t> redecided_policy{0}; ///< changes discarded because the policy had moved on
  std::atomic<std::uint64_t> refused_overload{0};
  std::atomic<std::uint64_t> commands{0};
  std::atomic<std::uint64_t> command_repeats{0}; ///< answered from what an earlier one left
  std::atomic<std::uint64_t> effects_delivered{0};
  std::atomic<std::uint64_t> effects_retried{0};
  std::atomic<std::uint64_t> entities_started{0};
  std::atomic<std::uint64_t> entities_passivated{0};
  std::atomic<std::uint64_t> entity_crashes{0};
  std::atomic<std::uint64_t> entities_quarantined{0};
  std::atomic<std::uint64_t> bodies_erased{0};
};

/// Of this process.
actor_counters& counters();

} // namespace charter
