#pragma once
// One connection of somebody simulated, and what all of them have in common.

#include <netinet/in.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "apps/load/event_loop.hpp"

namespace charter::load {

/// Opened once. What can fail: everything; then `on_closed` comes once, with a sentence.
class connection {
public:
  /// What happens on it. Called from within the loop's events: don't destroy the connection in there.
  struct events {
    virtual void on_open() = 0;
    virtual void on_message(std::string_view text, instant at) = 0;
    virtual void on_closed(std::string_view why) = 0;

  protected:
    ~events() = default;
  };

  virtual ~connection() = default;

  virtual void open() = 0;
  virtual void send(std::string_view text) = 0;
  /// A slow reader: nothing is read until it is set back.
  virtual void set_reading(bool reads) = 0;
  /// Gone without a goodbye, as a telephone in a tunnel.
  virtual void cut() = 0;
  /// With a goodbye; `on_closed` comes when the server has answered it.
  virtual void close() = 0;
  virtual bool is_open() const = 0;
};

/// How the server is reached, and what went over all connections together.
struct network {
  /// Over WebSockets (websocket.hpp), until `connect` is set to something else.
  explicit network(event_loop& l);
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  event_loop& loop;
  std::function<std::unique_ptr<connection>(connection::events& to)> connect;
  std::string authority;   ///< what the server is called
  bool can_be_slow = true; ///< whether somebody who doesn't read holds anything up
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  // Of sockets.
  sockaddr_in server{};
  sockaddr_in from{};        ///< port 0; address 0: the kernel chooses
  std::uint64_t sockets = 0; ///< open now
  std::uint32_t mask = 0x9e3779b9;
};

} // namespace charter::load
