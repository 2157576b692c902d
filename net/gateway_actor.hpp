#pragma once
// The gateway's actor: sessions on the actors' side. One per I/O thread, so that a session's calls keep their order.
//
// It owns who each socket speaks for, which streams it hears, and the calls on their way. Detaching (log-out,
// revocation) and the end of a socket forget all three.

#include <memory>
#include <vector>

#include "net/call.hpp"
#include "net/hub.hpp"
#include "net/methods/table.hpp"
#include "net/presence.hpp"
#include "net/rate_limiter.hpp"
#include "net/rpc_codec.hpp"
#include "net/server.hpp"

namespace charter::net {

struct socket_opened {
  session_number session = 0;
  peer from;
  net::codec codec = net::codec::json;
};
struct socket_message {
  session_number session = 0;
  rpc_message message;
  bool over_rate = false;
};
/// Live pushes went nowhere; when there is room again the client hears of the gap.
struct socket_dropped {
  session_number session = 0;
  std::uint64_t stream = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};
struct socket_drained {
  session_number session = 0;
};
struct socket_closed {
  session_number session = 0;
};
/// POST /v1/rpc
struct http_rpc {
  std::shared_ptr<const http_request> request;
  responder respond;
};
/// From the transport, which wants to know how long messages wait here.
struct probe_mailbox {
  std::function<void()> back;
};
/// The hub or presence was started again: join, watch, and tell of the gap.
struct delivery_restarted {};
/// Tells every client that this server is about to stop, so that it reconnects elsewhere, with jitter.
struct say_draining {};
struct said_draining {};
struct gateway_status_request {};
struct gateway_status {
  std::uint64_t sockets = 0;
  std::uint64_t attached = 0;
  std::uint64_t streams = 0;
  std::uint64_t calls = 0; ///< on their way
};

/// GATEWAY (one per I/O thread). Restart: its sockets have to come again; the server closes them.
///
/// Untyped inside (calls keep a plain pointer to it); this is what it takes.
using gateway_actor =
    caf::typed_actor<caf::reacts_to<socket_opened>, caf::reacts_to<socket_message>, caf::reacts_to<socket_dropped>,
                     caf::reacts_to<socket_drained>, caf::reacts_to<socket_closed>, caf::reacts_to<http_rpc>,
                     caf::reacts_to<probe_mailbox>,
                     // From the hub, in the order of each stream.
                     caf::reacts_to<pushes>, caf::reacts_to<presence_wanted>, caf::reacts_to<presence_changes>,
                     caf::reacts_to<delivery_restarted>, caf::replies_to<say_draining>::with<said_draining>,
                     caf::replies_to<gateway_status_request>::with<gateway_status>>;

/// Bounds on what one peer may ask for.
struct gateway_limits {
  std::size_t calls_in_flight_per_socket = 64;
  rate calls_per_user{100, 400};
  rate logins_per_address{10.0 / 60, 10};
  rate identities_per_address{20.0 / 3600, 20};
  rate complaints_per_address{20.0 / 3600, 20};
  std::function<bool(std::string_view address)> exempt; ///< load generators in trial mode
};

struct gateway_parts {
  const gateway_services* services = nullptr;
  const method_table* methods = nullptr;
  transport* sessions = nullptr; ///< outlives the actor
  std::size_t io_thread = 0;
  std::function<hub_actor()> hub; ///< whoever that is now
  std::function<presence_actor()> presence;
  std::function<void(const typing&)> typing_elsewhere = [](auto&) {}; ///< for sockets of other nodes
  gateway_limits limits;
};
gateway_actor spawn_gateway(caf::actor_system& system, gateway_parts parts);

} // namespace charter::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::socket_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::socket_message)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::socket_dropped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::socket_drained)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::socket_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::http_rpc)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::probe_mailbox)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::delivery_restarted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::say_draining)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::said_draining)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::gateway_status_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::gateway_status)
