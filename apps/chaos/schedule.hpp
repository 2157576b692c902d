#pragma once
// Which fault comes when, from a seed alone: who repeats a seed meets the same faults in the same order. Where they hit
// depends on who owns and who leads by then. Pure.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace charter::chaos {

enum class fault : std::uint8_t {
  kill_node,   ///< SIGKILL of a node that owns shards, started again after `length`
  kill_member, ///< of a member of etcd that doesn't lead
  kill_leader, ///< of the one that leads
  pause_owner, ///< SIGSTOP of the node that owns an account which is written to and sanctioned, SIGCONT after `length`
  pause_follower, ///< of another node
  pause_leader,   ///< of etcd's leader
  cut_leader,     ///< between it and the other members, both ways or one way; nodes still reach them all
  cut_etcd,       ///< between such an owner and all of etcd's members, both ways
  cut_answers,    ///< only what the members say doesn't reach it: appends land, and it doesn't hear of it
  cut_links,      ///< the others can't ask it, or can't be asked by it either; all reach etcd
  delay,          ///< of all that goes between it and etcd, and of what others ask it
  lose_directory, ///< SIGKILL of such an owner, whose data are gone: it comes back with a new directory
  fill_disk,      ///< of such an owner, to the last byte or nearly; there is room again after `length`
  jump_clock,     ///< its wall clock jumps ahead, and back after `length`
  clock_behind,   ///< its wall clock is set back, and is right again after `length`
  upgrade,        ///< it is stopped in order, and started in the next version, or in the one before
};
inline constexpr std::array faults{
    fault::kill_node,      fault::kill_member,  fault::kill_leader,  fault::pause_owner,
    fault::pause_follower, fault::pause_leader, fault::cut_leader,   fault::cut_etcd,
    fault::cut_answers,    fault::cut_links,    fault::delay,        fault::lose_directory,
    fault::fill_disk,      fault::jump_clock,   fault::clock_behind, fault::upgrade};

/// "node killed"
std::string_view to_text(fault what);
/// "kill-node", as --only takes it.
std::string_view to_name(fault what);
std::optional<fault> parse_fault(std::string_view name);

struct round_plan {
  fault what = fault::kill_node;
  std::chrono::milliseconds lead{0};   ///< of undisturbed load before
  std::chrono::milliseconds length{0}; ///< how long it is gone, stands still, or is cut off
  std::uint64_t pick = 0;              ///< among those that it may hit, and what else a kind leaves open
};

/// What becomes of what a cut stops.
enum class loss : std::uint8_t {
  none,     ///< it comes late
  silent,   ///< it never comes; connections are reset when the cut is over
  by_reset, ///< it never comes; connections are reset at once, and new ones as long as it lasts
};
/// Of `cut_…`; `none` of others.
loss loss_of(const round_plan& plan);
/// "lost by resets"; nothing of `none`.
std::string_view to_text(loss how);
/// How far a clock jumps: ahead, or behind and less than nothing; zero of other faults.
std::chrono::seconds jump_of(const round_plan& plan);

class schedule {
public:
  /// `among` is dealt like cards: each comes once before one comes again.
  schedule(std::uint64_t seed, std::vector<fault> among);
  round_plan next();

private:
  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most);

  std::mt19937_64 random_; ///< the standard says what it gives; its distributions and shuffle may differ
  std::vector<fault> among_;
  std::vector<fault> left_;
};

} // namespace charter::chaos
