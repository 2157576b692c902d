#include "net/acceptor.hpp"

#include <cerrno>

#include <boost/asio/ip/v6_only.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace charter::net {

namespace {

constexpr int accepts_per_event = 64; ///< then the sockets that are there have their turn
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr std::string_view busy =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\nContent-Type: text/plain\r\n"
    "Content-Length: 31\r\n\r\nToo many connections; try later";

std::string address_text(const boost::asio::ip::tcp::endpoint& from) {
  auto address = from.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

} // namespace

acceptor::acceptor(server_core& core, boost::asio::io_context& loop, const listener& where,
                   std::function<void(adopt_task)> deal)
    : core_(core), tls_(where.tls), socket_(loop), timer_(loop), deal_(std::move(deal)) {
  try {
    boost::asio::ip::tcp::endpoint at(boost::asio::ip::make_address(where.address), where.port);
    socket_.open(at.protocol());
    socket_.set_option(boost::asio::socket_base::reuse_address(true));
    if (at.address().is_v6())
      socket_.set_option(boost::asio::ip::v6_only(false));
    socket_.bind(at);
    socket_.listen(4096);
    socket_.non_blocking(true);
    port_ = socket_.local_endpoint().port();
  } catch (const boost::system::system_error& e) {
    throw std::runtime_error("cannot listen on " + where.address + " port " + std::to_string(where.port) + ": " +
                             e.code().message());
  }
}

void acceptor::stop() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

void acceptor::wait() {
  socket_.async_wait(boost::asio::socket_base::wait_read, [this](const boost::system::error_code& problem) {
    if (!problem)
      accept_some();
  });
}

void acceptor::accept_some() {
  for (int i = 0; i < accepts_per_event; ++i)
    if (!accept_one())
      break;
  if (timer_.expiry() > io_thread::now())
    timer_.async_wait([this](const boost::system::error_code& problem) {
      if (!problem)
        wait();
    });
  else
    wait();
}

bool acceptor::accept_one() {
  boost::asio::ip::tcp::endpoint from;
  auto size = static_cast<socklen_t>(from.capacity());
  int descriptor = ::accept4(socket_.native_handle(), from.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      core_.counts.add(counter::refused_full);
      timer_.expires_after(pause_without_descriptors); // those who wait in the backlog are taken later
    }
    return errno == EINTR || errno == ECONNABORTED;
  }
  from.resize(size);
  auto address = address_text(from);
  bool exempt = core_.config.exempt && core_.config.exempt(address);
  auto verdict = core_.admitted.enter(address, exempt, io_thread::now());
  if (verdict != admission::verdict::welcome) {
    refuse(descriptor, verdict);
    return true;
  }
  core_.counts.add(counter::accepted);
  int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  deal_({descriptor, std::move(address), tls_});
  return true;
}

void acceptor::refuse(int descriptor, admission::verdict why) {
  core_.counts.add(why == admission::verdict::full ? counter::refused_full : counter::refused_per_address);
  if (!tls_)
    (void)::send(descriptor, busy.data(), busy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  ::close(descriptor);
}

} // namespace charter::net
