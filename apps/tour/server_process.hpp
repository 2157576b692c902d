#pragma once
// charterd as a process of our own, with its data in a temporary directory. The destructor ends it, by its process id,
// and removes the directory.

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

#include "domain/result.hpp"

namespace charter::tour {

class server_process {
public:
  struct settings {
    std::filesystem::path binary;
    std::filesystem::path config;
  };

  server_process() = default;
  ~server_process() { stop(); }
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  /// On a free port that the system chooses. Errors: `unavailable` with the end of its log.
  status start(const settings& s);
  /// In order (SIGTERM), or else by force. Whether it ended in order.
  bool stop();

  std::uint16_t port() const { return port_; }
  const std::filesystem::path& directory() const { return directory_; }

private:
  bool find_port();
  std::string end_of_log() const;

  std::filesystem::path directory_;
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

} // namespace charter::tour
