// `charter-history check FILE`: decides whether what clients saw is what accounts may do. The format is in
// docs/HISTORY.md.

#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/history/check.hpp"

namespace {

using namespace charter::history;

enum exit_code : int { exit_well = 0, exit_broken = 1, exit_usage = 2, exit_undecided = 3 };

int check_file(const std::string& name, const bounds& within) {
  std::ifstream file;
  if (name != "-")
    file.open(name);
  auto& in = name == "-" ? std::cin : file;
  if (!in) {
    std::cerr << name << ": can't be opened\n";
    return exit_usage;
  }
  const auto [what, mistakes] = read(in);
  for (const auto& mistake : mistakes)
    std::cerr << name << ", " << mistake << "\n";
  if (!mistakes.empty())
    return exit_usage;

  const auto found = check(what, within);
  for (const auto& f : found.findings)
    std::cout << to_text(f) << "\n";
  for (const auto& account : found.undecided)
    std::cout << "undecided: " << account << " has too many orders to try; --configurations takes more\n";
  std::cout << "accounts: " << found.accounts << ", calls: " << found.calls
            << ", configurations: " << found.configurations << ", findings: " << found.findings.size() << "\n";
  if (!found.findings.empty())
    return exit_broken;
  return found.undecided.empty() ? exit_well : exit_undecided;
}

} // namespace

int main(int count, char** values) {
  CLI::App app{"Checks a recorded history of clients against what an account may do (docs/HISTORY.md)."};
  app.footer("Exit status: 0 all is well, 1 something is broken, 2 the call or the file is wrong, 3 undecided.");
  app.require_subcommand(1);
  auto* command = app.add_subcommand("check", "Decides about a file of JSON lines.");
  std::string file;
  bounds within;
  command->add_option("FILE", file, "the recording; - is standard input")->required();
  command->add_option("--configurations", within.configurations, "how many to remember per account, at 50 bytes")
      ->capture_default_str();
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? exit_well : exit_usage;
  }
  within.trials = 100 * within.configurations;
  return check_file(file, within);
}
