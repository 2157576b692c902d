#pragma once
// Listens on one address, and deals admitted sockets out to the I/O threads in turn.
//
// Runs on the first I/O thread's loop. Throws std::runtime_error when it can't listen; afterwards faults of accept are
// counted and survived, running out of file descriptors included.

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "net/io_thread.hpp"

namespace charter::net {

class acceptor {
public:
  /// `deal` hands a socket to a thread.
  acceptor(server_core& core, boost::asio::io_context& loop, const listener& where,
           std::function<void(adopt_task)> deal);

  std::uint16_t port() const { return port_; }
  /// On the loop's thread.
  void start() { wait(); }
  void stop();

private:
  void wait();
  void accept_some();
  /// False: nobody is waiting, or nobody can be taken now.
  bool accept_one();
  void refuse(int descriptor, admission::verdict why);
  void pause();

  server_core& core_;
  bool tls_;
  boost::asio::ip::tcp::acceptor socket_;
  boost::asio::steady_timer timer_;
  std::function<void(adopt_task)> deal_;
  std::uint16_t port_ = 0;
};

} // namespace charter::net
