// charter-chaos: disturbs a running cluster, and has what its clients saw checked; script/chaos starts one for it.

#include <iostream>
#include <random>

#include <CLI/CLI.hpp>

#include "apps/chaos/campaign.hpp"
#include "apps/chaos/cast.hpp"

namespace {

using namespace charter;

constexpr std::size_t rounds_max = 1'000;
constexpr int minutes_max = 120; // as long as a recording may become

void on_signal(int) { chaos::interrupted = 1; }

std::vector<std::string> names_of_faults() {
  std::vector<std::string> out;
  for (auto what : chaos::faults)
    out.emplace_back(chaos::to_name(what));
  return out;
}

} // namespace

int main(int argc, char** argv) {
  chaos::settings s;
  s.script = "script/cluster";
  s.seed = std::random_device{}();
  auto only = names_of_faults();
  int minutes = 0;
  CLI::App app{"charter-chaos: kills and pauses the nodes of a cluster and etcd's members under load, one after the\n"
               "other, and looks whether one order explains what clients saw (docs/RELIABILITY.md)."};
  app.add_option("--cluster", s.cluster,
                 "the directory of a cluster that script/cluster has started, empty but for "
                 "the operator; its nodes are stopped in the end")
      ->required();
  app.add_option("--script", s.script, "which starts processes again")->capture_default_str();
  app.add_option("--seed", s.seed, "of the faults and of what is asked; printed, and random unless given");
  app.add_option("--rounds", s.rounds, "how many faults")
      ->check(CLI::Range(std::size_t{1}, rounds_max))
      ->capture_default_str();
  app.add_option("--minutes", minutes, "rounds for so long, instead")->check(CLI::Range(1, minutes_max));
  app.add_option("--accounts", s.accounts, "which are written to")
      ->check(CLI::Range(std::size_t{2}, chaos::accounts_max))
      ->capture_default_str();
  app.add_option("--only", only, "these faults, instead of all in turn")->check(CLI::IsMember(names_of_faults()));
  app.add_option("--history", s.history_file, "write what was seen as JSON lines, for charter-history check");
  app.add_option("--json", s.json_file, "write the figures there");
  app.footer("Exit codes: 0 all is well, 1 something is broken, 2 the cluster isn't there, 3 the checker reached its\n"
             "bound, 130 interrupted.");
  CLI11_PARSE(app, argc, argv);
  s.length = std::chrono::minutes{minutes};
  for (auto& name : only)
    s.among.push_back(*chaos::parse_fault(name));
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return chaos::run(s);
}
