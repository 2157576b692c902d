#include "bench/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto starts_within = 60s;
constexpr auto ends_within = 10s;
constexpr auto looks_every = 20ms;
constexpr std::size_t output_shown = 2'000;

bool listens(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int tried = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool connected = ::connect(tried, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(tried);
  return connected;
}

} // namespace

child_process::child_process(std::vector<std::string> words, unsigned core, std::filesystem::path log)
    : name_(words.front()), log_(std::move(log)) {
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  int out = ::open(log_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (out < 0)
    throw std::runtime_error("can't write " + log_.string());
  begins_ = std::filesystem::file_size(log_);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    pin_to_core(core);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(out, STDERR_FILENO);
    ::execvp(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(out);
  if (pid_ < 0)
    throw std::runtime_error("can't start a process");
}

child_process::~child_process() {
  int how = 0;
  if (::waitpid(pid_, &how, WNOHANG) == pid_) {
    std::cerr << name_ << " had ended already (" << (WIFSIGNALED(how) ? "signal " : "status ")
              << (WIFSIGNALED(how) ? WTERMSIG(how) : WEXITSTATUS(how)) << "):\n"
              << end_of_output();
    return;
  }
  ::kill(pid_, SIGTERM);
  for (auto until = steady::now() + ends_within; steady::now() < until; std::this_thread::sleep_for(looks_every))
    if (::waitpid(pid_, nullptr, WNOHANG) == pid_)
      return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::string child_process::await(const std::string& before) {
  for (auto until = steady::now() + starts_within;; std::this_thread::sleep_for(looks_every)) {
    auto text = output();
    auto at = text.find(before);
    auto end = at == text.npos ? at : text.find('\n', at);
    if (end != text.npos)
      return text.substr(at + before.size(), end - at - before.size());
    check_alive(until);
  }
}

void child_process::await_port(std::uint16_t port) {
  for (auto until = steady::now() + starts_within; !listens(port); std::this_thread::sleep_for(looks_every))
    check_alive(until);
}

void child_process::check_alive(steady::time_point until) {
  siginfo_t how{};
  bool ended = ::waitid(P_PID, static_cast<id_t>(pid_), &how, WEXITED | WNOHANG | WNOWAIT) == 0 && how.si_pid == pid_;
  if (!ended && steady::now() < until)
    return;
  throw std::runtime_error(name_ + (ended ? " has ended:\n" : " doesn't serve:\n") + end_of_output());
}

std::string child_process::end_of_output() const {
  auto text = output();
  return text.substr(text.size() - std::min(text.size(), output_shown));
}

std::string child_process::output() const {
  std::ifstream in{log_};
  in.seekg(static_cast<std::streamoff>(begins_));
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

} // namespace charter::bench
