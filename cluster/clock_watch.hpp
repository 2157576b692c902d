#pragma once
// Whether this node's clock is right, as far as the others can tell: it asks each of them for its time every second. A
// node whose clock is off owns nothing (a suspension would end early, or a deadline pass), until it is right again.
//
// A thread of its own. The rest from any thread; what it was given is called from its own.
// What can fail: nothing that is told to a caller. A node that doesn't answer says nothing about clocks.

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "cluster/link_messages.hpp"
#include "cluster/node_clock.hpp"

namespace charter::cluster {

/// By directory, of those who have answered lately: how far their clocks are ahead of ours.
using clock_gaps = std::map<std::string, duration>;

/// Most of the nodes, of `nodes` that are there with this one, have clocks that differ from ours by more than is
/// tolerated. Of two nodes neither knows who is right.
bool is_clock_off(const clock_gaps& gaps, std::size_t nodes);

/// As the nodes' median has it, ours included, which is 0.
duration median_gap(const clock_gaps& gaps);

struct clock_watch_options {
  std::function<std::set<std::string>()> nodes; ///< directories of the others that are there
  std::function<std::set<std::string>()> asked; ///< those among them who can be asked
  std::function<bool(const std::string& directory, std::string message)> ask; ///< as send_fn
  std::function<void(const std::string& name, const std::string& what)> alarm = [](auto&, auto&) {};
  std::chrono::milliseconds period{1'000};
};

class clock_watch {
public:
  clock_watch(node_clock& clock, clock_watch_options options);

  /// An answer whose number has `clock_number_bit`.
  void answered(const link_answer& answer);

  /// Right as far as is known. Not before all who are there have told their time, or two seconds have passed: a clock
  /// that was wrong from the start is noticed before anything is owned.
  bool is_right() const;
  clock_gaps gaps() const;

  void stop();

private:
  using steady = std::chrono::steady_clock;
  struct question {
    std::string directory;
    steady::time_point sent;
  };
  struct answer_of {
    duration gap;
    steady::time_point at;
  };
  void run(const std::stop_token& stop);
  void ask_all();
  void judge();

  node_clock& clock_;
  clock_watch_options options_;
  const steady::time_point began_ = steady::now();
  mutable std::mutex mutex_;
  std::uint64_t number_ = clock_number_bit;
  std::map<std::uint64_t, question> open_;
  std::map<std::string, answer_of> heard_; ///< by directory
  bool off_ = false;
  bool all_heard_ = false;
  std::jthread thread_; // last, so that it ends first
};

} // namespace charter::cluster
