#pragma once
// Who may open a WebSocket session now. After a failed network or server all clients come back within seconds; each of
// them costs as much as a hundred pushes, and those who are there wait in the same queues.
//
// One line per I/O thread, in the order in which they came. How fast it moves depends on how late everything else is:
// nothing late and somebody waiting, and the rate grows; something too late, and the line moves at its slowest pace,
// and the rate is less afterwards. When the line is full, whoever comes is told a time of its own to come back at, as
// many a second as are let in, so that the same crowd doesn't come all at once again.
//
// Belongs to its I/O thread. No I/O, no clock: the thread says what time it is and how late things are.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

#include "net/limits.hpp"
#include "net/rate_limiter.hpp"
#include "net/server.hpp"

namespace charter::net {

class arrivals {
public:
  explicit arrivals(const transport_limits& bounds);

  enum class verdict {
    welcome,  ///< may open its session now
    waits,    ///< `next` gives it when it may
    postponed ///< is to come back after `postpone`
  };
  verdict come(session_number who, monotonic now);
  /// The next one whose turn it is; then it doesn't wait any more.
  std::optional<session_number> next(monotonic now);
  /// It is gone, or has waited for too long. False if it isn't in the line.
  bool leave(session_number who);

  /// For one who can't be taken: when to come back. No two are told the same time.
  std::chrono::milliseconds postpone(monotonic now);

  /// How late everything is: 1 is as late as may be.
  void report(double lateness, monotonic now);

  std::size_t waiting() const { return line_.size(); }
  bool is_late() const { return late_; }
  double per_second() const { return rate_; }

private:
  /// Whether one more may go ahead now.
  bool take(monotonic now);
  std::chrono::duration<double> wait_of(std::size_t place) const;

  double slowest_, fastest_;
  std::size_t waiting_max_;
  std::chrono::duration<double> wait_max_;
  double rate_;
  bool late_ = false;
  rate_bucket bucket_, slow_bucket_;
  monotonic changed_at_{};
  std::map<std::uint64_t, session_number> line_; ///< by ticket
  std::map<session_number, std::uint64_t> tickets_;
  std::uint64_t next_ticket_ = 0;
  monotonic promised_{}; ///< the last time that somebody was told
};

} // namespace charter::net
