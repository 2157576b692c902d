#pragma once
// The transport: listens, and turns sockets into HTTP requests and WebSocket messages, and back. Knows no methods and
// no actors.
//
// Threads: `limits` and `handler` are given at the start. One I/O thread per core owns its sockets; a session's number
// says which thread. `send`, `publish`, `close` may be called from any thread; they hand over to the owning thread
// through its mailbox, with one wake-up per empty-to-non-empty. Called on the owning thread, `send` and `close` take
// effect at once, ahead of what waits in the mailbox. Nothing here blocks but `start` and `stop`.
// What can fail: `start` throws std::runtime_error (address in use, bad certificate). Afterwards every fault ends one
// connection with a code, a reason and a counter, and never the server.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/counters.hpp"
#include "net/http_message.hpp"
#include "net/limits.hpp"
#include "net/tls.hpp"
#include "net/transport.hpp"

namespace charter::net {

/// The layer above. Called on I/O threads, one call at a time per session; must not block and must not throw.
class handler {
public:
  virtual ~handler() = default;

  /// After the upgrade; nothing of this session comes before it.
  virtual void opened(session_number session, const peer& from, codec c) = 0;
  /// One whole message: valid UTF-8 on JSON. `over_rate`: beyond the connection's rate, to be answered `rate_limited`.
  virtual void received(session_number session, codec c, bytes message, bool over_rate) = 0;
  /// The outbox is over its bound, and this push went nowhere. Nothing more is delivered live until `drained`.
  virtual void dropped(session_number session, const push& what) = 0;
  /// The outbox has room again. What is sent inside this call goes out before any later push: the place for stream.gap.
  virtual void drained(session_number session) = 0;
  /// The session takes and gives nothing any more. Comes once per `opened`.
  virtual void closed(session_number session) = 0;
  /// One request; `respond` is to be called once, from any thread, within `limits::response_deadline`.
  virtual void http(http_request request, responder respond) = 0;
  /// Calls `back`, on any thread, when all that this I/O thread has handed over before is dealt with: how long that
  /// takes decides how many may open a session.
  virtual void probe(std::size_t /*io_thread*/, std::function<void()> back) { back(); }
};

struct listener {
  std::string address = "127.0.0.1"; ///< numeric; "::" for all, IPv4 included
  std::uint16_t port = 0;            ///< 0: any free one
  bool tls = false;
};

struct server_config {
  std::vector<listener> listeners;
  std::optional<tls_identity> tls; ///< needed when a listener says so
  bool kernel_tls = false;         ///< encrypt in the kernel where it can
  std::size_t io_threads = 0;      ///< 0: one per core; at most 64
  std::string websocket_path = "/v1/ws";
  bool compression = true;                        ///< permessage-deflate, for WebSockets that offer it
  std::string session_cookie = "charter_session"; ///< the cookie that may carry the token
  bool strict_transport = false; ///< over TLS, send Strict-Transport-Security; not with a self-made certificate
  /// May a page of this origin act with the cookie? Empty: only if it is the server's own origin (`Host`).
  std::function<bool(std::string_view origin, const http_request& request)> origin_allowed;
  /// Addresses that no rate and no per-address bound applies to (load generators on trial). Empty: none.
  std::function<bool(std::string_view address)> exempt;
  /// Per path, for instance to give uploads more room. Empty: `limits::body_bytes_max`.
  std::function<std::size_t(std::string_view path)> body_bytes_max;
  transport_limits limits;
};

class server final : public transport {
public:
  server();
  ~server() override; ///< stops at once if `stop` wasn't called
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds, starts the threads, and returns the ports in the order of the listeners. `above` must outlive `stop`.
  std::vector<std::uint16_t> start(server_config config, handler& above);
  std::size_t io_threads() const;

  bool send(session_number session, shared_frame message) override;
  bool publish(std::size_t io_thread, push what, std::shared_ptr<const std::vector<session_number>> to) override;
  bool publish(std::size_t io_thread, push what, std::vector<session_number> to);
  void close(session_number session, std::uint16_t code, std::string_view reason) override;

  /// Runs `task` on an I/O thread, in order with `send`s from the same caller. For timers and soft state above.
  bool run_on(std::size_t io_thread, std::function<void()> task);

  /// Refuses new connections; those that are there go on. For the time between `server.draining` and `stop`.
  void stop_accepting();
  /// Closes every session with 1001, lets open requests finish until the deadline, cuts the rest, joins the threads.
  /// Afterwards the handler isn't called any more.
  void stop(std::chrono::milliseconds deadline);

  const counters& counts() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace charter::net
