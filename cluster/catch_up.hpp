#pragma once
// What etcd no longer has of a shard's log comes from a node that has it on disk: in parts with checksums, from where
// the journal ends, so whatever interrupts it is harmless. At the end the tail is followed as always.
//
// Threads: one each; the rest from any. Outlived by the journal.
// What can fail: nothing that is told to a caller. A node that doesn't answer, or whose part is damaged, is passed over
// for the next; `trouble` says so when none is left.

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <queue>
#include <thread>

#include "cluster/link/link.hpp"
#include "cluster/link_messages.hpp"
#include "cluster/replicated_journal.hpp"

namespace charter::cluster {

/// Gives other nodes what they ask of this one's journal; whether it owns the shard doesn't matter.
class log_lender {
public:
  /// Why a shard's journal may not be what the cluster's log is; from the lender's thread.
  using doubt_fn = std::function<std::optional<refusal>(shard_id)>;
  log_lender(const storage::journal& journal, doubt_fn doubt);

  /// Answers soon. Errors, to whoever asked: `unavailable` when too many wait; `internal` for a damaged record, or when
  /// there is doubt.
  void put(const link_question& asked, send_fn answer);

private:
  struct waiting {
    std::uint64_t number;
    shard_id shard;
    position from;
    send_fn answer;
  };
  void run(const std::stop_token& stop);
  link_answer part_for(const waiting& asked) const;

  const storage::journal& journal_;
  doubt_fn doubt_;
  std::mutex mutex_;
  std::condition_variable_any more_;
  std::queue<waiting> waiting_;
  std::jthread thread_; // last, so that it ends first
};

struct catch_up_options {
  std::string directory; ///< ours
  std::vector<shard_id> shards;
  log_keys keys;
  std::uint64_t bytes_per_s = 0; ///< taken in all at most; 0: as fast as can be
  std::function<bool(const std::string& directory, std::string message)> ask; ///< as send_fn
  /// How far a shard is, now and then: `at` of `to`.
  std::function<void(shard_id, position at, position to, const std::string& from)> progress = [](shard_id, position,
                                                                                                 position, auto&) {};
  /// Nobody gives a shard what it lacks: once for each reason.
  std::function<void(shard_id, const refusal&)> trouble = [](shard_id, const refusal&) {};
};

class catch_up {
public:
  catch_up(etcd::client& etcd, replicated_journal& journal, catch_up_options options);

  /// Asks nobody any more; answers are dropped.
  void stop();

  /// An answer whose number has `records_number_bit`. One that comes too late is dropped.
  void answered(link_answer answer);

private:
  struct part {
    log_batch batch;
    position head = 0; ///< of whoever gave it
  };
  void run(const std::stop_token& stop);
  status take(shard_id shard, const std::stop_token& stop);
  status take_from(const std::string& directory, shard_id shard, const std::stop_token& stop);
  status ask(const std::string& directory, shard_id shard, position from);
  result<part> part_from(const std::string& directory, shard_id shard, position from, const std::stop_token& stop);
  void keep_to_rate(std::size_t taken, const std::stop_token& stop);

  etcd::client& etcd_;
  replicated_journal& journal_;
  catch_up_options options_;
  std::mutex mutex_;
  std::condition_variable_any came_;
  std::uint64_t number_ = records_number_bit; ///< of the question that is open
  std::optional<link_answer> answer_;
  std::map<shard_id, std::string> complained_;       // the thread's own
  std::chrono::steady_clock::time_point not_before_; // likewise
  std::jthread thread_;                              // last, so that it ends first
};

} // namespace charter::cluster
