#include "apps/tour/server_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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
constexpr std::size_t log_bytes_shown = 2'000;

std::string read(const std::filesystem::path& file) {
  std::ifstream in{file};
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// In the child: nothing here may allocate after the fork but what exec does.
[[noreturn]] void become_server(const char* binary, char* const* arguments, int log) {
  prctl(PR_SET_PDEATHSIG, SIGTERM); // whatever ends the tour ends the server
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
  auto data = (directory_ / "node").string();
  auto binary = s.binary.string();
  auto config = s.config.string();
  std::string words[] = {binary, "--config", config, "--trial", "--data", data, "--port", "0"};
  char* arguments[std::size(words) + 1] = {};
  for (std::size_t i = 0; i < std::size(words); ++i)
    arguments[i] = words[i].data();
  int log = open((directory_ / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  pid_ = fork();
  if (pid_ == 0)
    become_server(binary.c_str(), arguments, log);
  close(log);
  if (pid_ < 0)
    return refuse(errc::unavailable, "can't start a process");
  auto until = std::chrono::steady_clock::now() + starts_within;
  while (!find_port()) {
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
      pid_ = 0;
      return refuse(errc::unavailable, binary + " ended while it started:\n" + end_of_log());
    }
    if (std::chrono::steady_clock::now() > until)
      return refuse(errc::unavailable, binary + " doesn't serve:\n" + end_of_log());
    std::this_thread::sleep_for(20ms);
  }
  return done{};
}

/// From the log's line "serving on port N".
bool server_process::find_port() {
  constexpr std::string_view before = "serving on port ";
  auto text = read(directory_ / "log");
  auto at = text.find(before);
  if (at == std::string::npos || text.find('\n', at) == std::string::npos)
    return false;
  port_ = static_cast<std::uint16_t>(std::strtoul(text.c_str() + at + before.size(), nullptr, 10));
  return port_ != 0;
}

std::string server_process::end_of_log() const {
  auto text = read(directory_ / "log");
  return text.size() > log_bytes_shown ? text.substr(text.size() - log_bytes_shown) : text;
}

bool server_process::stop() {
  int how = 0;
  bool ended = pid_ == 0;
  bool in_order = true;
  if (pid_ > 0) {
    kill(pid_, SIGTERM);
    auto until = std::chrono::steady_clock::now() + stops_within;
    while (!ended && std::chrono::steady_clock::now() < until) {
      ended = waitpid(pid_, &how, WNOHANG) == pid_;
      if (!ended)
        std::this_thread::sleep_for(20ms);
    }
    in_order = ended && WIFEXITED(how) && WEXITSTATUS(how) == 0;
    if (!ended) {
      kill(pid_, SIGKILL);
      waitpid(pid_, &how, 0);
    }
    pid_ = 0;
  }
  std::error_code ignored;
  if (!directory_.empty())
    std::filesystem::remove_all(directory_, ignored);
  directory_.clear();
  return in_order;
}

} // namespace charter::tour
