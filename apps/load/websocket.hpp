#pragma once
// One WebSocket as a client holds tens of thousands of them: a descriptor, and buffers only while something is
// unfinished. Non-blocking, on the event loop's thread.
//
// What can fail: everything about the connection; then `on_closed` comes once, with a sentence, and the descriptor is
// gone.

#include <string>
#include <string_view>

#include "apps/client/reply.hpp"
#include "apps/load/connection.hpp"
#include "apps/load/frames.hpp"

namespace charter::load {

class websocket final : public connection, watcher {
public:
  websocket(network& net, events& to) : net_(net), to_(to) {}
  ~websocket() override { drop(); }
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;

  void open() override;
  void send(std::string_view text) override;
  void set_reading(bool reads) override; ///< while it doesn't, the kernel holds little for us
  void cut() override;
  void close() override;
  bool is_open() const override { return state_ == state::open; }

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
