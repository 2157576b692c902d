#pragma once
// The journal of a node in a cluster: what it appends is durable on a quorum of etcd's members first, then here; what
// other nodes append comes by the follower. Reading is local. A data directory is the same as on one machine.
//
// Only shards that this node has claimed can be appended to. `append` keeps the contract of storage::journal, with:
//
// - `conflict` also means that the shard isn't ours (any more). The batch may have landed before it was lost.
// - `no_space` also means that etcd is full or has no reserve (cluster/space.hpp), or that the shard's tail there is at
//   its bound: it waits for replicas.
// - an unknown outcome is waited for, for as long as it takes: no leader, no answer, no `conflict`.
// - `conflict`, too, when the policy has moved on since `expect_policy`; then `policy_met` says to what.
//
// Threads: one appends, any may do the rest. Three of its own: the follower's, one for upkeep (synced positions,
// arrived effects, trimming, compaction, space), and one that asks where the logs end.
// What can fail: it throws when the local journal fails, when etcd refuses for good, or when it is stopped while an
// outcome is unknown: the process must end.

#include <deque>

#include "cluster/follower.hpp"
#include "cluster/limits.hpp"
#include "cluster/space.hpp"

namespace charter::cluster {

struct replicated_journal_options {
  std::string directory;        ///< the data directory's id
  std::vector<shard_id> shards; ///< that this directory keeps
  log_keys keys;
  std::size_t tail_bytes_max = limits::tail_bytes_max;
  std::chrono::milliseconds upkeep_period = limits::upkeep_period;
  std::function<void(shard_id, position)> moved = [](shard_id, position) {}; ///< see follower_options
  /// Up to where all effects of a shard of ours have arrived; the next owner is told.
  std::function<position(shard_id)> effects_taken = [](shard_id) { return position{0}; };
  /// Something that a person should see: a name from `[a-z_]`, and a sentence. From any thread.
  std::function<void(const std::string& name, const std::string& what)> alarm = [](auto&, auto&) {};
  std::function<void(const std::string&)> fatal; ///< see follower_options
  std::shared_ptr<cluster_memory> memory;        ///< likewise
};

struct journal_health {
  bool etcd_answers = true;
  bool has_room = false;           ///< in etcd: nothing is appended without
  std::int64_t database_bytes = 0; ///< the largest among etcd's members
  std::uint64_t sent_again = 0;    ///< transactions whose outcome was unknown at first
  std::uint64_t held_back = 0;     ///< batches refused since the tail was at its bound, or etcd full
  std::uint64_t fenced = 0;        ///< shards lost to a higher epoch
  struct shard {
    epoch term = 0; ///< 0: not ours
    position last = 0;
    std::size_t tail_bytes = 0; ///< since it is ours
    std::string stuck;          ///< why it isn't followed
  };
  std::map<shard_id, shard> shards;
};

class replicated_journal final : public storage::journal {
public:
  replicated_journal(etcd::client& etcd, storage::journal& local, environment& env, replicated_journal_options options);
  ~replicated_journal() override;

  /// Ends an `append` that waits for an outcome, which then throws, and every claim. For a process that ends.
  void stop() { stopping_.request_stop(); }

  /// Makes the shard ours, with the local journal up to its head. Errors: as `fenced_log::claim`, and what keeps it
  /// from being followed (`unavailable` until it has caught up).
  result<epoch> claim(shard_id shard);
  /// Nothing is appended from here on, and the others see that nobody owns the shard; the epoch stays. Harmless for one
  /// that isn't ours. Errors: `unavailable`: it is ours no more, but the others may not see it; ask again.
  status vacate(shard_id shard);
  /// 0: not ours.
  epoch held(shard_id shard) const;
  /// Up to where all effects of a shard of ours had arrived, as an owner before us has told. 0: nobody has.
  position effects_taken(shard_id shard) const;

