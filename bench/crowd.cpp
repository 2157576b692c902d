#include "bench/crowd.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace charter::bench {

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t events_per_turn = 512;
constexpr std::size_t unread_bytes_max = 64 * 1024 * 1024;
constexpr std::uint8_t fin = 0x80;
constexpr std::uint8_t opcode_text = 1, opcode_binary = 2, opcode_close = 8, opcode_ping = 9, opcode_pong = 10;

[[noreturn]] void fail(const std::string& what, int error = 0) {
  throw std::runtime_error("crowd: " + what + (error ? std::string{": "} + std::strerror(error) : std::string{}));
}

/// What stands behind `key`; 0 if nothing does.
std::size_t number_after(std::string_view text, std::string_view key) {
  std::size_t number = 0;
  if (auto at = text.find(key); at != text.npos)
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(), number);
  return number;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

} // namespace

void crowd::ssl_free::operator()(ssl_st* tls) const { SSL_free(tls); }
void crowd::context_free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::string client_frame(std::uint8_t first, std::string_view payload, std::optional<std::uint64_t> promised) {
  constexpr std::uint8_t masked = 0x80;
  auto size = promised.value_or(payload.size());
  auto width = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
  std::string frame;
  frame.reserve(payload.size() + 14);
  frame += static_cast<char>(first);
  frame += static_cast<char>(masked | (width == 0 ? size : width == 2 ? 126u : 127u));
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8)
    frame += static_cast<char>(size >> shift);
  frame.append(4, '\0');
  return frame.append(payload);
}

crowd::crowd(server to) : to_(to), epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(buffer_bytes) {
  if (epoll_ < 0)
    fail("no epoll", errno);
  if (to.tls)
    context_.reset(SSL_CTX_new(TLS_client_method()));
}

crowd::~crowd() {
  for (auto& p : places_)
    close(p);
  ::close(epoll_);
}

// -- members ----------------------------------------------------------------------------------

crowd::member crowd::open(upgrade asked) {
  places_.emplace_back();
  places_.back().asked = upgrades_.size();
  upgrades_.push_back(std::move(asked));
  connect(places_.size() - 1);
  return places_.size() - 1;
}

void crowd::reopen(member who) {
  leave(who);
  connect(who);
}

void crowd::connect(member who) {
  auto& p = places_[who];
  p.descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (p.descriptor < 0)
    fail("no socket", errno);
  int on = 1;
  ::setsockopt(p.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (int size = static_cast<int>(to_.segment_bytes); size > 0)
    ::setsockopt(p.descriptor, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof size);
  if (!to_.from.empty()) {
    sockaddr_in own{};
    own.sin_family = AF_INET;
    if (::inet_pton(AF_INET, to_.from.c_str(), &own.sin_addr) != 1 ||
        ::bind(p.descriptor, reinterpret_cast<sockaddr*>(&own), sizeof own) < 0)
      fail("can't call from " + to_.from, errno);
  }
  auto address = loopback(to_.port);
  if (::connect(p.descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 && errno != EINPROGRESS)
    fail("can't connect", errno);
  p.now = phase::connecting;
  ++p.life;
  epoll_event event{};
  event.events = p.events = EPOLLOUT;
  event.data.u64 = who;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, p.descriptor, &event) < 0)
    fail("epoll refuses a socket", errno);
}

void crowd::leave(member who) {
  // Without the reset each connection would leave a port behind that can't be used again for a minute.
  linger reset{1, 0};
  auto& p = places_[who];
  if (p.descriptor >= 0)
    ::setsockopt(p.descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  close(p);
}

void crowd::close(place& p) {
  p.tls.reset();
  if (p.descriptor >= 0)
    ::close(p.descriptor);
  p.descriptor = -1;
  p.now = phase::away;
  p.unread.clear();
  p.unsent.clear();
}

void crowd::lose(member who, const std::string& why, std::chrono::milliseconds retry_after) {
  leave(who);
  if (!lost)
    fail("member " + std::to_string(who) + " lost its connection: " + why);
  lost(who, why, retry_after);
}

void crowd::pause(member who) { await(who, 0); }
void crowd::resume(member who) { await(who, EPOLLIN); }

void crowd::await(member who, std::uint32_t events) {
  auto& p = places_[who];
  if (p.events == events)
    return;
  epoll_event event{};
  event.events = p.events = events;
  event.data.u64 = who;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, p.descriptor, &event);
}

