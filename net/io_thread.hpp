#pragma once
// One I/O thread: its event loop, the connections that it owns, their timer wheel and the thread's mailbox.
//
// Everything but `mail` is for the thread itself. Every event ends with `settle`, which flushes what the event left in
// outboxes, so several answers to one socket leave in one system call.

#include <condition_variable>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/admission.hpp"
#include "net/arrivals.hpp"
#include "net/deadline_wheel.hpp"
#include "net/fan_out.hpp"
#include "net/mailbox.hpp"
#include "net/server.hpp"

namespace charter::net {

class connection;

/// What all threads of a server share; outlives them.
struct server_core {
  server_core(server_config c, handler& h) : config(std::move(c)), above(h), admitted(config.limits) {}

  server_config config;
  handler& above;
  tls_context tls;
  counters counts;
  admission admitted;
  std::atomic<bool> stopping{false};
  std::mutex emptied_mutex;
  std::condition_variable emptied; ///< while stopping: a connection is gone
};

class io_thread {
public:
  io_thread(std::size_t index, server_core& core);
  ~io_thread();

  void start();
  void join();

  // -- any thread ----------------------------------------------------------------------------------------------------
  const std::shared_ptr<mailbox>& mail() const { return mail_; }

  // -- this thread ---------------------------------------------------------------------------------------------------
  server_core& core() { return core_; }
  const transport_limits& bounds() const { return core_.config.limits; }
  counters& counts() { return core_.counts; }
  boost::asio::io_context& loop() { return loop_; }
  std::span<std::uint8_t> read_buffer() { return read_buffer_; }
  static monotonic now() { return std::chrono::steady_clock::now(); }

  /// Takes a connected socket that was admitted.
  void adopt(adopt_task task);
  /// Null when it is gone.
  connection* find(session_number number) const;
  /// The connection gives its number back.
  void forget(session_number number);
  std::size_t open_connections() const { return open_; }

  void touch(const std::shared_ptr<connection>& which) { touched_.push_back(which); }
  void settle();
  void wake_at(session_number number, monotonic when);

  /// May this connection open a WebSocket session? If it waits, `http_session::admit` is called when it may.
  arrivals::verdict arrive(session_number who);
  /// A connection that waited doesn't any more.
  void leave_line(session_number who);
  /// When one who was postponed shall come back.
  std::chrono::milliseconds postpone() { return arrivals_.postpone(now()); }

  /// Sums over this thread's connections, for its memory bounds.
  void count_outbox(std::ptrdiff_t change);
  bool outbox_full() const { return outbox_bytes_ >= bounds().thread_outbox_bytes_max; }
  void count_inbox(std::ptrdiff_t change);
  bool inbox_full() const { return inbox_bytes_ > bounds().thread_inbox_bytes_max; }

  /// Compressed messages from that address have grown by so many bytes.
  void count_inflated(const std::string& address, std::size_t bytes);
  /// False: by too many, lately.
  bool may_inflate(const std::string& address);

  void send_now(const send_task& task);
  void close_now(const close_task& task);
  void respond_now(respond_task task);
  /// Begins a polite end of everything that is open.
  void close_all();
  /// Cuts what is left, and lets the thread end.
  void finish();

private:
  struct slot {
    std::shared_ptr<connection> held;
    std::uint32_t generation = 0;
  };

  void drain_mail();
  void perform(io_task& task);
  /// Some pushes; the rest after what else there is to do.
  void push_some();
  void deliver(session_number to, const push& what);
  /// Wakes the thread when this entry, or one before it, comes up.
  void arm_wheel(monotonic entry);
  /// Looks after those who wait to open a session, again and again as long as there are any.
  void watch_arrivals();
  void admit_some();
  void probe_above();
  double lateness(monotonic time) const;

  std::size_t index_;
  server_core& core_;
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_{loop_};
  monotonic timer_at_ = monotonic::max(); ///< when it fires
  deadline_wheel wheel_;
  std::shared_ptr<mailbox> mail_;
  fan_out pushes_;
  bool pushing_ = false; ///< a turn of pushes is waiting in the loop
  arrivals arrivals_;
  boost::asio::steady_timer arrivals_timer_{loop_};
  bool watching_arrivals_ = false;
  std::uint64_t probe_ = 0; ///< the number of the last one
  bool probing_ = false;    ///< it isn't back yet
  monotonic probed_at_;
  monotonic::duration probe_took_{0};
  std::vector<slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::vector<std::shared_ptr<connection>> touched_;
  std::vector<std::shared_ptr<connection>> gone_; ///< until the event that ended them is over
  bool settling_ = false;
  std::size_t open_ = 0;
  std::size_t outbox_bytes_ = 0;
  std::size_t inbox_bytes_ = 0;
  rate_limiter inflated_; ///< bytes, by address
  std::vector<std::uint8_t> read_buffer_;
  std::thread thread_;
};

} // namespace charter::net
