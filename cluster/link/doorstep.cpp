#include "cluster/link/doorstep.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cluster/limits.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using std::chrono::steady_clock;

namespace {

constexpr int backlog = 128;
constexpr int look_every_ms = 200; // who is late

void set(int descriptor, int level, int option, int value) {
  (void)::setsockopt(descriptor, level, option, &value, sizeof value);
}

/// -1: it can't be had.
int listen_on(const addrinfo& where) {
  int descriptor = ::socket(where.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0)
    return -1;
  set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1);
  if (::bind(descriptor, where.ai_addr, where.ai_addrlen) == 0 && ::listen(descriptor, backlog) == 0)
    return descriptor;
  ::close(descriptor);
  return -1;
}

std::uint16_t port_of(int descriptor) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&own), &size) != 0)
    return 0;
  return ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(own).sin6_port
                                         : reinterpret_cast<sockaddr_in&>(own).sin_port);
}

/// As grpc::ServerContext::peer() has it: "ipv4:10.0.0.7:4100", "ipv6:%5Bfe80::1%252%5D:4100".
std::string spelled(const sockaddr_storage& from) {
  char text[INET6_ADDRSTRLEN]{};
  if (from.ss_family == AF_INET) {
    auto& v4 = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return "ipv4:" + std::string{text} + ":" + std::to_string(ntohs(v4.sin_port));
  }
  auto& v6 = reinterpret_cast<const sockaddr_in6&>(from);
  auto port = ":" + std::to_string(ntohs(v6.sin6_port));
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof text);
    return "ipv4:" + std::string{text} + port;
  }
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  auto zone = v6.sin6_scope_id == 0 ? std::string{} : "%25" + std::to_string(v6.sin6_scope_id);
  return "ipv6:%5B" + std::string{text} + zone + "%5D" + port;
}

} // namespace

result<std::unique_ptr<doorstep>> doorstep::open(const std::string& address) {
  auto colon = address.rfind(':');
  if (colon == std::string::npos)
    return invalid("address", "'" + address + "' has no port");
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (int failed = ::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found); failed != 0)
    return refuse(errc::unavailable, address + ": " + ::gai_strerror(failed));
  std::unique_ptr<doorstep> made{new doorstep};
  int why = 0;
  for (auto* each = found; each; each = each->ai_next) {
    if (int listener = listen_on(*each); listener >= 0)
      made->listeners_.push_back(listener);
    else
      why = errno;
  }
  ::freeaddrinfo(found);
  if (made->listeners_.empty())
    return refuse(errc::unavailable, address + ": " + std::strerror(why));
  made->port_ = port_of(made->listeners_.front());
  return made;
}

doorstep::~doorstep() { close(); }

void doorstep::close() {
  thread_.request_stop();
  for (int listener : listeners_)
    ::shutdown(listener, SHUT_RDWR); // whoever waits for it wakes
  if (thread_.joinable())
    thread_.join();
  for (int listener : std::exchange(listeners_, {}))
    ::close(listener);
}

void doorstep::serve(std::function<void(int)> hand_over, std::function<void(const std::string&)> turned_away) {
  hand_over_ = std::move(hand_over);
  turned_away_ = std::move(turned_away);
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void doorstep::entered(const std::string& peer) {
  std::lock_guard lock{mutex_};
  waiting_.erase(peer);
}

void doorstep::run(const std::stop_token& stop) {
  std::vector<pollfd> all;
  for (int listener : listeners_)
    all.push_back({listener, POLLIN, 0});
  while (!stop.stop_requested()) {
    if (::poll(all.data(), all.size(), look_every_ms) > 0)
      for (auto& each : all)
        if (each.revents != 0 && !stop.stop_requested())
          accept_from(each.fd, stop);
    report_late();
  }
}

void doorstep::accept_from(int listener, const std::stop_token& stop) {
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  int descriptor = ::accept4(listener, reinterpret_cast<sockaddr*>(&from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      turned_away_(std::string{"somebody who couldn't be let in: "} + std::strerror(errno));
      wait(limits::link_rest, stop); // it stays in line
    }
    return;
  }
  auto peer = spelled(from);
  bool full = false;
  {
    std::lock_guard lock{mutex_};
    full = waiting_.size() >= limits::link_strangers_max;
    if (!full)
      waiting_.insert_or_assign(peer, steady_clock::now());
  }
  if (full) {
    ::close(descriptor);
    return turned_away_(peer + ": too many who have opened no link are there already");
  }
  set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  set(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(limits::link_pulse_patience.count()));
  hand_over_(descriptor);
}

void doorstep::report_late() {
  std::vector<std::string> late;
  {
    std::lock_guard lock{mutex_};
    auto before = steady_clock::now() - limits::link_greeting;
    std::erase_if(waiting_, [&](auto& one) {
      if (one.second > before)
        return false;
      late.push_back(one.first);
      return true;
    });
  }
  for (auto& peer : late)
    turned_away_(peer + ": it connected and opened no link; it spoke no TLS, or its certificate isn't one of our "
                        "authority's or has expired, or it sent garbage or nothing");
}

} // namespace charter::cluster
