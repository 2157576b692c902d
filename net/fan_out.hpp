#pragma once
// Pushes on their way from one I/O thread to its sockets, a few sockets at a time.
//
// A post to a thousand sockets takes milliseconds. In between the thread reads, answers and takes new mail, and what
// comes for a stream that is under way joins it: sockets that are still to be served get both as one buffer, those that
// were served come round again for the rest. So the busier a stream is, the more goes out with one `send`, nothing
// waits for the sake of joining, and no stream holds up another. Audiences change on the way: newcomers get what is
// pushed from then on, those who left what was pushed before.
//
// Items of a stream reach every socket in order. Answers don't wait for pushes: they may overtake those that were there
// before them, and are never overtaken. Belongs to one I/O thread.

#include <deque>
#include <functional>
#include <unordered_map>

#include "net/mailbox.hpp"
#include "net/rate_limiter.hpp"

namespace charter::net {

class fan_out {
public:
  using deliver_fn = std::function<void(session_number, const push&)>;

  explicit fan_out(deliver_fn deliver) : deliver_(std::move(deliver)) {}

  /// `now` comes back in `oldest`.
  void add(publish_task task, monotonic now = {});
  /// Serves up to so many sockets, the streams in turns.
  void advance(std::size_t sockets);

  bool idle() const { return turns_.empty(); }
  /// Of what is under way in the stream that has its turn next, when the oldest item was added. Not when idle.
  monotonic oldest() const { return streams_.at(turns_.front()).front().items.front().added; }
  /// Kept for sockets that are still to be served.
  std::size_t bytes() const { return bytes_; }

private:
  /// Neighbours in the audience who have had everything before `next`.
  struct stretch {
    std::size_t sockets;
    std::uint64_t next; ///< item
  };
  using sockets = std::vector<session_number>;
  struct item {
    push what;
    monotonic added;
  };
  /// Items that one audience gets. It is gone through in a circle: the sockets that are still to be served follow each
  /// other from `at` on.
  struct sweep {
    std::shared_ptr<const sockets> to;     ///< the audience of the last item
    std::shared_ptr<const sockets> circle; ///< the same in another order, maybe
    std::deque<item> items;
    std::uint64_t first_item = 0; ///< the number of `items.front()`; counts from 0
    std::size_t at = 0;
    std::size_t left = 0; ///< sockets in `stretches`
    std::deque<stretch> stretches;
    std::vector<push> joined; ///< what the first stretch gets; empty: not made yet

    bool continues(const push& what) const;
    void take(item next);
    void join();
    /// Moves on by one socket. Gives how many bytes are no longer needed.
    std::size_t step();
    std::size_t free_items();
    sweep part_for(std::shared_ptr<const sockets> those, std::uint64_t next) const;
  };
  struct difference {
    sockets left, came;
  };
  static difference changes(const sockets& before, const sockets& after);
  /// The last sweep goes on with another audience; those who left get their rest in sweeps before it.
  void change_audience(std::deque<sweep>& stream, std::shared_ptr<const sockets> to);

  deliver_fn deliver_;
  std::unordered_map<std::uint64_t, std::deque<sweep>> streams_; ///< of each stream one after the other
  std::deque<std::uint64_t> turns_;                              ///< streams with something left
  std::size_t bytes_ = 0;
};

} // namespace charter::net
