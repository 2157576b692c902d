#pragma once
// The figures of a run: totals, distributions, and a sample of each second. All latencies are microseconds, and count
// from the time at which something was due.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "apps/load/histogram.hpp"
#include "domain/result.hpp"

namespace charter::load {

struct totals {
  std::uint64_t posts = 0;      ///< acknowledged
  std::uint64_t deliveries = 0; ///< posts that came in live, at everybody
  std::uint64_t changes = 0;    ///< corrections and withdrawals that came in
  std::uint64_t messages = 0;   ///< of chats that came in
  std::uint64_t notices = 0;    ///< that came in
  std::uint64_t gaps = 0;       ///< told by the server
  std::uint64_t caught_up = 0;  ///< items that were asked for afterwards
  std::uint64_t connects = 0;   ///< that ended in listening
  std::uint64_t failed_connects = 0;
  std::uint64_t cut_by_server = 0;
  std::uint64_t mute = 0;        ///< connections that we cut since an answer didn't come
  std::uint64_t repeats = 0;     ///< commands sent again, on purpose or since the answer was lost
  std::uint64_t abandoned = 0;   ///< commands without any answer in the end
  std::uint64_t not_sent = 0;    ///< due while too many others waited for their answers
  std::uint64_t suspensions = 0; ///< acknowledged
  std::uint64_t complaints = 0;  ///< filed and decided
  std::uint64_t refusals = 0;    ///< answers that refused something
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  CHARTER_FIELDS(totals, posts, deliveries, changes, messages, notices, gaps, caught_up, connects, failed_connects,
                 cut_by_server, mute, repeats, abandoned, not_sent, suspensions, complaints, refusals, bytes_received,
                 bytes_sent)
};

/// What happened within one second.
struct second_sample {
  std::uint64_t posts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t messages = 0;
  std::uint64_t connects = 0;
  std::uint64_t gaps = 0;
  std::uint64_t refusals = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t online = 0; ///< listening, at its end
  std::uint64_t delivery_p50_us = 0;
  std::uint64_t delivery_p99_us = 0;
  std::uint64_t delivery_max_us = 0;
  std::uint64_t reconnect_max_us = 0;
  double own_cpu = 0; ///< cores' worth that the load generator used
  CHARTER_FIELDS(second_sample, posts, deliveries, messages, connects, gaps, refusals, bytes_received, online,
                 delivery_p50_us, delivery_p99_us, delivery_max_us, reconnect_max_us, own_cpu)
};

/// Something to show in a plot.
struct mark {
  double at_s = 0;
  std::string what;
};

class measurements {
public:
  totals all;
  histogram delivery;                       ///< of posts, at those who read
  histogram delivery_slow;                  ///< at those who had stopped reading
  histogram message;                        ///< of chats
  histogram reconnect;                      ///< from wanting to be online to listening
  std::map<std::string, histogram> answers; ///< by method
  std::map<errc, std::uint64_t> refused;
  std::map<std::string, std::uint64_t> lost_connections; ///< by reason, those that nobody meant to lose
  std::vector<second_sample> seconds;
  std::vector<mark> marks;

  void delivered(std::uint64_t us, bool is_slow);
  void reconnected(std::uint64_t us);
  void answered(const std::string& method, std::uint64_t us) { answers[method].record(us); }
  void refusal(errc why);

  /// Ends a second, and begins the next one.
  const second_sample& tick(std::uint64_t online, double cpu_seconds);

private:
  totals before_;
  double cpu_before_ = 0;
  histogram this_second_;
  std::uint64_t reconnect_max_us_ = 0;
};

/// Since then, in microseconds; 0 for what is yet to come.
inline std::uint64_t since_us(std::chrono::steady_clock::time_point due, std::chrono::steady_clock::time_point now) {
  auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - due).count();
  return us > 0 ? static_cast<std::uint64_t>(us) : 0;
}

} // namespace charter::load
