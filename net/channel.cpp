#include "net/channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace charter::net {

namespace {

constexpr std::size_t tls_record_max = 16 * 1024;

/// The front of `parts` as one stretch of at most a TLS record: without copying when the first part is long enough.
std::span<const std::uint8_t> front_record(std::span<const iovec> parts, std::size_t skip,
                                           std::array<std::uint8_t, tls_record_max>& scratch) {
  while (!parts.empty() && skip >= parts.front().iov_len) {
    skip -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (parts.empty())
    return {};
  auto* first = static_cast<const std::uint8_t*>(parts.front().iov_base) + skip;
  auto first_size = parts.front().iov_len - skip;
  if (parts.size() == 1 || first_size >= scratch.size())
    return {first, std::min(first_size, scratch.size())};
  std::size_t size = 0;
  for (auto& part : parts) {
    auto taken = std::min(part.iov_len - skip, scratch.size() - size);
    std::memcpy(scratch.data() + size, static_cast<const std::uint8_t*>(part.iov_base) + skip, taken);
    size += taken;
    skip = 0;
  }
  return {scratch.data(), size};
}

} // namespace

void channel::tls_free::operator()(ssl_st* tls) const { SSL_free(tls); }

channel::channel(int descriptor, ssl_ctx_st* context) : descriptor_(descriptor) {
  if (!context)
    return;
  tls_.reset(SSL_new(context));
  if (tls_) {
    SSL_set_fd(tls_.get(), descriptor);
    SSL_set_accept_state(tls_.get());
  }
}

io_state channel::handshake() {
  if (!tls_)
    return io_state::done;
  ERR_clear_error();
  auto outcome = SSL_do_handshake(tls_.get());
  if (outcome == 1)
    return io_state::done;
  spoke_http_ = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
  return tls_state(outcome);
}

io_state channel::tls_state(int outcome) {
  auto state = io_state::failed;
  switch (SSL_get_error(tls_.get(), outcome)) {
    case SSL_ERROR_NONE: state = io_state::done; break;
    case SSL_ERROR_WANT_READ: state = io_state::wants_read; break;
    case SSL_ERROR_WANT_WRITE: state = io_state::wants_write; break;
    case SSL_ERROR_ZERO_RETURN: state = io_state::ended; break;
    default: break;
  }
  ERR_clear_error();
  return state;
}

io_result channel::read(std::span<std::uint8_t> into) {
  if (tls_) {
    ERR_clear_error();
    std::size_t size = 0;
    auto outcome = SSL_read_ex(tls_.get(), into.data(), into.size(), &size);
    return {outcome == 1 ? io_state::done : tls_state(outcome), size};
  }
  ssize_t size;
  do
    size = ::recv(descriptor_, into.data(), into.size(), MSG_DONTWAIT);
  while (size < 0 && errno == EINTR);
  if (size > 0)
    return {io_state::done, static_cast<std::size_t>(size)};
  if (size == 0)
    return {io_state::ended};
  return {errno == EAGAIN || errno == EWOULDBLOCK ? io_state::wants_read : io_state::failed};
}

io_result channel::write(std::span<const iovec> parts) { return tls_ ? write_tls(parts) : write_plain(parts); }

io_result channel::write_plain(std::span<const iovec> parts) {
  std::size_t total = 0;
  for (auto& part : parts)
    total += part.iov_len;
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  ssize_t size;
  do // `send` is the cheaper call
    size = parts.size() == 1
               ? ::send(descriptor_, parts.front().iov_base, parts.front().iov_len, MSG_DONTWAIT | MSG_NOSIGNAL)
               : ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    return {errno == EAGAIN || errno == EWOULDBLOCK ? io_state::wants_write : io_state::failed};
  auto sent = static_cast<std::size_t>(size);
  return {sent == total ? io_state::done : io_state::wants_write, sent};
}

io_result channel::write_tls(std::span<const iovec> parts) {
  // After a partial write OpenSSL has the record sealed already and wants to see the same bytes again. It does: what
  // waits only ever grows at its end, and a record is cut from its front by the same rule.
  static thread_local std::array<std::uint8_t, tls_record_max> scratch;
  std::size_t sent = 0;
  for (;;) {
    auto record = front_record(parts, sent, scratch);
    if (record.empty())
      return {io_state::done, sent};
    ERR_clear_error();
    std::size_t size = 0;
    auto outcome = SSL_write_ex(tls_.get(), record.data(), record.size(), &size);
    sent += size;
    if (outcome != 1) {
      auto state = tls_state(outcome);
      return {state == io_state::ended ? io_state::failed : state, sent};
    }
  }
}

bool channel::has_pending() const { return tls_ && SSL_pending(tls_.get()) > 0; }

bool channel::peer_is_gone() const {
  char next;
  auto size = ::recv(descriptor_, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

void channel::finish_writing() {
  if (tls_ && SSL_is_init_finished(tls_.get())) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
    ERR_clear_error();
  }
  ::shutdown(descriptor_, SHUT_WR);
}

} // namespace charter::net
