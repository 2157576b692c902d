#pragma once
// Pushes on their way from one I/O thread to its sockets, a few sockets at a time.
//
// A post to a thousand sockets takes milliseconds. In between the thread reads, answers and takes new mail, and what
// comes for a stream that is under way joins it: sockets that are still to be served get both as one buffer, those that
// were served come round again for the rest. So the busier a stream is, the more goes out with one `send`, nothing
// waits for the sake of joining, and no stream holds up another.
//
// Items of a stream reach every socket in order. Answers don't wait for pushes: they may overtake those that were there
// before them, and are never overtaken. Belongs to one I/O thread.

#include <deque>
#include <functional>
#include <unordered_map>

#include "net/mailbox.hpp"

namespace charter::net {

class fan_out {
public:
  using deliver_fn = std::function<void(session_number, const push&)>;

  explicit fan_out(deliver_fn deliver) : deliver_(std::move(deliver)) {}

  void add(publish_task task);
  /// Serves up to so many sockets, the streams in turns.
  void advance(std::size_t sockets);

  bool idle() const { return turns_.empty(); }
  /// Kept for sockets that are still to be served.
  std::size_t bytes() const { return bytes_; }

private:
  /// Neighbours in the audience who have had everything before `next`.
  struct stretch {
    std::size_t sockets;
    std::uint64_t next; ///< item
  };
  /// Items that one audience gets. It is gone through in a circle: the sockets that are still to be served follow each
  /// other from `at` on.
  struct sweep {
    std::shared_ptr<const std::vector<session_number>> to;
    std::deque<push> items;
    std::uint64_t first_item = 0; ///< the number of `items.front()`; counts from 0
    std::size_t at = 0;
    std::size_t left = 0; ///< sockets in `stretches`
    std::deque<stretch> stretches;
    std::vector<push> joined; ///< what the first stretch gets; empty: not made yet

    bool takes(const publish_task& task) const;
    void take(push what);
    void join();
    /// Moves on by one socket. Gives how many bytes are no longer needed.
    std::size_t step();
  };

  deliver_fn deliver_;
  std::unordered_map<std::uint64_t, std::deque<sweep>> streams_; ///< of each stream one after the other
  std::deque<std::uint64_t> turns_;                              ///< streams with something left
  std::size_t bytes_ = 0;
};

} // namespace charter::net
