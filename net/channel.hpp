#pragma once
// Bytes in and out of one non-blocking socket, plain or through TLS. The same calls for both, so nothing above knows.
//
// Belongs to one connection, on its I/O thread; doesn't own the descriptor. TLS runs straight on the descriptor, since
// that holds no buffers while idle and leaves kernel TLS possible. Never blocks, never throws.

#include <cstdint>
#include <memory>
#include <span>

#include <sys/uio.h>

struct ssl_st;
struct ssl_ctx_st;

namespace charter::net {

enum class io_state {
  done,
  wants_read,  ///< try again when readable
  wants_write, ///< try again when writable
  ended,       ///< the peer sends nothing more
  failed,      ///< the connection is of no use any more
};

struct io_result {
  io_state state;
  std::size_t size = 0; ///< bytes that went through, also when not `done`
};

class channel {
public:
  /// `context` null: plain.
  channel(int descriptor, ssl_ctx_st* context);

  bool is_secure() const { return tls_ != nullptr; }
  /// The server's half of the TLS handshake; `done` at once when plain.
  io_state handshake();
  /// After a failed handshake: did the peer speak plain HTTP to us?
  bool spoke_http() const { return spoke_http_; }

  io_result read(std::span<std::uint8_t> into);
  /// Writes from the front of `parts` until all is gone or the socket is full.
  io_result write(std::span<const iovec> parts);
  /// Bytes that were read from the socket, but not yet from here: no readiness will tell of them.
  bool has_pending() const;
  /// Has the peer hung up? For those from whom nothing is read at the moment.
  bool peer_is_gone() const;
  /// Tells the peer that nothing more will come.
  void finish_writing();

private:
  io_result write_plain(std::span<const iovec> parts);
  io_result write_tls(std::span<const iovec> parts);
  io_state tls_state(int outcome);

  struct tls_free {
    void operator()(ssl_st* tls) const;
  };
  int descriptor_;
  bool spoke_http_ = false;
  std::unique_ptr<ssl_st, tls_free> tls_;
};

} // namespace charter::net
