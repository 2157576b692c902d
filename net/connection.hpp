#pragma once
// One socket from accept to close: TLS handshake, reading, the outbox and its bounds, deadlines, and the polite end.
// What the bytes mean is up to the protocol that it carries: HTTP first, WebSocket after the upgrade.
//
// Belongs to its I/O thread. Lives as long as the thread's table or a pending wait holds it. Faults end the connection
// and nothing else.

#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>

#include "net/channel.hpp"
#include "net/io_thread.hpp"
#include "net/outbox.hpp"

namespace charter::net {

class http_session;
class websocket_session;

/// What a connection carries at the moment.
class protocol {
public:
  virtual ~protocol() = default;
  /// Bytes have come. May write to, end or switch the connection.
  virtual void consume(byte_view data) = 0;
  /// The peer sends nothing more. True: there is still something to answer.
  virtual bool end_of_input() = 0;
  /// When `on_deadline` is to be called.
  virtual monotonic deadline() const = 0;
  virtual void on_deadline(monotonic now) = 0;
  /// Could more input be dealt with right now?
  virtual bool wants_input() const { return true; }
  /// Room in the outbox again, after it went over the live bound.
  virtual void on_room() {}
  /// The server stops: end politely, soon.
  virtual void wind_up() = 0;
  /// The connection is gone. Comes once, last.
  virtual void gone() {}
  virtual http_session* as_http() { return nullptr; }
  virtual websocket_session* as_websocket() { return nullptr; }
};

class connection : public std::enable_shared_from_this<connection> {
public:
  connection(io_thread& thread, boost::asio::ip::tcp::socket socket, session_number number, std::string address,
             bool tls);
  ~connection();

  void start();

  io_thread& thread() { return thread_; }
  session_number number() const { return number_; }
  const std::string& address() const { return address_; }
  bool is_secure() const { return channel_.is_secure(); }
  bool is_open() const { return phase_ == phase::handshake || phase_ == phase::open; }
  /// Null unless this is what it carries.
  http_session* http() { return is_open() && carried_ ? carried_->as_http() : nullptr; }
  websocket_session* websocket() { return is_open() && carried_ ? carried_->as_websocket() : nullptr; }

  // -- for the protocols ---------------------------------------------------------------------------------------------
  /// Queues; leaves at the end of the event.
  void write(shared_bytes data);
  /// Straight to the socket when nothing waits; what doesn't fit is queued.
  void write_directly(const shared_bytes& data);
  std::size_t bytes_waiting() const { return outbox_.bytes_waiting(); }
  /// The outbox went over the live bound, and isn't down at the resume level yet.
  bool is_congested() const { return congested_; }
  void become_congested() { congested_ = true; }
  /// Once all is written: tell the peer, drop what it still sends, and go when it has ended or the deadline is over.
  void finish();
  /// At once; `reset` drops what the kernel still holds for a dead reader.
  void cut(bool reset = false);
  bool peer_is_gone() const { return channel_.peer_is_gone(); }
  /// From now on it carries this; called from within the old one's `consume`, which must return right after.
  void carry(std::unique_ptr<protocol> next);
  /// Its times or its wish for input have changed.
  void touch();

  // -- for the thread ------------------------------------------------------------------------------------------------
  void settle();
  void on_wheel(monotonic now);
  void wind_up();

private:
  enum class phase { handshake, open, finishing, lingering, closed };

  void shake_hands();
  void on_readable();
  /// False: nothing more to read in this event.
  bool read_once();
  void on_end_of_input();
  void on_writable();
  void flush();
  void linger();
  void arm_read();
  void arm_write();
  void enter_wheel();
  bool reads() const;
  /// A handler that keeps this alive, does nothing once it is closed, and settles at the end.
  auto guarded(void (connection::*step)());

  io_thread& thread_;
  boost::asio::ip::tcp::socket socket_;
  channel channel_;
  session_number number_;
  std::string address_;
  phase phase_ = phase::handshake;
  bool touched_ = false;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool read_when_writable_ = false;
  bool congested_ = false;
  bool input_ended_ = false;
  outbox outbox_;
  std::unique_ptr<protocol> carried_;
  std::unique_ptr<protocol> retired_; ///< the one before; freed when its call has returned
  monotonic phase_deadline_;
  monotonic in_wheel_ = monotonic::max();
};

} // namespace charter::net
