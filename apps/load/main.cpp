// charter-load: people by the thousand, over the real protocol, who check what they are told while they are at it.

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/charter/private_file.hpp"
#include "apps/load/live_view.hpp"
#include "apps/load/own_node.hpp"
#include "apps/load/report.hpp"
#include "apps/load/seeder.hpp"
#include "apps/load/websocket.hpp"
#include "config/reader.hpp"

namespace {

using namespace charter;
using namespace charter::load;

constexpr int exit_broken = 1;
constexpr int exit_usage = 2;
constexpr int exit_failed = 3;
constexpr auto keep_every = std::chrono::seconds{5}; // while seeding, what is there so far

struct arguments {
  std::string url = "http://localhost:8080";
  std::string from;
  std::string scenario_file;
  std::string state_file; ///< empty: data/load/NAME.json
  bool in_process = false;
  std::string directory; ///< of the node in this process; empty: a temporary one
  std::string json_file;
  std::string html_file;
  std::string length;
  std::optional<std::uint32_t> users;
  std::optional<std::uint32_t> accounts;
  std::uint64_t seed = 0; ///< 0: by chance
};

/// With a sentence; ends the program with `exit_usage`.
struct wrong_call : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string name_of(const arguments& a) {
  return a.scenario_file.empty() ? "default" : std::filesystem::path{a.scenario_file}.stem().string();
}

std::string file_of(const arguments& a, const std::string& given, const std::string& ending) {
  return given.empty() ? "data/load/" + name_of(a) + ending : given;
}

// -- the scenario, as called ----------------------------------------------------------------------

/// "30", "30s", "2m"
duration length_from(const std::string& text) {
  bool is_plain = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (auto length = config::parse_duration(is_plain ? text + "s" : text); length && *length >= std::chrono::seconds{1})
    return *length;
  throw wrong_call{"--duration takes a length of time of a second or more, as in 30 or 2m"};
}

scenario scenario_from(const arguments& a) {
  scenario s;
  if (!a.scenario_file.empty()) {
    auto loaded = load_scenario_file(a.scenario_file);
    if (auto* wrong = std::get_if<config::mistakes>(&loaded))
      throw wrong_call{"the scenario has mistakes:\n" + config::to_text(*wrong)};
    s = std::get<scenario>(loaded);
  }
  auto& p = s.population;
  p.users = a.users.value_or(p.users);
  p.accounts = std::min(a.accounts.value_or(p.accounts), p.users);
  p.chats = std::min(p.chats, p.users);
  if (!a.length.empty())
    s.length = length_from(a.length);
  return s;
}

/// As many as the trial's registry has.
void check_users(std::size_t users) {
  if (users > users_on_sockets_max)
    throw wrong_call{"more than " + std::to_string(users_on_sockets_max) +
                     " people are for `run --in-process`: the trial's registry has no more"};
}

/// A socket each, and some more.
void check_descriptors(std::size_t sockets) {
  constexpr std::size_t others = 64; // files, staff
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < sockets + others)
    throw wrong_call{std::to_string(sockets) + " people need as many sockets, and this process may open only " +
                     std::to_string(limit.rlim_cur) + " (ulimit -n): raise that, or start fewer with --users"};
}

// -- seeding ----------------------------------------------------------------------------------------

/// The kept population, when it is of this server and large enough; otherwise seeds, and keeps it. `file` is empty for
/// a node in this process: nobody else would need the tokens.
task<> provide_population(network& net, population_plan plan, std::string file, live_view& view, population& out) {
  auto founded_at = co_await ask_founded_at(net);
  result<population> kept = refuse(errc::not_found, "nothing is kept");
  if (!file.empty())
    kept = read_population(file);
  if (!kept && kept.why().code != errc::not_found)
    throw not_seeded{kept.why().detail + "; move it away, or name another with --state"};
  bool is_ours = kept && kept->founded_at == founded_at;
  if (is_ours && kept->covers(plan) && co_await are_tokens_good(net, *kept)) {
    out = std::move(*kept);
    co_return;
  }
  out = planned(plan);
  if (is_ours) // their tokens, where there are any
    for (std::size_t i = 0; i < std::min(out.users.size(), kept->users.size()); ++i)
      out.users[i] = kept->users[i];
  view.say("seeding " + std::to_string(plan.users) + " users and " + std::to_string(plan.accounts) + " accounts");
  auto keep = [&out, file] {
    if (file.empty())
      return;
    if (auto written = write_population(file, out); !written)
      throw not_seeded{written.why().detail};
  };
  auto kept_at = steady::now();
  seeder work{net, out, [&](const std::string& what, std::size_t done, std::size_t of) {
                view.progress(what, done, of);
                // Whoever stops it goes on from here.
                if (steady::now() > kept_at + keep_every)
                  keep(), kept_at = steady::now();
              }};
  co_await work.run();
  view.clear();
  keep();
}

int seed(const arguments& a, const scenario& plan, network& net, live_view& view) {
  population people;
  net.loop.spawn(provide_population(net, plan.population, file_of(a, a.state_file, ".json"), view, people));
  net.loop.run();
  view.say(std::to_string(people.users.size()) + " users and " + std::to_string(people.accounts.size()) +
           " accounts are ready; their tokens are in " + file_of(a, a.state_file, ".json"));
  return 0;
}

