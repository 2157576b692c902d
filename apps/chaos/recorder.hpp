#pragma once
// What clients see, as it happens: every attempt from the moment when it is asked, with an unknown outcome until it is
// answered, so that a snapshot taken at any moment is a recording that can be checked. One monotonic clock for all.
//
// Any thread. Bounded: once full nothing more is taken, and whoever drives the load ends it.

#include <atomic>
#include <chrono>
#include <mutex>
#include <span>
#include <vector>

#include "apps/chaos/clock_ledger.hpp"

namespace charter::chaos {

inline constexpr std::size_t records_max = 2'000'000; // some 400 MB

class recorder {
public:
  using attempt = std::size_t;

  history::instant now() const { return std::chrono::steady_clock::now() - began_; }

  /// Before it is sent. Sets when.
  attempt ask(history::operation what);
  /// After it was heard. A publish's number, if it was accepted.
  void answer(attempt which, history::outcome result, std::uint64_t number = 0);
  /// Which sanction these attempts of one command were about: only the answer tells.
  void name_sanction(std::span<const attempt> attempts, const std::string& sanction);
  /// A suspension ends by itself at that wall time. When it did, by each node's clock, nobody hears: a snapshot has a
  /// lift for it, from when it may have been until it must have been.
  void ends_by_itself(const std::string& account, const std::string& sanction,
                      std::chrono::system_clock::time_point until);
  /// As clock_ledger's.
  void clocks_are(history::instant behind, history::instant ahead);
  std::size_t ending_by_themselves() const;
  /// What was asked for and answered at once, a read.
  void add(history::operation what);
  void see(history::sighting what);

  history::recording snapshot() const;
  bool is_full() const { return records_ >= records_max; }
  std::size_t asked() const { return asked_; }
  std::size_t answered() const { return answered_; }

private:
  bool take() { return records_.fetch_add(1) < records_max; }

  struct timed_end {
    std::string account;
    std::string sanction;
    history::instant until;
  };
  history::operation lift_of(const timed_end& end, history::instant now) const;

  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  mutable std::mutex mutex_;
  history::recording what_;
  std::vector<timed_end> ends_;
  clock_ledger clocks_;
  std::atomic<std::size_t> records_{0};
  std::atomic<std::size_t> asked_{0};
  std::atomic<std::size_t> answered_{0};
};

} // namespace charter::chaos
