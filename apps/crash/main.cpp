// charter-crash: kills a server under load, again and again, and looks whether anything acknowledged is missing.

#include <random>

#include <CLI/CLI.hpp>

#include "apps/crash/rounds.hpp"

namespace {

using namespace charter;

constexpr int rounds_max = 1'000;

void on_signal(int) { crash::interrupted = 1; }

} // namespace

int main(int argc, char** argv) {
  auto beside = std::filesystem::path{argv[0]}.parent_path();
  crash::settings s;
  s.server = {beside / "charterd", "config/trial.toml", true};
  s.charter = beside / "charter";
  s.seed = std::random_device{}();
  CLI::App app{"charter-crash: kills a server under load with SIGKILL, again and again on the same data, and looks\n"
               "whether anything that it acknowledged is missing."};
  app.add_option("--rounds", s.rounds, "how often")->check(CLI::Range(1, rounds_max))->capture_default_str();
  app.add_option("--seed", s.seed, "of the times and of what is asked; printed, and random unless given");
  app.add_option("--charterd", s.server.binary, "the server's executable")->capture_default_str();
  app.add_option("--charter", s.charter, "the command line's executable")->capture_default_str();
  app.add_option("--config", s.server.config, "the server's configuration; run from the repository's root")
      ->capture_default_str();
  app.footer("Exit codes: 0 nothing is missing, 1 something is, 2 the server didn't start, 130 interrupted.");
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  return crash::run(s);
}
