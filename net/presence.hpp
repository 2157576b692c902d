#pragma once
// Presence: who of those that somebody looks at is here. Soft state, never stored; after a restart it comes back as
// people look again.
//
// Its cost grows with those who are looked at: a gateway reports a user only while somebody watches that user, and
// changes go out together, once a second.
//
// All other nodes together are one more gateway, the far one. It is told only of sockets here, and asked only for whom
// sockets here watch; else nodes would tell each other what they heard from each other, and it would never end.

#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "domain/ids.hpp"
#include "net/hub.hpp"
#include "net/methods/presence_params.hpp"

namespace charter::net {

/// In the place of an I/O thread.
inline constexpr std::size_t far_gateway = static_cast<std::size_t>(-1);

/// From a gateway: somebody there watches this user, or nobody any more.
struct watch_presence {
  std::size_t io_thread = 0;
  user_id user;
  bool on = true;
};
/// From a gateway: how that user is there, of all the user's sockets the most present.
struct report_presence {
  std::size_t io_thread = 0;
  user_id user;
  availability state = availability::offline;
};
/// To a gateway: report this user, now and whenever it changes; or no more.
struct presence_wanted {
  user_id user;
  bool on = true;
};
/// To a gateway: how users whom it watches are now.
struct presence_changes {
  std::vector<presence_view> users;
};
struct presence_flush {}; ///< INTERNAL

/// PRESENCE. Restart: gateways join and watch again.
using presence_actor =
    caf::typed_actor<caf::reacts_to<watch_presence>, caf::reacts_to<report_presence>,
                     // A gateway makes itself known.
                     caf::reacts_to<join_hub, caf::strong_actor_ptr>, caf::reacts_to<presence_flush>>;

presence_actor spawn_presence(caf::actor_system& system);

} // namespace charter::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::watch_presence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::report_presence)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::presence_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::presence_changes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::presence_flush)
