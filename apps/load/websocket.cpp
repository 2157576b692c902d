#include "apps/load/websocket.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "apps/client/endpoint.hpp"

namespace charter::load {

namespace {

constexpr std::size_t payload_bytes_max = 16 * 1024 * 1024;
constexpr std::size_t read_at_once = 256 * 1024;
constexpr std::size_t header_bytes_max = 16 * 1024;
constexpr int slow_receive_bytes = 4 * 1024;          // the kernel's buffer of who doesn't read
constexpr int receive_bytes = 1024 * 1024;            // and of who does again
constexpr std::string_view own_address = "127.0.0.2"; // exempt from the bounds of one address in config/trial.toml
constexpr std::string_view goodbye{"\x03\xe8", 2};    // 1000, normal

std::string sentence(int error) { return std::strerror(error); }

/// Of all sockets: only one is read at a time.
std::vector<char>& scratch() {
  static std::vector<char> buffer(read_at_once);
  return buffer;
}

client::failure wrong_here(std::string why) { return {client::cause::here, invalid("", std::move(why))}; }

} // namespace

network::network(event_loop& l)
    : loop(l), connect([this](connection::events& to) { return std::make_unique<websocket>(*this, to); }) {}

client::reply<done> resolve(std::string_view url, std::string_view from, network& out) {
  auto where = client::parse_endpoint(url);
  if (!where)
    return wrong_here(where.why().detail);
  if (where->tls)
    return wrong_here("the load generator speaks http:// only; put it on the near side of TLS");
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(where->host.c_str(), where->port.c_str(), &hints, &found) != 0)
    return client::unreachable(where->host + " has no IPv4 address");
  std::memcpy(&out.server, found->ai_addr, sizeof out.server);
  ::freeaddrinfo(found);
  out.authority = where->authority();
  out.from.sin_family = AF_INET;
  bool is_here = ntohl(out.server.sin_addr.s_addr) >> 24 == 127;
  auto address = from.empty() && is_here ? std::string{own_address} : std::string{from};
  if (!address.empty() && ::inet_pton(AF_INET, address.c_str(), &out.from.sin_addr) != 1)
    return wrong_here("--from takes an IPv4 address of this machine");
  return done{};
}

// -- beginning and ending -----------------------------------------------------------------

void websocket::open() {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0)
    return end("no socket: " + sentence(errno));
  int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (net_.from.sin_addr.s_addr != 0) {
    // The port is chosen at connect, among all that aren't in use to this server.
    ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&net_.from), sizeof net_.from) != 0)
      return end("can't call from there: " + sentence(errno));
  }
  ++net_.sockets;
  state_ = state::connecting;
  watched_ = EPOLLOUT;
  net_.loop.watch(descriptor_, watched_, *this);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&net_.server), sizeof net_.server) != 0 &&
      errno != EINPROGRESS)
    end("can't connect: " + sentence(errno));
}

void websocket::drop() {
  if (descriptor_ < 0)
    return;
  if (state_ != state::idle) {
    net_.loop.forget(descriptor_);
    --net_.sockets;
  }
  ::close(descriptor_);
  descriptor_ = -1;
}

void websocket::end(std::string_view why) {
  if (state_ == state::over)
    return;
  drop();
  state_ = state::over;
  in_ = {};
  out_ = {};
  to_.on_closed(why);
}

void websocket::cut() {
  if (state_ == state::over || state_ == state::idle)
    return;
  linger hard{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  end("cut");
}

void websocket::close() {
  if (state_ != state::open)
    return cut();
  write_frame(net::opcode::close, goodbye);
  if (state_ == state::open)
    state_ = state::closing;
}

// -- readiness ----------------------------------------------------------------------------

void websocket::set_events() {
  if (descriptor_ < 0)
    return;
  std::uint32_t wanted = (reads_ ? EPOLLIN : 0u) | (out_.empty() ? 0u : EPOLLOUT);
  if (wanted != watched_)
    net_.loop.change(descriptor_, watched_ = wanted);
}

void websocket::set_reading(bool reads) {
  reads_ = reads;
  if (state_ != state::open)
    return;
  auto& bytes = reads ? receive_bytes : slow_receive_bytes;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  set_events();
}

void websocket::on_ready(std::uint32_t events) {
  if (state_ == state::connecting)
    return on_connected();
  if (events & EPOLLOUT)
    flush();
  if (descriptor_ >= 0 && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
    read();
}

void websocket::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0)
    return end("can't connect: " + sentence(error));
  state_ = state::handshake;
  write(handshake_request(net_.authority));
  set_events();
}