  /// Whether the shards are still ours, as of a moment after the call (linearizable): for reads that must be current.
  /// Those that aren't are let go.
  result<std::set<shard_id>> confirm(const std::set<shard_id>& shards);

  /// What the next call of `append` was decided under; by the thread that appends. Never called: it isn't asked for.
  void expect_policy(const policy_step& step) { policy_ = step; }
  /// The newest version that has refused an append.
  std::uint64_t policy_met() const { return policy_met_; }

  journal_health health() const;
  /// What the shard lacks was trimmed, and has to come from another node (cluster/catch_up.hpp).
  bool lacks(shard_id shard) const { return follower_.lacks(shard); }
  /// Takes what another node has given. Errors: `conflict` when the shard is ours or the records don't follow; as
  /// `replica::apply`.
  status accept(const log_batch& given);
  /// Why the shard's journal can't be taken for the cluster's log; nothing if it can.
  std::optional<refusal> doubt(shard_id shard) const;
  /// What the shard lacked may be there.
  void look_again(shard_id shard) { follower_.look_again(shard); }

  /// Nothing keeps any of its shards from being followed.
  bool follows_all() const;

  /// How far the logs were, as of a moment after `at` (linearizable). Asked for as often as there is upkeep.
  struct proof {
    std::chrono::steady_clock::time_point at{};
    std::map<shard_id, position> heads;
  };
  proof latest_proof() const;

  std::vector<storage::append_outcome> append(std::span<const storage::append_batch> batches) override;
  status read(shard_id shard, position from, const visitor& visit) const override {
    return local_.journal().read(shard, from, visit);
  }
  position head(shard_id shard) const override { return local_.head(shard); }
  std::vector<shard_id> shards() const override { return local_.journal().shards(); }
  std::uint64_t room_bytes() const override { return local_.journal().room_bytes(); }
  bool has_reserve() const override { return local_.journal().has_reserve(); }
  /// Errors: also `unavailable` while etcd holds one of the records.
  status erase_bodies(shard_id shard, std::span<const position> positions) override;

private:
  struct hold {
    grip at;
    position effects_taken = 0; ///< when it was claimed
    position trimmed = 0;
    std::deque<std::pair<position, std::size_t>> tail; ///< batches: last position, bytes
    std::size_t tail_bytes = 0;

    void forget(position last); ///< what was trimmed
  };

  std::optional<storage::append_outcome> objection(const storage::append_batch& batch, std::uint64_t& room, grip& from);
  void append_wave(std::span<const storage::append_batch> batches, std::span<const std::size_t> wave,
                   std::vector<storage::append_outcome>& outcomes);
  void lose(shard_id shard, const log_claim& claim);

  void upkeep(std::stop_token stop);
  status upkeep_once();
  status report_positions(const shard_entries& entries);
  status report_arrivals();
  result<etcd::revision> trim_tails(const shard_entries& entries, bool pressed);
  bool is_in_charge(const shard_entries& entries, const space_state& space);
  void note(const space_state& space);
  void prove(std::stop_token stop);

  etcd::client& etcd_;
  replicated_journal_options options_;
  fenced_log log_;
  replica local_;
  std::optional<policy_step> policy_; // the appending thread's own
  std::atomic<std::uint64_t> policy_met_{0};
  mutable std::mutex mutex_; // never held while etcd or the disk works
  std::map<shard_id, hold> holds_;
  std::map<shard_id, log_claim> vacating_; // which the others may not see yet
  journal_health health_;
  bool is_full_ = false;
  proof proof_;
  std::map<shard_id, position> reported_effects_; // the upkeep thread's own, as those that follow
  space_keeper space_;
  int full_rounds_ = 0;
  int rounds_ = 0;
  std::stop_source stopping_;
  follower follower_;
  std::jthread upkeep_;
  std::jthread proving_; ///< not upkeep's, which may wait long for etcd to make room
};

} // namespace charter::cluster
