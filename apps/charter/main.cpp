// `charter`: users, editors, staff and operators at a terminal. Everything is in command_line.cpp and the areas.

#include <csignal>

#include "apps/charter/command_line.hpp"

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN); // a server that goes away is an error to report, not our end
  return charter::cli::run_command_line({values + 1, values + count}, charter::cli::console::of_process());
}
