// cluster …: runs charter-cluster, which needs gRPC; nothing else here does, and it would slow every start down.
#include <filesystem>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apps/charter/areas.hpp"
#include "apps/charter/command.hpp"

namespace charter::cli {

namespace {

/// Beside this program, or wherever PATH has it.
std::string program() {
  std::error_code failure;
  auto beside = std::filesystem::read_symlink("/proc/self/exe", failure).replace_filename("charter-cluster");
  return std::filesystem::exists(beside, failure) ? beside.string() : "charter-cluster";
}

int run(invocation& in, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{program()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& argument : all)
    pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  in.screen.out().flush();
  pid_t child = 0;
  int status = 0;
  if (::posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers.data(), environ) != 0 ||
      ::waitpid(child, &status, 0) != child || !WIFEXITED(status))
    return in.fail_locally(refuse(errc::internal, "charter-cluster can't be run; it belongs beside `charter`"));
  return WEXITSTATUS(status);
}

} // namespace

void add_cluster_command(CLI::App& app, invocation& in) {
  auto* command = app.add_subcommand(
      "cluster",
      "init, status, add, remove, drain, rebalance …: who is in a cluster, and who owns what (runs charter-cluster)");
  command->prefix_command(); // whatever follows is charter-cluster's, --help too
  command->fallthrough(false);
  command->set_help_flag();
  command->callback([&in, command] { in.chosen = [&in, command] { return run(in, command->remaining()); }; });
}

} // namespace charter::cli
