// charter-tour: starts a server in a temporary directory, loads the trial data, and walks through the ten articles.

#include <csignal>
#include <filesystem>
#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/tour/articles.hpp"
#include "apps/tour/server_process.hpp"

namespace {

using namespace charter;
using namespace charter::tour;

constexpr int exit_expectation = 1;
constexpr int exit_start = 2;
constexpr std::size_t posts_each = 6; // enough to look at

server_process* running = nullptr;

/// Ctrl-C leaves nothing behind either.
void on_signal(int signal) {
  if (running)
    running->stop();
  std::_Exit(128 + signal);
}

void walk(stage& s) {
  void (*const articles[])(stage&) = {walk_article_1, walk_article_2, walk_article_3, walk_article_4, walk_article_5,
                                      walk_article_6, walk_article_7, walk_article_8, walk_article_9, walk_article_10};
  for (auto* article : articles)
    try {
      article(s);
    } catch (const article_over&) {
      s.out().say("(This article can't go on; the next one follows.)");
    } catch (const json::exception& e) {
      s.shows(false, std::string{"answers have the fields of the contract: "} + e.what());
    }
}

/// How many expectations failed.
std::size_t give_tour(const service& at, narrator& out) {
  trial_data cast{at, posts_each, [](auto&&...) {}};
  cast.load();
  out.say(std::to_string(members().size()) + " people and " + std::to_string(accounts().size()) +
          " accounts are there, with poems and changelogs from this machine.");
  stage s{at, cast, out};
  s.open();
  walk(s);
  return out.summary();
}

int run(const server_process::settings& settings) {
  narrator out;
  out.title("Charter: the ten articles, end to end");
  out.say("✓ allowed   ✗ refused, as it has to be, with its rule   ! not as expected");
  server_process server;
  running = &server;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  if (auto started = server.start(settings); !started) {
    std::cerr << "charter-tour: " << started.why().detail << "\n";
    return exit_start;
  }
  client::server which;
  which.where = {false, "127.0.0.1", std::to_string(server.port())};
  auto at = service::reach(which);
  if (!at) {
    std::cerr << "charter-tour: " << at.why().why.detail << "\n";
    return exit_start;
  }
  std::size_t missed = 0;
  try {
    missed = give_tour(*at, out);
  } catch (const std::exception& why) {
    std::cerr << "charter-tour: " << why.what() << "\n";
    return exit_expectation;
  }
  if (!server.stop()) {
    std::cerr << "charter-tour: the server didn't stop in order\n";
    ++missed;
  }
  return missed == 0 ? 0 : exit_expectation;
}

} // namespace

int main(int argc, char** argv) {
  server_process::settings settings;
  settings.binary = std::filesystem::path{argv[0]}.parent_path() / "charterd";
  settings.config = "config/trial.toml";
  CLI::App app{"charter-tour: starts a server in a temporary directory, loads the trial data, walks through the\n"
               "ten articles as a client, and leaves nothing behind."};
  app.add_option("--charterd", settings.binary, "the server's executable")->capture_default_str();
  app.add_option("--config", settings.config, "its configuration; run from the repository's root")
      ->capture_default_str();
  app.footer("Exit codes: 0 all as expected, 1 an expectation failed, 2 the server didn't start.");
  CLI11_PARSE(app, argc, argv);
  return run(settings);
}
