#pragma once
// From arguments to an exit code: the whole of `charter` but its `main`.

#include <string>
#include <vector>

#include "apps/charter/console.hpp"

namespace charter::cli {

/// `arguments` without the program's name. Never throws; a bug of ours is `exit_local` and a line on standard error.
int run_command_line(const std::vector<std::string>& arguments, const console& screen);

} // namespace charter::cli
