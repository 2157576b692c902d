// charter-chaos: disturbs a cluster under load, and has what its clients saw checked. script/chaos calls it.

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
  s.preset = "dev";
  std::string charterd;
  CLI::App app{
      "charter-chaos: starts a cluster, kills, pauses and cuts off its nodes and etcd's members under load, one\n"
      "after the other, and looks whether one order explains what clients saw (docs/RELIABILITY.md)."};
  app.add_option("--cluster", s.cluster,
                 "a new directory for the cluster; what runs there afterwards, script/cluster "
                 "stops")
      ->required();
  app.add_option("--script", s.script, "which starts the cluster and its processes")->capture_default_str();
  app.add_option("--preset", s.preset, "whose binaries it takes")->capture_default_str();
  app.add_option("--charterd", charterd, "the nodes' server, unless it is the preset's");
  app.add_option("--seed", s.seed, "of the faults and of what is asked; printed, and random unless given");
  app.add_option("--rounds", s.rounds, "how many faults")
      ->check(CLI::Range(std::size_t{1}, rounds_max))
      ->capture_default_str();
  app.add_option("--minutes", minutes, "rounds for so long, instead")->check(CLI::Range(1, minutes_max));
  app.add_option("--accounts", s.accounts, "which are written to")
      ->check(CLI::Range(std::size_t{2}, chaos::accounts_max))
      ->capture_default_str();
  auto* by_name =
      app.add_option("--only", only, "these faults, instead of all in turn")->check(CLI::IsMember(names_of_faults()));
  app.add_option("--config", s.config,
                 "what nodes have in common; its charter allows suspensions of seconds, and some are imposed");
  app.add_option("--disk-mib", s.disk_mib, "gives each node a disk in memory, so large; without it, no disk fills up");
  app.add_option("--history", s.history_file, "write what was seen as JSON lines, for charter-history check");
  app.add_option("--json", s.json_file, "write the figures there");
  app.footer("Exit codes: 0 all is well, 1 something is broken, 2 the call was wrong or nothing started, 3 the\n"
             "checker reached its bound, 130 interrupted.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : chaos::exit_start;
  }
  s.length = std::chrono::minutes{minutes};
  s.programs = "build/" + s.preset + "/apps";
  s.charterd = charterd.empty() ? s.programs / "charterd" : std::filesystem::path{charterd};
  for (auto& name : only) {
    auto what = *chaos::parse_fault(name);
    if (what != chaos::fault::fill_disk || s.disk_mib > 0)
      s.among.push_back(what);
    if (by_name->count() > 0)
      s.named.push_back(what);
  }
  if (s.among.empty()) {
    std::cerr << "charter-chaos: disks can only fill up with --disk-mib\n";
    return chaos::exit_start;
  }
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return chaos::run(s);
}
