#pragma once
// Whether a fault really took effect, as the process that it hits or the others show it. A fault that did nothing
// proves nothing, however well the cluster came through.
//
// Three looks: before it, right before it is over, and when all is back. What can't be seen counts as not there.

#include <optional>
#include <string>

#include "apps/chaos/cluster_processes.hpp"
#include "apps/chaos/schedule.hpp"

namespace charter::chaos {

/// What a round hits: a node, or a member of etcd.
struct target {
  std::string name;
  std::size_t node = 0;              ///< if it is one
  std::size_t member = 0;            ///< if it is one
  std::vector<std::size_t> accounts; ///< whose writes that concerns
};

struct effect {
  bool seen = false;
  std::string what; ///< "process 4711 is gone"; of one that wasn't seen, what should have been
};

class evidence {
public:
  /// Before the fault.
  evidence(cluster_processes& processes, const relay& network, const round_plan& plan, const target& where);
  /// While it lasts. Stops nothing.
  void look();
  /// When all is back.
  effect judge();

private:
  effect of_death() const;
  effect of_pause() const;
  effect of_leaders_pause() const;
  effect of_cut() const;
  effect of_delay() const;
  effect of_full_disk() const;
  effect of_clock() const;
  effect of_lost_directory();
  effect of_upgrade();

  cluster_processes& processes_;
  const relay& network_;
  round_plan plan_;
  target where_;
  // Before:
  int pid_ = 0;
  std::string directory_;
  std::optional<std::uint32_t> protocol_;
  std::optional<std::uint64_t> refused_;
  std::optional<std::size_t> owned_;
  tally counted_;
  // While it lasted:
  effect seen_;
};

} // namespace charter::chaos
