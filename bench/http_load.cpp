#include "bench/http_load.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using steady = std::chrono::steady_clock;

constexpr std::size_t buffer_bytes = 256 * 1024;

int connect_to(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(made, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    throw std::runtime_error(std::string{"can't connect: "} + std::strerror(errno));
  int on = 1;
  ::setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return made;
}

std::string make_request(const std::string& path, const std::string& fields) {
  return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields + "\r\n";
}

/// Of a field, in a head whose names are written as servers like it.
std::string_view field_of(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at)) {
    ++at;
    if (head.size() - at > name.size() && ::strncasecmp(head.data() + at, name.data(), name.size()) == 0 &&
        head[at + name.size()] == ':') {
      auto value = head.substr(at + name.size() + 1);
      value = value.substr(0, value.find('\r'));
      return value.substr(std::min(value.find_first_not_of(' '), value.size()));
    }
  }
  return {};
}

/// Of the answer at the front; 0 when that can't be told yet.
std::size_t whole_size(std::string_view bytes) {
  auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos)
    return 0;
  auto length = field_of(bytes.substr(0, end + 2), "content-length");
  return end + 4 + (length.empty() ? 0 : std::strtoull(std::string{length}.c_str(), nullptr, 10));
}

} // namespace

http_load::http_load(std::uint16_t port, std::size_t connections)
    : port_(port), epoll_(::epoll_create1(EPOLL_CLOEXEC)), all_(connections) {
  for (std::size_t i = 0; i < all_.size(); ++i)
    connect(i);
}

http_load::~http_load() {
  for (auto& c : all_)
    ::close(c.descriptor);
  ::close(epoll_);
}

void http_load::connect(std::size_t which) {
  auto& c = all_[which];
  if (c.descriptor >= 0)
    ::close(c.descriptor);
  c.descriptor = connect_to(port_);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = which;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, c.descriptor, &event);
}

void http_load::ask(std::size_t which) {
  if (::send(all_[which].descriptor, request_.data(), request_.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request_.size()))
    throw std::runtime_error("a request could not be sent");
}

bool http_load::read(std::size_t which, unsigned status) {
  static thread_local std::vector<char> buffer(buffer_bytes);
  auto& c = all_[which];
  auto size = ::recv(c.descriptor, buffer.data(), buffer.size(), 0);
  if (size <= 0)
    throw std::runtime_error("the server closed a connection in the middle of an answer");
  c.unread.append(buffer.data(), static_cast<std::size_t>(size));
  auto whole = whole_size(c.unread);
  if (whole == 0 || whole > c.unread.size())
    return false;
  if (!c.unread.starts_with("HTTP/1.1 " + std::to_string(status)))
    throw std::runtime_error("the server answered " + c.unread.substr(0, c.unread.find('\r')));
  if (field_of(c.unread, "connection") == "close")
    connect(which); // servers bound how many requests a connection may bring
  c.unread.clear();
  return true;
}

http_load::outcome http_load::run(const std::string& path, const std::string& fields, unsigned status,
                                  std::chrono::milliseconds length) {
  request_ = make_request(path, fields);
  outcome out;
  auto cpu = own_cpu_seconds();
  auto began = steady::now();
  for (std::size_t i = 0; i < all_.size(); ++i)
    ask(i);
  std::vector<epoll_event> events(all_.size());
  for (auto under_way = all_.size(); under_way > 0;) {
    int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10'000);
    if (count <= 0)
      throw std::runtime_error("the server doesn't answer any more");
    bool go_on = steady::now() - began < length;
    for (int i = 0; i < count; ++i) {
      auto which = events[static_cast<std::size_t>(i)].data.u64;
      if (!read(which, status))
        continue;
      ++out.answers;
      if (go_on)
        ask(which);
      else
        --under_way;
    }
  }
  out.seconds = std::chrono::duration<double>(steady::now() - began).count();
  out.cpu_seconds = own_cpu_seconds() - cpu;
  return out;
}

std::string http_load::answer::field(std::string_view name) const { return std::string{field_of(head, name)}; }

http_load::answer http_load::get(std::uint16_t port, const std::string& path) {
  int socket = connect_to(port);
  auto request = make_request(path, "");
  std::string got;
  std::vector<char> buffer(buffer_bytes);
  (void)::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  for (std::size_t whole = 0; whole == 0 || got.size() < whole; whole = whole_size(got)) {
    auto size = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (size <= 0)
      break;
    got.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(socket);
  auto end = std::min(got.find("\r\n\r\n"), got.size());
  return {got.substr(0, end + 2), got.substr(std::min(end + 4, got.size()))};
}

} // namespace charter::bench
