#pragma once
// Completion for shells, made from the subcommands and options themselves, so that it can't lag behind them.

#include <string>
#include <vector>

namespace charter::cli {

/// A subcommand as a shell sees it.
struct completion_node {
  std::string path;                 ///< "", "account", "account show"
  std::string about;                ///< one line
  std::vector<std::string> words;   ///< subcommands, and choices of its arguments
  std::vector<std::string> options; ///< "--limit"
};

enum class shell { bash, zsh, fish };

/// The first node is the whole command.
std::string completion_script(shell which, const std::vector<completion_node>& nodes);

} // namespace charter::cli
