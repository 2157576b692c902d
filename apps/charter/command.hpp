#pragma once
// How an area adds a subcommand. Takes seconds to compile (CLI11): for the areas only.

#include <memory>
#include <type_traits>
#include <utility>

#include <CLI/CLI.hpp>

#include "apps/charter/invocation.hpp"

namespace charter::cli {

/// A subcommand without options.
template <class Run>
CLI::App* add_command(CLI::App& parent, invocation& in, const std::string& name, const std::string& about, Run run) {
  auto* command = parent.add_subcommand(name, about);
  command->callback([&in, run] { in.chosen = [&in, run] { return run(in); }; });
  return command;
}

/// A subcommand with options: `describe(command, options)` adds them, `run(in, options)` does it later.
template <class Options, class Describe, class Run>
CLI::App* add_command(CLI::App& parent, invocation& in, const std::string& name, const std::string& about,
                      Describe describe, Run run) {
  auto* command = parent.add_subcommand(name, about);
  auto options = std::make_shared<Options>();
  describe(*command, *options);
  command->callback([&in, run, options] { in.chosen = [&in, run, options] { return run(in, *options); }; });
  return command;
}

/// A subcommand that only holds others.
inline CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& about) {
  auto* group = parent.add_subcommand(name, about);
  group->require_subcommand(1);
  return group;
}

/// What nearly all lists take.
struct page {
  std::optional<std::uint64_t> limit;
  std::string after;

  void describe(CLI::App& command) {
    command.add_option("--limit", limit, "at most so many");
    command.add_option("--after", after, "go on from where the last list ended");
  }
  json params() const {
    auto out = json::object();
    put(out, "limit", limit);
    put(out, "after", after);
    return out;
  }
};

} // namespace charter::cli
