// charterd: one node of Charter. Starts from a configuration file, serves until SIGTERM or SIGINT, stops in order.

#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "apps/charterd/node.hpp"

namespace {

using namespace charter;

constexpr int exit_usage = 2;
constexpr int exit_start = 1;

struct arguments {
  std::string config_file = "config/charterd.toml";
  config::server_overrides over;
  bool check = false;
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

/// A trial's provider: credentials valid for a year, the first person of the registry as operator.
status found_for_trial(node::node& n, const config::server_config& c) {
  std::ifstream in{c.charter_file};
  std::stringstream text;
  text << in.rdbuf();
  if (!in)
    return refuse(errc::not_found, "can't read the charter file " + c.charter_file);
  auto from = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()) - std::chrono::hours{1};
  auto until = from + std::chrono::hours{24 * 365};
  node::founding f;
  f.provider = "Trial Provider Ltd";
  for (auto kind : {"service", "news_information"})
    f.credentials.push_back(
        {kind, std::string{"TRIAL-"} + kind, "trial authority", "everything, on trial", from, until});
  f.charter_text = text.str();
  f.identity_provider = c.identity.providers.empty() ? "" : c.identity.providers.front().key;
  f.identity_subject = "T-0001";
  f.identity_answer = "trial-0001";
  f.pseudonym = "operator";
  f.password = "operator on trial";
  return n.found(f);
}

int serve(const config::server_config& c) {
  auto signals = block_signals();
  auto started = node::node::start(c, true);
  if (!started) {
    std::cerr << "charterd: " << started.why().detail << "\n";
    return exit_start;
  }
  auto& n = **started;
  if (c.trial && !n.report().founded) {
    if (auto founded = found_for_trial(n, c); !founded) {
      std::cerr << "charterd: founding the trial's provider failed: " << founded.why().detail << "\n";
      return exit_start;
    }
    spdlog::info("founded the trial's provider; log in as \"operator\" with \"operator on trial\"");
  }
  spdlog::info("serving on port {}", n.report().port);
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping on signal {}", signal);
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
  app.footer("Exit codes: 0 stopped in order, 1 could not start, 2 wrong arguments or configuration,\n"
             "70 the journal failed while serving (start again: nothing acknowledged is lost).");
  CLI11_PARSE(app, argc, argv);
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
  return serve(c);
}
