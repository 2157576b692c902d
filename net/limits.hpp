#pragma once
// Every bound and deadline of the transport, with its reason. Sizes are bytes, rates are per second.
//
// The defaults are what a public server wants; config may change them before `server::start`. What happens at a bound
// is said here and counted in net/counters.hpp (I12).

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace charter::net {

struct transport_limits {
  using seconds = std::chrono::seconds;
  using milliseconds = std::chrono::milliseconds;

  // -- connections: over them a connection is answered 503 and closed before anything is read ------------------------
  std::size_t connections_max = 18'000;            ///< `ulimit -n` is 20,000 on a stock machine
  std::size_t connections_per_address_max = 1'024; ///< a whole office behind one address still fits
  double accepts_per_address = 200;                ///< new connections per second and address
  double accepts_burst = 2'048;

  // -- HTTP ----------------------------------------------------------------------------------------------------------
  std::size_t header_bytes_max = 16 * 1024; ///< request line and fields; over it 431
  std::size_t body_bytes_max = 1024 * 1024; ///< over it 413
  milliseconds header_deadline =
      seconds(10); ///< from accept (TLS handshake included) or a request's first byte; then 408
  milliseconds body_deadline = seconds(60);         ///< from the end of the header; then 408
  milliseconds response_deadline = seconds(30);     ///< for the layer above; then 503
  milliseconds keep_alive = seconds(60);            ///< between two requests; then closed silently
  std::size_t requests_per_connection_max = 10'000; ///< then `Connection: close`, so that load balances anew

  // -- WebSocket upgrades per I/O thread, of which very many come at once after a fault (net/arrivals.hpp) -----------
  double upgrades_per_second_max = 1'500;            ///< half of what a core can take: those who are there come first
  double upgrades_per_second_min = 200;              ///< however late everything is: nobody waits for ever
  milliseconds answers_delay_max = milliseconds(25); ///< of the layer above; while it takes longer, upgrades wait
  milliseconds pushes_delay_max = milliseconds(150); ///< until a push is with its last socket; likewise
  std::size_t upgrades_waiting_max = 8'192;          ///< some 3 KiB each; over it 503 with a time to come back at
  milliseconds upgrade_wait_max = seconds(5);        ///< before clients give up; likewise

  // -- WebSocket reading ---------------------------------------------------------------------------------------------
  std::size_t message_bytes_max = 1024 * 1024; ///< over it close 1009
  std::size_t fragments_max = 64 * 1024;       ///< of one message; over it close 1008
  milliseconds message_deadline = seconds(60); ///< from a message's first byte to its last; then close 1008
  milliseconds ping_after = seconds(30);       ///< of silence, a ping is sent
  milliseconds pong_deadline = seconds(30);    ///< for any sign of life after it; then close 1001
  milliseconds close_deadline = seconds(3);    ///< for the peer's half of the closing handshake; then the socket goes
  double messages_rate = 50;                   ///< over it `received` says so, and the layer above answers rate_limited
  double messages_burst = 200;
  double flood_rate = 400; ///< messages and control frames; over it close 1008
  double flood_burst = 1'600;
  double inflated_rate = 1024 * 1024; ///< bytes that compressed messages of one address grow by, in one I/O thread:
  double inflated_burst = 4 * 1024 * 1024; ///<   a KiB may become a MiB of work; over it close 1008

  // -- outbox --------------------------------------------------------------------------------------------------------
  std::size_t outbox_live_bytes_max = 256 * 1024; ///< over it live pushes are dropped (`dropped`) and reading pauses
  std::size_t outbox_resume_bytes = 64 * 1024;    ///< at or under it again: `drained`
  std::size_t outbox_bytes_max = 8 * 1024 * 1024; ///< answers included; over it the connection is cut
  milliseconds outbox_age_max = seconds(60);      ///< a buffer that waits longer than this, and its size at
  std::size_t outbox_rate_min = 8 * 1024;         ///<   this rate, belongs to a dead reader: the connection is cut

  // -- memory per I/O thread -----------------------------------------------------------------------------------------
  std::size_t thread_outbox_bytes_max = 256 * 1024 * 1024; ///< unsent bytes of all sockets; over it live pushes drop,
  // and a connection over the live bound is cut
  std::size_t thread_inbox_bytes_max = 64 * 1024 * 1024; ///< unfinished messages, requests; over it 503 or close 1013
  std::size_t thread_tasks_max =
      1'000'000; ///< waiting in a thread's mailbox; over it `send` and `publish` answer false
};

} // namespace charter::net
