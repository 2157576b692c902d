// charterd: one node of Charter. Starts from a configuration file, serves until SIGTERM or SIGINT, stops in order.

#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "apps/charterd/found_command.hpp"
#include "apps/charterd/trial_founding.hpp"

namespace {

using namespace charter;

constexpr int exit_usage = 2;
constexpr int exit_start = 1;
constexpr int exit_gave_up = 71;

struct arguments {
  std::string config_file = "config/charterd.toml";
  config::server_overrides over;
  bool check = false;
  std::string found_file;
  std::string password_file;
  std::string stamps_file;
};

void set_up_log(const config::log_settings& log) {
  if (log.file)
    spdlog::set_default_logger(spdlog::basic_logger_mt("charterd", *log.file));
  constexpr spdlog::level::level_enum levels[] = {spdlog::level::trace, spdlog::level::debug, spdlog::level::info,
                                                  spdlog::level::warn, spdlog::level::err};
  spdlog::set_level(levels[static_cast<std::size_t>(log.level) - 1]);
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
}

/// Blocks in every thread, so that only `wait_for_signal` sees them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

int serve(const config::server_config& c, const std::string& stamps_file) {
  auto signals = block_signals();
  auto started = node::node::start(c, true, stamps_file);
  if (!started) {
    std::cerr << "charterd: " << started.why().detail << "\n";
    return exit_start;
  }
  auto& n = **started;
  if (c.trial && !n.report().founded) {
    if (auto founded = node::found_for_trial(n, c); !founded) {
      std::cerr << "charterd: founding the trial's provider failed: " << founded.why().detail << "\n";
      return exit_start;
    }
    spdlog::info("founded the trial's provider; log in as \"operator\" with \"operator on trial\"");
  }
  spdlog::info("serving on port {}", n.report().port);
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping on signal {}", signal);
  return n.report().gave_up ? exit_gave_up : 0;
}

int found(const config::server_config& c, const arguments& a) {
  if (auto founded = node::found_from_file(c, a.found_file, a.password_file); !founded) {
    std::cerr << "charterd: " << founded.why().detail << "\n";
    return exit_start;
  }
  std::cout << "Founded. `charterd --config " << a.config_file
            << "` serves; the first operator logs in and grants roles.\n";
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{"charterd: one node of Charter. Serves until SIGTERM."};
  app.add_option("--config", a.config_file, "configuration file (TOML)")->capture_default_str();
  app.add_option("--data", a.over.data_directory, "data directory; made when it doesn't exist");
  app.add_option("--port", a.over.port, "port of the first listener; 0 takes any free one");
  app.add_flag("--trial", a.over.trial,
               "for trying out: keys are made, a provider is founded, people come from a file");
  app.add_flag("--tls-trial", a.over.tls_trial, "TLS with a certificate made at the start (with --trial)");
  app.add_flag("--check", a.check, "only check the configuration, and say what is wrong with it");
  app.add_option("--found", a.found_file,
                 "found the provider that this file describes (name, credentials, first operator), and end");
  app.add_option("--password-file", a.password_file,
                 "with --found: the first operator's password (- for standard input); asked for when left out");
  app.add_option("--bench-stamps", a.stamps_file,
                 "for benchmarks: append to this file when each post became durable, as \"NUMBER NANOSECONDS\"");
  app.footer(
      "Exit codes: 0 stopped in order, 1 could not start, 2 wrong arguments or configuration; while serving,\n"
      "70 the journal failed, 71 the supervision tree gave up, 75 it didn't stop in time. After any of these start\n"
      "again: nothing acknowledged is lost.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage; // --help is one, too
  }
  auto loaded = config::load_server_config_file(a.config_file, a.over);
  if (auto* mistakes = std::get_if<config::mistakes>(&loaded)) {
    std::cerr << config::to_text(*mistakes);
    return exit_usage;
  }
  auto& c = std::get<config::server_config>(loaded);
  if (a.check) {
    std::cout << a.config_file << " is fine\n";
    return 0;
  }
  set_up_log(c.log);
  return a.found_file.empty() ? serve(c, a.stamps_file) : found(c, a);
}
