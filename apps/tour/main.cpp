// charter-tour: starts a server in a temporary directory, loads the trial data, and walks through the ten articles. Or
// walks through a cluster that runs already.

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

/// Entries of the public log are the same bytes, whichever node is asked.
void compare_logs(stage& s) {
  auto size = s.ask(s.anybody(), "provider.status").value("log_size", std::uint64_t{0});
  auto equal_at = [&](std::uint64_t entry) {
    auto path = "/audit/entry/" + std::to_string(entry);
    auto first = s.at().get(path);
    for (std::size_t node = 1; node < s.at().nodes(); ++node)
      if (auto other = s.at().get(path, node); other.status != 200 || other.body != first.body)
        return false;
    return first.status == 200;
  };
  std::uint64_t same = 0;
  while (same < size && s.holds([&] { return equal_at(same); }))
    ++same;
  s.shows(size > 0 && same == size, "the public log is the same at every node: " + std::to_string(size) + " entries");
}

/// How many expectations failed.
std::size_t give_tour(const service& at, narrator& out) {
  trial_data cast{at, posts_each, [](auto&&...) {}};
  cast.load();
  out.say(std::to_string(members().size()) + " people and " + std::to_string(accounts().size()) +
          " accounts are there, with poems and changelogs from this machine.");
  if (at.nodes() > 1)
    out.say("They are spread over " + std::to_string(at.nodes()) + " nodes; each speaks to one of them.");
  stage s{at, cast, out};
  s.open();
  walk(s);
  if (at.nodes() > 1)
    compare_logs(s);
  return out.summary();
}

int walk_around(reply<service> at, narrator& out) {
  if (!at) {
    std::cerr << "charter-tour: " << at.why().why.detail << "\n";
    return exit_start;
  }
  try {
    return give_tour(*at, out) == 0 ? 0 : exit_expectation;
  } catch (const std::exception& why) {
    std::cerr << "charter-tour: " << why.what() << "\n";
    return exit_expectation;
  }
}

int run_with_own_server(const server_process::settings& settings, narrator& out) {
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
  auto outcome = walk_around(service::reach(which), out);
  if (!server.stop()) {
    std::cerr << "charter-tour: the server didn't stop in order\n";
    return exit_expectation;
  }
  return outcome;
}

int run_against(const std::vector<std::string>& urls, narrator& out) {
  std::vector<client::server> nodes;
  for (auto& url : urls) {
    auto where = client::parse_endpoint(url);
    if (!where) {
      std::cerr << "charter-tour: " << where.why().detail << "\n";
      return exit_start;
    }
    nodes.emplace_back().where = *where;
  }
  return walk_around(service::reach(std::move(nodes)), out);
}

} // namespace

int main(int argc, char** argv) {
  server_process::settings settings;
  std::vector<std::string> urls;
  settings.binary = std::filesystem::path{argv[0]}.parent_path() / "charterd";
  settings.config = "config/trial.toml";
  CLI::App app{"charter-tour: starts a server in a temporary directory, loads the trial data, walks through the\n"
               "ten articles as a client, and leaves nothing behind. Or walks around where --url says."};
  app.add_option("--charterd", settings.binary, "the server's executable")->capture_default_str();
  app.add_option("--config", settings.config, "its configuration; run from the repository's root")
      ->capture_default_str();
  app.add_option(
      "--url", urls,
      "a server on trial that runs already, or the nodes of one; once only: accounts are closed on the tour");
  app.footer("Exit codes: 0 all as expected, 1 an expectation failed, 2 no server.");
  CLI11_PARSE(app, argc, argv);
  narrator out;
  out.title("Charter: the ten articles, end to end");
  out.say("✓ allowed   ✗ refused, as it has to be, with its rule   ! not as expected");
  return urls.empty() ? run_with_own_server(settings, out) : run_against(urls, out);
}
