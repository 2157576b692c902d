#pragma once
// What happened at each bound, and how much goes through: read by the metrics page, and by tests.
//
// Any thread counts and reads; the figures are independent of each other (relaxed atomics).

#include <array>
#include <atomic>
#include <cstdint>

#include "domain/codec/fields.hpp"

namespace charter::net {

/// Names are the metrics' names: append, don't rename. The first six are levels, which go down again.
enum class counter : std::uint8_t {
  connections,      ///< level: open sockets
  sessions,         ///< level: open WebSocket sessions
  outbox_bytes,     ///< level: unsent, shared buffers counted once per socket
  inbox_bytes,      ///< level: unfinished messages and requests
  mailbox_tasks,    ///< level: waiting for I/O threads
  upgrades_waiting, ///< level: for their turn, when many come at once
  accepted,
  refused_full,        ///< over connections_max, or no file descriptor left
  refused_per_address, ///< over the bound or the rate of one address
  tls_failed,
  http_requests,
  http_errors,   ///< answered by the transport itself: 400, 405, 413, 431 …
  http_timeouts, ///< header, body or response too late
  upgrades_refused,
  messages_received,
  message_bytes_received,
  messages_over_rate,
  messages_sent,
  pushes_sent,
  pushes_dropped,         ///< outbox over the live bound
  outbox_cuts,            ///< sessions that went over the live bound
  outbox_overflows,       ///< connections cut at outbox_bytes_max
  outbox_stalls,          ///< connections cut because nobody read
  inbox_refused,          ///< no memory for unfinished messages
  mailbox_refused,        ///< `send` or `publish` answered false
  closed_protocol_error,  ///< 1002
  closed_unsupported,     ///< 1003
  closed_invalid_payload, ///< 1007
  closed_policy,          ///< 1008
  closed_too_big,         ///< 1009
  closed_silent,          ///< no answer to a ping
  bytes_written,
  writes,             ///< system calls or TLS records
  messages_deflated,  ///< compressed; each once, however many sockets it went to
  deflate_bytes_in,   ///< payload of those, before
  deflate_bytes_out,  ///< and after
  upgrades_delayed,   ///< waited for their turn
  upgrades_postponed, ///< answered 503 with a time to come back at
};
CHARTER_ENUM(counter, 0, connections, sessions, outbox_bytes, inbox_bytes, mailbox_tasks, upgrades_waiting, accepted,
             refused_full, refused_per_address, tls_failed, http_requests, http_errors, http_timeouts, upgrades_refused,
             messages_received, message_bytes_received, messages_over_rate, messages_sent, pushes_sent, pushes_dropped,
             outbox_cuts, outbox_overflows, outbox_stalls, inbox_refused, mailbox_refused, closed_protocol_error,
             closed_unsupported, closed_invalid_payload, closed_policy, closed_too_big, closed_silent, bytes_written,
             writes, messages_deflated, deflate_bytes_in, deflate_bytes_out, upgrades_delayed, upgrades_postponed)

inline constexpr std::size_t counter_count = enum_names(counter{}).size();
constexpr bool is_level(counter c) { return c <= counter::upgrades_waiting; }

class counters {
public:
  void add(counter c, std::uint64_t n = 1) { values_[index(c)].fetch_add(n, std::memory_order_relaxed); }
  void sub(counter c, std::uint64_t n = 1) { values_[index(c)].fetch_sub(n, std::memory_order_relaxed); }
  std::uint64_t operator[](counter c) const { return values_[index(c)].load(std::memory_order_relaxed); }

private:
  static constexpr std::size_t index(counter c) { return static_cast<std::size_t>(c); }
  std::array<std::atomic<std::uint64_t>, counter_count> values_{};
};

} // namespace charter::net
