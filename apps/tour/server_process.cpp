#include "apps/tour/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

namespace charter::tour {

namespace {

using namespace std::chrono_literals;

constexpr auto starts_within = 60s;
constexpr auto stops_within = 20s;
constexpr auto looks_every = 20ms;
constexpr std::size_t log_bytes_shown = 2'000;

std::string read(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A copy of the configuration with these bounds, which loopback's load doesn't run into.
void copy_unlimited(const std::filesystem::path& from, const std::filesystem::path& to) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> bounds{
      {{"unlimited_addresses", "[\"127.0.0.1\"]"}, {"messages_per_second", "100000"}, {"messages_burst", "100000"}}};
  std::ifstream in{from};
  std::ofstream out{to};
  for (std::string line; std::getline(in, line);) {
    if (std::ranges::any_of(bounds, [&](auto& bound) { return line.starts_with(bound.first); }))
      continue;
    out << line << "\n";
    if (line == "[limits]")
      for (auto& [key, value] : bounds)
        out << key << " = " << value << "\n";
  }
}

/// In the child: nothing here may allocate after the fork but what exec does.
[[noreturn]] void become_server(const char* binary, char* const* arguments, int log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM); // whatever ends the tour ends the server
  setpgid(0, 0);                    // but Ctrl-C is for the tour alone, which ends it in its own time
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(binary, arguments);
  _exit(127);
}

} // namespace

status server_process::start(const settings& s) {
  auto pattern = (std::filesystem::temp_directory_path() / "charter-tour-XXXXXX").string();
  if (!mkdtemp(pattern.data()))
    return refuse(errc::unavailable, "can't make a temporary directory at " + pattern);
  directory_ = pattern;
  binary_ = s.binary;
  config_ = s.unlimited ? directory_ / "config.toml" : s.config;
  if (s.unlimited)
    copy_unlimited(s.config, config_);
  if (auto launched = launch(); !launched)
    return launched;
  return await_ready();
}

status server_process::launch() {
  auto binary = binary_.string();
  std::string words[] = {binary, "--config", config_, "--trial", "--data", data(), "--port", "0"};
  char* arguments[std::size(words) + 1] = {};
  for (std::size_t i = 0; i < std::size(words); ++i)
    arguments[i] = words[i].data();
  int log = open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0)
    return refuse(errc::unavailable, "can't write a log in " + directory_.string());
  log_begins_ = std::filesystem::file_size(directory_ / "log");
  port_ = 0;
  pid_ = fork();
  if (pid_ == 0)
    become_server(binary.c_str(), arguments, log);
  close(log);
  if (pid_ > 0)
    return done{};
  pid_ = 0;
  return refuse(errc::unavailable, "can't start a process");
}

status server_process::await_ready() {
  auto until = std::chrono::steady_clock::now() + starts_within;
  while (!find_port()) {
    if (has_ended())
      return refuse(errc::unavailable, binary_.string() + " ended while it started:\n" + end_of_log());
    if (std::chrono::steady_clock::now() > until)
      return refuse(errc::unavailable, binary_.string() + " doesn't serve:\n" + end_of_log());
    std::this_thread::sleep_for(looks_every);
  }
  return done{};
}

/// By itself, or because it was told to. Then it is forgotten.
bool server_process::has_ended() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_)
    pid_ = 0;
  return pid_ == 0;
}

/// From the log's line "serving on port N".
bool server_process::find_port() {
  constexpr std::string_view before = "serving on port ";
  auto text = log_of_this_start();
  auto at = text.find(before);
  if (at == std::string::npos || text.find('\n', at) == std::string::npos)
    return false;
  port_ = static_cast<std::uint16_t>(std::strtoul(text.c_str() + at + before.size(), nullptr, 10));
  return port_ != 0;
}

std::string server_process::log_of_this_start() const {
  auto text = read(directory_ / "log");
  return text.substr(std::min(log_begins_, text.size()));
}

std::string server_process::end_of_log() const {
  auto text = log_of_this_start();
  return text.size() > log_bytes_shown ? text.substr(text.size() - log_bytes_shown) : text;
}

bool server_process::kill() {
  if (has_ended())
    return false;
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
  return true;
}

bool server_process::end() {
  if (pid_ == 0)
    return true;
  ::kill(pid_, SIGTERM);
  int how = 0;
  auto until = std::chrono::steady_clock::now() + stops_within;
  while (std::chrono::steady_clock::now() < until) {
    if (waitpid(pid_, &how, WNOHANG) == pid_) {
      pid_ = 0;
      return WIFEXITED(how) && WEXITSTATUS(how) == 0;
    }
    std::this_thread::sleep_for(looks_every);
  }
  kill();
  return false;
}

bool server_process::stop() {
  bool in_order = end();
  std::error_code ignored;
  if (!directory_.empty())
    std::filesystem::remove_all(directory_, ignored);
  directory_.clear();
  return in_order;
}

} // namespace charter::tour
