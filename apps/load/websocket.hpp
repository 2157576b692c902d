#pragma once
// One WebSocket as a client holds tens of thousands of them: a descriptor, and buffers only while something is
// unfinished. Non-blocking, on the event loop's thread.
//
// What can fail: everything about the connection; then `on_closed` comes once, with a sentence, and the descriptor is
// gone.

#include <netinet/in.h>

#include <string>
#include <string_view>

#include "apps/client/reply.hpp"
#include "apps/load/event_loop.hpp"
#include "apps/load/frames.hpp"

namespace charter::load {

/// The server, where we call from, and what went over all sockets together.
struct network {
  explicit network(event_loop& l) : loop(l) {}

  event_loop& loop;
  sockaddr_in server{};
  sockaddr_in from{}; ///< port 0; address 0: the kernel chooses
  std::string authority;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t sockets = 0; ///< open now
  std::uint32_t mask = 0x9e3779b9;
};

class websocket final : watcher {
public:
  /// What happens on it. Called from within the loop's events: don't destroy the socket in there.
  struct events {
    virtual void on_open() = 0;
    virtual void on_message(std::string_view text, instant at) = 0;
    virtual void on_closed(std::string_view why) = 0;

  protected:
    ~events() = default;
  };

  websocket(network& net, events& to) : net_(net), to_(to) {}
  ~websocket() { drop(); }
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;

  void open();
  void send(std::string_view text);
  /// A slow reader: nothing is read until it is set back, and the kernel holds little for us meanwhile.
  void set_reading(bool reads);
  /// Gone without a goodbye, as a telephone in a tunnel.
  void cut();
  /// With a goodbye; `on_closed` comes when the server has answered it.
  void close();
  bool is_open() const { return state_ == state::open; }

private:
  enum class state { idle, connecting, handshake, open, closing, over };

  void on_ready(std::uint32_t events) override;
  void on_connected();
  void read();
  std::size_t take(std::string_view data, instant at);
  std::size_t take_header(std::string_view data);
  void take_frame(const server_frame& frame, instant at);
  void write(std::string_view data);
  void write_frame(net::opcode op, std::string_view payload);
  void flush();
  void set_events();
  void end(std::string_view why);
  void drop();

  network& net_;
  events& to_;
  int descriptor_ = -1;
  state state_ = state::idle;
  bool reads_ = true;
  std::uint32_t watched_ = 0;
  std::string in_;  ///< an unfinished frame
  std::string out_; ///< what the kernel didn't take yet
};

/// Looks the server up. `from` is the address to call from; empty: 127.0.0.2 for a server on this machine, and else
/// what the kernel chooses. Errors: `here` for https or a wrong address, `unreachable` when there is no such host.
client::reply<done> resolve(std::string_view url, std::string_view from, network& out);

} // namespace charter::load