// -- events -------------------------------------------------------------------------------------

std::size_t crowd::turn(std::chrono::milliseconds wait) {
  events_.resize(events_per_turn);
  int count = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), static_cast<int>(wait.count()));
  for (int i = 0; i < count; ++i)
    on_event(events_[static_cast<std::size_t>(i)].data.u64, events_[static_cast<std::size_t>(i)].events);
  return static_cast<std::size_t>(std::max(count, 0));
}

void crowd::on_event(member who, std::uint32_t events) {
  auto& p = places_[who];
  switch (p.now) {
    case phase::away: return;
    case phase::connecting: {
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(p.descriptor, SOL_SOCKET, SO_ERROR, &error, &size);
      if (error != 0)
        return lose(who, std::strerror(error));
      if (to_.tls) {
        p.tls.reset(SSL_new(context_.get()));
        SSL_set_fd(p.tls.get(), p.descriptor);
        p.now = phase::shaking_hands;
        return shake_hands(who);
      }
      return ask_for_upgrade(who);
    }
    case phase::shaking_hands: return shake_hands(who);
    case phase::upgrading:
    case phase::open: break;
  }
  if (events & EPOLLOUT)
    put(who, {});
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && p.now != phase::away)
    read(who);
}

void crowd::shake_hands(member who) {
  auto& p = places_[who];
  auto outcome = SSL_connect(p.tls.get());
  if (outcome == 1)
    return ask_for_upgrade(who);
  auto error = SSL_get_error(p.tls.get(), outcome);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
    return lose(who, "the TLS handshake failed");
  await(who, error == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
}

void crowd::ask_for_upgrade(member who) {
  auto& p = places_[who];
  auto& asked = upgrades_[p.asked];
  p.now = asked.path.empty() ? phase::open : phase::upgrading;
  await(who, EPOLLIN);
  if (asked.path.empty())
    return;
  // The key of RFC 6455's example: nobody here has to prove anything.
  std::string request = "GET " + asked.path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(to_.port) +
                        "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  if (!asked.subprotocol.empty())
    request += "Sec-WebSocket-Protocol: " + asked.subprotocol + "\r\n";
  if (!asked.token.empty())
    request += "Authorization: Bearer " + asked.token + "\r\n";
  if (!asked.extensions.empty())
    request += "Sec-WebSocket-Extensions: " + asked.extensions + "\r\n";
  put(who, request + "\r\n");
}

// -- writing ------------------------------------------------------------------------------------

void crowd::say(member who, std::string_view payload, bool binary) {
  put(who, client_frame(fin | (binary ? opcode_binary : opcode_text), payload));
}

void crowd::put(member who, std::string_view bytes) {
  auto& p = places_[who];
  if (!p.unsent.empty()) {
    p.unsent += bytes;
    bytes = p.unsent;
  }
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    auto size = write_some(p, bytes.substr(sent));
    if (size < 0)
      return lose(who, "it can't be written to");
    if (size == 0)
      break;
    sent += static_cast<std::size_t>(size);
  }
  bool all = sent == bytes.size();
  p.unsent = all ? std::string{} : std::string{bytes.substr(sent)};
  if (!all || p.events & EPOLLOUT)
    await(who, all ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

std::ptrdiff_t crowd::write_some(place& p, std::string_view bytes) {
  if (p.tls) {
    std::size_t size = 0;
    if (SSL_write_ex(p.tls.get(), bytes.data(), bytes.size(), &size) == 1)
      return static_cast<std::ptrdiff_t>(size);
    return SSL_get_error(p.tls.get(), 0) == SSL_ERROR_WANT_WRITE ? 0 : -1;
  }
  auto size = ::send(p.descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return size < 0 && errno == EAGAIN ? 0 : size;
}

// -- reading ------------------------------------------------------------------------------------

void crowd::read(member who) {
  auto life = places_[who].life;
  for (;;) {
    auto& p = places_[who]; // members may be added while one is handled
    auto size = read_some(p, buffer_);
    read_at_ = std::chrono::steady_clock::now();
    if (size < 0)
      return lose(who, "the server closed it");
    if (size == 0)
      return;
    digest(who, {buffer_.data(), static_cast<std::size_t>(size)});
    auto& after = places_[who];
    bool is_over = after.life != life || after.now == phase::away;
    // Epoll tells again of what is left, but not of what TLS has taken from the socket already.
    if (is_over || !after.tls)
      return;
  }
}

std::ptrdiff_t crowd::read_some(place& p, std::span<char> into) {
  if (p.tls) {
    std::size_t size = 0;
    if (SSL_read_ex(p.tls.get(), into.data(), into.size(), &size) == 1)
      return static_cast<std::ptrdiff_t>(size);
    return SSL_get_error(p.tls.get(), 0) == SSL_ERROR_WANT_READ ? 0 : -1;
  }
  auto size = ::recv(p.descriptor, into.data(), into.size(), 0);
  if (size == 0)
    return -1;
  return size < 0 && errno == EAGAIN ? 0 : size;
}

void crowd::digest(member who, std::string_view bytes) {
  auto life = places_[who].life;
  if (upgrades_[places_[who].asked].path.empty())
    return;
  std::string joined;
  if (auto& unread = places_[who].unread; !unread.empty()) {
    joined = std::move(unread);
    unread.clear();
    joined += bytes;
    bytes = joined;
  }
  while (!bytes.empty()) {
    auto used = places_[who].now == phase::upgrading ? take_answer(who, bytes) : take_frame(who, bytes);
    auto& p = places_[who];
    if (p.life != life || p.now == phase::away)
      return;
    bytes.remove_prefix(used);
    if (used == 0) {
      if (bytes.size() > unread_bytes_max)
        fail("the server sends a message of over 64 MiB");
      p.unread = bytes;
      return;
    }
  }
}

std::size_t crowd::take_answer(member who, std::string_view bytes) {
  auto end = bytes.find("\r\n\r\n");
  if (end == bytes.npos)
    return 0;
  if (!bytes.starts_with("HTTP/1.1 101")) {
    if (bytes.size() < end + 4 + number_after(bytes.substr(0, end), "\r\nContent-Length: "))
      return 0;
    lose(who, "the upgrade was answered with " + std::string{bytes.substr(0, bytes.find('\r'))},
         std::chrono::milliseconds{number_after(bytes.substr(end), "\"retry_after_ms\":")});
    return 0;
  }
  places_[who].now = phase::open;
  if (opened)
    opened(who);
  return end + 4;
}

std::size_t crowd::take_frame(member who, std::string_view bytes) {
  if (bytes.size() < 2)
    return 0;
  auto byte_at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  std::size_t size = byte_at(1), head = 2;
  if (size >= 126) {
    head = size == 126 ? 4 : 10;
    if (bytes.size() < head)
      return 0;
    size = 0;
    for (std::size_t i = 2; i < head; ++i)
      size = size << 8 | byte_at(i);
  }
  if (bytes.size() - head < size)
    return 0;
  if ((byte_at(0) & 0xf0) != 0x80)
    fail("the server sends fragments, or uses an extension that wasn't asked for");
  auto payload = bytes.substr(head, size);
  switch (byte_at(0) & 0x0f) {
    case opcode_text:
    case opcode_binary:
      if (received)
        received(who, payload);
      break;
    case opcode_ping: put(who, client_frame(fin | opcode_pong, payload)); break;
    case opcode_close:
      lose(who, "the server said goodbye: " + std::string{payload.substr(std::min<std::size_t>(2, size))});
      break;
    default: break;
  }
  return head + size;
}

} // namespace charter::bench
