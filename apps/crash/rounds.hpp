#pragma once
// The crash test: a server under load is killed (SIGKILL), looked into, started again on the same data, and asked for
// all that it has acknowledged; round after round.

#include <csignal>
#include <cstdint>
#include <filesystem>

#include "apps/tour/server_process.hpp"

namespace charter::crash {

struct settings {
  tour::server_process::settings server;
  std::filesystem::path charter; ///< the command line's executable
  int rounds = 5;
  std::uint64_t seed = 1; ///< of the times and of what is asked; how threads interleave, nobody can repeat
};

enum exit_code : int { exit_well = 0, exit_lost = 1, exit_start = 2, exit_interrupted = 130 };

/// Set by a signal: the run ends at the next possibility, and leaves nothing behind.
extern volatile std::sig_atomic_t interrupted;

/// Prints a line for each round and TAP at the end. When something was lost, the data stay where they are.
exit_code run(const settings& s);

} // namespace charter::crash