// -- running ----------------------------------------------------------------------------------------

std::string random_name() {
  std::random_device device;
  std::string out;
  for (int i = 0; i < 6; ++i)
    out += static_cast<char>('a' + device() % 26);
  return out;
}

void write_file(const std::string& file, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::absolute(file).parent_path());
  std::ofstream out{file, std::ios::binary};
  if (!(out << text).flush())
    throw wrong_call{"can't write " + file};
}

/// `url`: of the server, for the report.
int run(const arguments& a, const scenario& plan, const std::string& url, network& net, live_view& view) {
  population people;
  auto state = a.in_process ? std::string{} : file_of(a, a.state_file, ".json");
  net.loop.spawn(provide_population(net, plan.population, state, view, people));
  net.loop.run();

  auto seed = a.seed ? a.seed : std::random_device{}();
  auto started = to_text(std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()));
  world w{plan, people, net, seed, random_name()};
  run_facts facts;
  run_watchers watchers;
  watchers.connecting = [&](std::size_t online, std::size_t wanted) { view.progress("connecting", online, wanted); };
  watchers.second = [&](const world& all) { view.second(all); };
  watchers.settling = [&](const std::string& what) { view.say(what); };
  net.loop.spawn(run(w, watchers, facts));
  net.loop.run();
  view.clear();

  run_report report{name_of(a), url, started, seed, plan, w, facts};
  auto html = file_of(a, a.html_file, ".html");
  auto json_file = file_of(a, a.json_file, "-run.json");
  write_file(html, report_html(report));
  write_file(json_file, report_json(report).dump() + "\n");
  std::cout << report_text(report) << html << "\n" << json_file << "\n";
  return w.broken.count() == 0 ? 0 : exit_broken;
}

void add_common_options(CLI::App& to, arguments& a) {
  to.add_option("--url", a.url, "where the server is; http only")->capture_default_str();
  to.add_option("--from", a.from,
                "address to call from (default: 127.0.0.2 if the server is on this machine, where the trial's\n"
                "configuration exempts it from the bounds of one address)");
  to.add_option("--state", a.state_file, "file for users and their tokens (default: data/load/NAME.json)");
  to.add_option("--users", a.users, "in place of the scenario's")->check(CLI::Range(2u, users_max));
  to.add_option("--accounts", a.accounts, "in place of the scenario's")->check(CLI::Range(1u, users_max));
}

} // namespace

int main(int argc, char** argv) {
  arguments a;
  CLI::App app{
      "charter-load: thousands of simulated people on one server in trial mode, over the real protocol:\n"
      "readers, editors, moderators, storms of reconnections, slow readers. Checks while it runs that sanctions\n"
      "hold, that commands take effect once, and that streams have no hole (invariants 2, 3 and 4)."};
  app.require_subcommand(1);
  auto* run_command = app.add_subcommand("run", "run a scenario, after seeding what is missing");
  run_command->add_option("scenario", a.scenario_file, "TOML, see config/load; left out: a small town");
  run_command->add_option("--duration", a.length, "in place of the scenario's length: 30, 2m");
  run_command->add_option("--seed", a.seed, "repeats the schedule of an earlier run");
  run_command->add_option("--html", a.html_file, "report for people (default: data/load/NAME.html)");
  run_command->add_option("--json", a.json_file, "report for machines (default: data/load/NAME-run.json)");
  add_common_options(*run_command, a);
  run_command
      ->add_flag("--in-process", a.in_process,
                 "a node in this process, reached without sockets: up to a million people, none of them slow")
      ->excludes("--url");
  run_command
      ->add_option("--data", a.directory, "with --in-process, where that node lives (default: a temporary directory)")
      ->needs("--in-process");
  auto* seed_command = app.add_subcommand("seed", "only prepare users, accounts and tokens");
  seed_command->add_option("scenario", a.scenario_file, "whose population");
  add_common_options(*seed_command, a);
  app.footer(
      "Exit codes: 0 all invariants held, 1 one was broken, 2 wrong arguments or scenario, 3 no server, or one that\n"
      "can't be seeded. script/server starts a server; docs/LOAD.md explains scenarios and reports.");
  CLI11_PARSE(app, argc, argv);
  try {
    event_loop loop;
    network net{loop};
    auto plan = scenario_from(a);
    live_view view{std::cerr, ::isatty(STDERR_FILENO) == 1};
    if (a.in_process) {
      own_node own{net, a.directory, plan.population.users};
      view.say("a node in this process; its pages are at " + own.url());
      return run(a, plan, own.url(), net, view);
    }
    if (auto found = resolve(a.url, a.from, net); !found)
      throw wrong_call{found.why().why.detail};
    check_users(plan.population.users);
    if (seed_command->parsed())
      return seed(a, plan, net, view);
    check_descriptors(plan.population.users);
    return run(a, plan, a.url, net, view);
  } catch (const wrong_call& why) {
    std::cerr << "charter-load: " << why.what() << std::endl;
    return exit_usage;
  } catch (const std::runtime_error& why) {
    std::cerr << "charter-load: " << why.what() << "\n";
    return exit_failed;
  }
}
