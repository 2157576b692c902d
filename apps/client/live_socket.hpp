#pragma once
// A WebSocket to /v1/ws (subprotocol charter.v1.json): calls, and the server's pushes in order.
//
// Hides Beast's stream, which takes half a minute to compile. One thread; pings are answered while `call` or `next`
// waits, so a socket that isn't listened to for a minute is closed by the server.

#include <memory>
#include <optional>

#include "apps/client/rpc.hpp"

namespace charter::client {

struct push {
  std::string method; ///< "post.published"
  json params;
};

class live_socket {
public:
  live_socket();
  ~live_socket();
  live_socket(live_socket&&) noexcept;
  live_socket& operator=(live_socket&&) noexcept;

  /// Connects, and attaches `which.token` if there is one. Errors: `unreachable`, `garbled`, or what the server
  /// refused (`unauthenticated`).
  static reply<live_socket> open(const server& which);

  /// Pushes that arrive meanwhile are kept for `next`, up to 4,096; then nothing is read until they are taken, and the
  /// server sees a slow reader.
  reply<json> call(std::string_view method, json params = json::object());

  /// The next push, or nothing if none came in time. Errors: `unreachable` once the connection is gone.
  reply<std::optional<push>> next(std::chrono::milliseconds wait);

  /// Says goodbye, for at most a second.
  void close();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace charter::client
