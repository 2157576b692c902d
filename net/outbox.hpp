#pragma once
// What waits to be written to one socket, in order. Everything that a socket sends goes through here, so frames never
// interleave; while it is empty, bytes may go to the socket directly.
//
// Belongs to one connection, on its I/O thread. Holds references to shared buffers, not copies. Bounds in bytes are the
// connection's to check (`bytes`); the bound in time is kept here: each buffer gets a deadline that allows for what
// waits ahead of it at the slowest rate that counts as reading.

#include <memory>
#include <vector>

#include <sys/uio.h>

#include "net/frame.hpp"
#include "net/limits.hpp"
#include "net/rate_limiter.hpp"

namespace charter::net {

class outbox {
public:
  bool empty() const { return first_ == waiting_.size(); }
  std::size_t bytes_waiting() const { return bytes_; } ///< unsent

  /// Appends what is left of `data` after `sent` bytes of it.
  void append(shared_bytes data, std::size_t sent, monotonic now, const transport_limits& bounds);

  /// Fills `parts` with the front of what waits; returns how many were filled.
  std::size_t gather(std::span<iovec> parts) const;
  /// The socket took `sent` bytes.
  void consume(std::size_t sent);

  /// When the first buffer has to be gone; only when not empty.
  monotonic deadline() const { return waiting_[first_].deadline; }
  void clear();

private:
  struct entry {
    shared_bytes data;
    std::size_t sent;
    monotonic deadline;
  };
  std::vector<entry> waiting_; ///< entries before first_ are done with
  std::size_t first_ = 0;
  std::size_t bytes_ = 0;
};

} // namespace charter::net
