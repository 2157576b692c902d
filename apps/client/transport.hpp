#pragma once
// Bytes to and from one server, plain or through TLS, each wait with a deadline.
//
// Asynchronous underneath, since that is how Asio lets a wait end; synchronous for callers: `run` turns the loop until
// the operation is over or its time is up, and then closes the socket. Models Beast's AsyncStream with erased handlers,
// so that HTTP and WebSocket code is compiled once for both kinds. One thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include "apps/client/endpoint.hpp"
#include "apps/client/reply.hpp"

namespace charter::client {

namespace asio = boost::asio;
using boost::system::error_code;
using deadline = std::chrono::steady_clock::time_point;

inline deadline within(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

/// Whose certificates count.
struct trust {
  std::string ca_file;   ///< PEM; empty: the system's
  bool insecure = false; ///< any certificate, for trials: whoever sits in between can read and change everything
};

class transport {
public:
  using executor_type = asio::any_io_executor;
  using handler = std::function<void(error_code, std::size_t)>;

  transport();
  ~transport();
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  /// Resolves, connects, and shakes hands if the endpoint is TLS. Names and addresses are checked against the
  /// certificate. Failures are sentences for people.
  reply<done> connect(const endpoint& to, const trust& whom, deadline by);
  bool is_open() const;
  void close();
  /// Closes, and ends what is pending while those who wait for it are still there to hear.
  void abandon();

  /// Turns the loop until `over`, or until the deadline: then the socket closes and what was pending ends in errors.
  /// False when time was up.
  bool run(const bool& over, deadline by);
  /// Turns the loop until `over` or the deadline, and leaves everything as it is. False when time was up.
  bool wait(const bool& over, deadline by);

  /// Starts an operation with a handler `(error_code, …)` and runs it. A passed deadline gives `timed_out`.
  template <class Start>
  error_code perform(deadline by, Start start) {
    error_code outcome;
    bool over = false;
    start([&](error_code ec, auto&&...) {
      outcome = ec;
      over = true;
    });
    return run(over, by) ? outcome : make_error_code(boost::system::errc::timed_out);
  }

  // -- AsyncStream ------------------------------------------------------------------

  executor_type get_executor();

  template <class Buffers, class Handler>
  void async_read_some(const Buffers& into, Handler&& then) {
    std::vector<asio::mutable_buffer> list{asio::buffer_sequence_begin(into), asio::buffer_sequence_end(into)};
    start_read(std::move(list), erase(std::forward<Handler>(then)));
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& from, Handler&& then) {
    std::vector<asio::const_buffer> list{asio::buffer_sequence_begin(from), asio::buffer_sequence_end(from)};
    start_write(std::move(list), erase(std::forward<Handler>(then)));
  }

private:
  /// Asio's handlers can only be moved, std::function wants copies: share it.
  template <class Handler>
  static handler erase(Handler&& then) {
    auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(then));
    return [shared](error_code ec, std::size_t size) { (*shared)(ec, size); };
  }
  void start_read(std::vector<asio::mutable_buffer> into, handler then);
  void start_write(std::vector<asio::const_buffer> from, handler then);

  struct sockets;
  asio::io_context loop_{1};
  std::unique_ptr<sockets> sockets_;
};

// What Beast's WebSocket stream asks of a transport: how it ends.
void beast_close_socket(transport& t);
void end(transport& t, const std::function<void(error_code)>& then);

template <class Handler>
void async_teardown(boost::beast::role_type, transport& t, Handler&& then) {
  auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(then));
  end(t, [shared](error_code ec) { (*shared)(ec); });
}

/// For people: "connection refused", "the certificate is self-signed …".
std::string to_sentence(const error_code& ec);

} // namespace charter::client
