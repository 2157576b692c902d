#pragma once
// What the layer above asks of whoever holds sessions: sockets (net/server.hpp), or callers in the same process
// (net/local_door.hpp).

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "net/frame.hpp"

namespace charter::net {

/// Names one session for the life of the node; never used again. The top byte is the I/O thread.
using session_number = std::uint64_t;
constexpr int io_thread_shift = 56;
constexpr std::size_t io_thread_of(session_number session) { return session >> io_thread_shift; }

/// A live push: frames of one stream that may be dropped when a reader is too slow. The numbers mean nothing to the
/// transport; they come back in `handler::dropped`, so that the layer above can say which items are missing.
struct push {
  shared_frame frames;
  std::uint64_t stream = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// From any thread; hands over to the owning one.
class transport {
public:
  virtual ~transport() = default;

  /// An answer or a notification that must not be dropped: queued whatever the live bound says; over
  /// `outbox_bytes_max` the connection is cut. False: the mailbox is full and nothing was sent. A closed session
  /// swallows it.
  virtual bool send(session_number session, shared_frame message) = 0;

  /// The same push to many sessions of one I/O thread: one task, and for a socket that isn't behind one `send`.
  /// False: the mailbox is full, and nobody got it.
  virtual bool publish(std::size_t io_thread, push what, std::shared_ptr<const std::vector<session_number>> to) = 0;

  /// Begins the closing handshake after what was sent before.
  virtual void close(session_number session, std::uint16_t code, std::string_view reason) = 0;
};

} // namespace charter::net
