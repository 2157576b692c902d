#pragma once
// charterd as a process of our own, with its data in a temporary directory. It may be killed and started again on the
// same data. The destructor ends it, by its process id, and removes the directory.
//
// Everything here happens on one thread, and the server ends when that thread does.

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
    bool unlimited = false; ///< without the bounds per address and connection, for load
  };

  server_process() = default;
  ~server_process() { stop(); }
  server_process(const server_process&) = delete;
  server_process& operator=(const server_process&) = delete;

  /// In a new directory, on a free port that the system chooses. Errors: `unavailable` with the end of its log.
  status start(const settings& s);
  /// In order (SIGTERM), or else by force, and removes the directory. Whether it ended in order.
  bool stop();

  // -- on the same data, again and again ------------------------------------------------

  /// Starts it and doesn't wait; `await_ready` does. The port is another one each time. Errors: as `start`.
  status launch();
  status await_ready();
  /// SIGKILL, whatever it is doing. Whether it was running until then.
  bool kill();
  /// As `stop`, but the data stay.
  bool end();
  /// Leaves the directory behind, for somebody to look at. The server must have ended.
  void keep() { directory_.clear(); }

  std::uint16_t port() const { return port_; }
  /// With the log of all its starts, and the data.
  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path data() const { return directory_ / "node"; }

private:
  bool has_ended();
  bool find_port();
  std::string log_of_this_start() const;
  std::string end_of_log() const;

  std::filesystem::path directory_;
  std::filesystem::path binary_;
  std::filesystem::path config_;
  std::size_t log_begins_ = 0; ///< where the last start began to write
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

} // namespace charter::tour
