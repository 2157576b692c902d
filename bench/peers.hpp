#pragma once
// Other servers that fan out, as far as they are installed (script/setup --bench): mosquitto, nats-server and ejabberd
// over WebSocket, and small programs for ws and socket.io. bench/peers/start says with which settings.

#include <memory>
#include <string>
#include <vector>

#include "bench/child_process.hpp"
#include "bench/fan_out.hpp"
#include "bench/temporary_directory.hpp"

namespace charter::bench {

/// A server that serves as long as it lives.
class peer {
public:
  /// Throws std::runtime_error when it doesn't serve.
  explicit peer(const std::string& name);

  pid_t pid() const { return process_.pid(); }
  crowd::server where() const { return {port}; }

private:
  static constexpr std::uint16_t port = 18'092;
  temporary_directory directory_;
  child_process process_;
};

std::vector<std::string> installed_peers();

/// How its clients talk. Posts have so many bytes.
std::unique_ptr<dialect> dialect_of(const std::string& peer, std::size_t post_bytes);

} // namespace charter::bench
