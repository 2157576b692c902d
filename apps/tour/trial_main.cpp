// charter-trial: loads the trial data into a running server, and writes down who can log in.

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/tour/trial_data.hpp"

namespace {

using namespace charter;
using namespace charter::tour;

constexpr int exit_refused = 1;
constexpr int exit_usage = 2;

/// A bar on a terminal; a line for each kind of thing otherwise.
void show_progress(const std::string& what, std::size_t done, std::size_t of) {
  static std::string before;
  if (isatty(STDERR_FILENO)) {
    constexpr std::size_t width = 30;
    auto full = width * done / of;
    std::fprintf(stderr, "\r\x1b[2Ktrial data [%s%s] %zu %%  %s", std::string(full, '#').c_str(),
                 std::string(width - full, '-').c_str(), 100 * done / of, what.c_str());
    if (done == of)
      std::fputs("\r\x1b[2K", stderr);
  } else if (what != before) {
    std::fprintf(stderr, "trial data: %s\n", what.c_str());
  }
  before = what;
}

/// "name<TAB>password<TAB>what"
bool write_logins(const std::string& file) {
  std::ofstream out{file};
  for (auto& m : members())
    out << m.name << '\t' << m.name << " on trial\t" << m.what << '\n';
  return static_cast<bool>(out.flush());
}

} // namespace

int main(int argc, char** argv) {
  std::string url = "http://localhost:8080";
  std::string logins;
  std::size_t posts = 60;
  client::trust whom;
  CLI::App app{"charter-trial: loads the trial data into a server that runs with --trial.\n"
               "Does nothing when it is loaded already."};
  app.add_option("--url", url, "where the server is")->capture_default_str();
  app.add_option("--logins", logins, "file to write the log-ins to: name, password, who that is; one a line");
  app.add_option("--posts", posts, "of each account, at most")->capture_default_str()->check(CLI::Range(1, 300));
  app.add_flag("--insecure", whom.insecure, "take any certificate, such as the one that --tls-trial makes");
  app.footer("Exit codes: 0 loaded, 1 something was refused, 2 wrong arguments or no server.");
  CLI11_PARSE(app, argc, argv);
  auto where = client::parse_endpoint(url);
  if (!where) {
    std::cerr << "charter-trial: " << where.why().detail << "\n";
    return exit_usage;
  }
  client::server which;
  which.where = *where;
  which.whom = whom;
  auto at = service::reach(which);
  if (!at) {
    std::cerr << "charter-trial: " << at.why().why.detail << "\n";
    return exit_usage;
  }
  try {
    trial_data data{*at, posts, show_progress};
    if (data.is_loaded())
      std::cerr << "the trial data is loaded already\n";
    else
      data.load();
  } catch (const not_loaded& why) {
    std::cerr << "\ncharter-trial: " << why.what() << "\n";
    return exit_refused;
  }
  if (!logins.empty() && !write_logins(logins)) {
    std::cerr << "charter-trial: can't write " << logins << "\n";
    return exit_refused;
  }
  return 0;
}
