#pragma once
// A server that a benchmark starts: pinned to a core, its output in a file, ended with its owner.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace charter::bench {

class child_process {
public:
  /// Output goes to `log`, and is appended there. Throws std::runtime_error when there is no such program.
  child_process(std::vector<std::string> words, unsigned core, std::filesystem::path log);
  /// SIGTERM, and SIGKILL if it doesn't listen. If it had ended by itself, its last words go to standard error.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  pid_t pid() const { return pid_; }
  /// What stands between `before` and the end of that line of its output, once it says so. Throws with the end of its
  /// output if it ends, or doesn't say so in a minute.
  std::string await(const std::string& before);
  /// Until something listens on that port of loopback.
  void await_port(std::uint16_t port);

private:
  void check_alive(std::chrono::steady_clock::time_point until);
  std::string output() const;
  std::string end_of_output() const;

  std::string name_;
  std::filesystem::path log_;
  std::size_t begins_ = 0; ///< where its own output begins
  pid_t pid_ = -1;
};

} // namespace charter::bench
