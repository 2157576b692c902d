#pragma once
// Who stands before the link port: accepts connections and hands them to gRPC, and remembers each until it has opened a
// stream. gRPC (1.51) tells nobody of a connection that came to nothing: its server has no callback for a handshake
// that failed, and an idle connection it closes without a word. So whoever hasn't opened a stream in time is reported
// from here, with its address. Which of these it was isn't known: it spoke no TLS, its certificate wasn't of our
// authority or had expired, it sent garbage, or nothing. What OpenSSL said about it gRPC writes to stderr.
//
// gRPC closes what it was handed, within `link_handshake` if it is no TLS, else when no stream was there for that long.
// A thread of its own; `entered` from any. What can fail: `open`.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "domain/result.hpp"

namespace charter::cluster {

class doorstep {
public:
  /// Listens on "host:port", wherever that name leads; port 0: any. Errors: `unavailable`.
  static result<std::unique_ptr<doorstep>> open(const std::string& address);
  ~doorstep();
  doorstep(const doorstep&) = delete;
  doorstep& operator=(const doorstep&) = delete;

  std::uint16_t port() const { return port_; }

  /// Begins. `hand_over` gets the descriptor for good.
  void serve(std::function<void(int descriptor)> hand_over, std::function<void(const std::string& why)> turned_away);

  /// A stream came from there, in gRPC's spelling.
  void entered(const std::string& peer);

  /// Nobody is accepted any more.
  void close();

private:
  using time_point = std::chrono::steady_clock::time_point;

  doorstep() = default;
  void run(const std::stop_token& stop);
  void accept_from(int listener, const std::stop_token& stop);
  void report_late();

  std::vector<int> listeners_;
  std::uint16_t port_ = 0;
  std::function<void(int)> hand_over_;
  std::function<void(const std::string&)> turned_away_;
  std::mutex mutex_;
  std::map<std::string, time_point> waiting_; ///< since when, by peer
  std::jthread thread_;                       // last, so that it ends first
};

} // namespace charter::cluster