// -- reading ------------------------------------------------------------------------------

void websocket::read() {
  auto& buffer = scratch();
  auto n = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n < 0)
    return end(sentence(errno));
  if (n == 0)
    return end(state_ == state::closing ? "closed" : "the server closed the connection");
  auto at = steady::now();
  std::string_view data{buffer.data(), static_cast<std::size_t>(n)};
  net_.bytes_received += data.size();
  std::string joined;
  if (!in_.empty()) {
    joined = std::move(in_);
    joined += data;
    data = joined;
  }
  auto used = take(data, at);
  if (state_ != state::over)
    in_ = data.substr(used);
}

/// The bytes that are done with.
std::size_t websocket::take(std::string_view data, instant at) {
  std::size_t used = 0;
  if (state_ == state::handshake)
    used = take_header(data);
  server_frame frame;
  while (state_ == state::open || state_ == state::closing) {
    auto what = read_frame(data.substr(used), payload_bytes_max, frame);
    if (what == frame_state::unfinished)
      break;
    if (what == frame_state::broken) {
      end("the server sent something that is no WebSocket frame of its own");
      break;
    }
    used += frame.size;
    take_frame(frame, at);
  }
  return used;
}

std::size_t websocket::take_header(std::string_view data) {
  auto size = data.find("\r\n\r\n");
  if (size == data.npos) {
    if (data.size() > header_bytes_max)
      end("the server's answer to the handshake doesn't end");
    return 0;
  }
  size += 4;
  if (!is_handshake_accepted(data.substr(0, size))) {
    end("the handshake was refused: " + std::string{data.substr(0, data.find('\r'))});
    return size;
  }
  state_ = state::open;
  to_.on_open();
  return size;
}

void websocket::take_frame(const server_frame& frame, instant at) {
  switch (frame.op) {
    case net::opcode::ping: return write_frame(net::opcode::pong, frame.payload);
    case net::opcode::pong: return;
    case net::opcode::close: {
      if (state_ == state::closing)
        return end("closed");
      std::string why{frame.payload.size() > 2 ? frame.payload.substr(2) : frame.payload};
      write_frame(net::opcode::close, frame.payload.substr(0, std::min<std::size_t>(frame.payload.size(), 2)));
      return end("the server says goodbye: " + why);
    }
    default: return to_.on_message(frame.payload, at);
  }
}

// -- writing ------------------------------------------------------------------------------

void websocket::send(std::string_view text) {
  if (state_ == state::open)
    write_frame(net::opcode::text, text);
}

void websocket::write_frame(net::opcode op, std::string_view payload) {
  std::string frame;
  frame.reserve(payload.size() + 14);
  net_.mask = net_.mask * 1664525u + 1013904223u; // any will do: masks protect proxies, of which there are none
  append_frame(frame, op, payload, net_.mask);
  write(frame);
}

/// An error shows itself at the next event, where closing is safe.
void websocket::write(std::string_view data) {
  if (out_.empty()) {
    auto n = ::send(descriptor_, data.data(), data.size(), MSG_NOSIGNAL);
    if (n > 0) {
      net_.bytes_sent += static_cast<std::uint64_t>(n);
      data.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  out_ += data;
  set_events();
}

void websocket::flush() {
  if (out_.empty())
    return;
  auto n = ::send(descriptor_, out_.data(), out_.size(), MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    return end(sentence(errno));
  if (n > 0) {
    net_.bytes_sent += static_cast<std::uint64_t>(n);
    out_.erase(0, static_cast<std::size_t>(n));
  }
  set_events();
}

} // namespace charter::load
