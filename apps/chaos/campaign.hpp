#pragma once
// The fault campaign: people work on a cluster of three nodes and three members of etcd, while one after the other is
// killed or paused. What they see is recorded and has to be explained by one order of what was done.

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "apps/chaos/schedule.hpp"

namespace charter::chaos {

struct settings {
  std::filesystem::path cluster;  ///< the directory of script/cluster
  std::filesystem::path script;   ///< script/cluster
  std::string preset;             ///< whose binaries script/cluster takes
  std::filesystem::path programs; ///< where charter-cluster, charterd-next and shifted_clock.so are
  std::filesystem::path charterd; ///< the nodes' server
  std::uint64_t seed = 1;         ///< of the faults and of what is asked; how threads interleave, nobody can repeat
  std::size_t rounds = 10;
  std::chrono::minutes length{0}; ///< rounds until then, instead of a number of them
  std::size_t accounts = 4;
  std::size_t disk_mib = 0; ///< of each node's own disk, in memory; 0: none, and `fill_disk` can't be among the faults
  std::vector<fault> among;
  std::vector<fault> named;           ///< of those, what was asked for by name: a round has to come to each
  std::filesystem::path config;       ///< what nodes have in common, with a charter that allows suspensions of seconds;
                                      ///< empty: script/cluster's, and nobody is suspended for so short
  std::filesystem::path history_file; ///< empty: none
  std::filesystem::path json_file;    ///< likewise
};

enum exit_code : int { exit_well = 0, exit_broken = 1, exit_start = 2, exit_undecided = 3, exit_interrupted = 130 };

/// Set by a signal: the run ends at the next possibility.
extern volatile std::sig_atomic_t interrupted;

/// Prints a line for each round and TAP at the end. The nodes have stopped then, etcd's members haven't.
exit_code run(const settings& s);

} // namespace charter::chaos
