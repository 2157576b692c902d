#pragma once
// Presence across nodes: stands for the gateways of all other nodes at this node's presence (net/presence.hpp), and for
// this node's sockets at theirs.
//
// Only what somebody watches goes over links: a node asks the others for the users whom its own sockets watch, and
// tells of those whom the others' sockets watch. All of it is soft: whom we couldn't tell something, and whose link
// came up, may know nothing, so everything is said and asked for anew; of a node that can't be heard everybody is
// offline.

#include <set>
#include <string>

#include "cluster/link_messages.hpp"
#include "net/presence.hpp"

namespace charter::node {

/// What is sent to that node from now on arrives.
struct node_up {
  std::string directory;
};
/// Nothing comes from it now.
struct node_silent {
  std::string directory;
};
/// Whom there are; who isn't among them has left.
struct nodes_are {
  std::set<std::string> directories;
};
struct presence_told {
  std::string from;
  cluster::told_presence what;
};
/// This node's presence was started again.
struct presence_restarted {};
struct tell_others {};  ///< INTERNAL
struct send_waiting {}; ///< INTERNAL

/// FAR PRESENCE. Restart: asks all nodes whom they watch, and watches anew.
using far_presence_actor =
    caf::typed_actor<caf::reacts_to<net::presence_wanted>, caf::reacts_to<net::presence_changes>,
                     caf::reacts_to<node_up>, caf::reacts_to<node_silent>, caf::reacts_to<nodes_are>,
                     caf::reacts_to<presence_told>, caf::reacts_to<presence_restarted>, caf::reacts_to<tell_others>,
                     caf::reacts_to<send_waiting>>;

struct far_presence_parts {
  std::function<net::presence_actor()> presence; ///< whoever that is now
  /// To one node. False: it didn't go.
  std::function<bool(const std::string& directory, cluster::told_presence what)> send;
  std::set<std::string> nodes; ///< all others
};
far_presence_actor spawn_far_presence(caf::actor_system& system, far_presence_parts parts);

} // namespace charter::node

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::node_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::node_silent)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::nodes_are)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::presence_told)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::presence_restarted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::tell_others)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::node::send_waiting)
