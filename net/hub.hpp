#pragma once
// The hub: turns durable changes into live pushes, each encoded once per codec and shared by all its sockets. What one
// commit brings for one stream leaves as one buffer.
//
// A stream is an entity: an account's posts, a chat's messages, a user's notices (and what concerns its chats), the
// desk. Gateways say which streams somebody listens to, and in which codec; what nobody hears is not encoded.

#include <array>
#include <memory>
#include <vector>

#include <caf/allowed_unsafe_message_type.hpp>

#include "actors/chat_seal.hpp"
#include "actors/interfaces.hpp"
#include "domain/pages.hpp"
#include "net/frame.hpp"
#include "storage/store.hpp"

namespace charter::net {

/// Everybody at the desk hears this one.
inline constexpr entity_id desk_stream{entity_kind::policy, {'d', 'e', 's', 'k'}};

/// A user joined or left a chat, or a session ended: gateways change what its sockets hear before the push goes out.
struct audience_change {
  enum class kind : std::uint8_t { joined, left, sessions_closed } what = kind::joined;
  user_id user;
  chat_id chat;
  std::vector<digest32> tokens; ///< of closed sessions
};

struct rendered_push {
  entity_id stream;
  std::uint64_t first = 0; ///< numbers of its items; 0 for what has none
  std::uint64_t last = 0;
  std::array<shared_frame, codecs> frames; ///< by codec; null where nobody hears it
};

/// A run of pushes and changes of audience, in order.
struct push_or_change {
  std::optional<rendered_push> push;
  std::optional<audience_change> change;
};
struct pushes {
  std::shared_ptr<const std::vector<push_or_change>> run;
  std::uint64_t settle = 0; ///< to be answered by `audience_settled`, when not 0
};
/// From a gateway: whatever it hears because of that run, it has said.
struct audience_settled {
  std::uint64_t run = 0;
};

/// From a gateway: it has (or has no more) a listener to this stream in this codec.
struct watch {
  entity_id stream;
  codec form = codec::json;
  bool on = true;
};
/// From a gateway: somebody is writing in this chat. Nothing durable; told at once.
struct typing {
  chat_id chat;
  user_id user;
};
struct join_hub {
  std::size_t io_thread = 0;
};

/// Answered when the watches sent before it are in force.
struct hub_sync {};
struct hub_synced {};

/// HUB. Restart: gateways join and watch again.
using hub_actor = caf::typed_actor<caf::reacts_to<fresh>, caf::reacts_to<watch>, caf::reacts_to<typing>,
                                   caf::reacts_to<audience_settled>, caf::replies_to<hub_sync>::with<hub_synced>,
                                   // INTERNAL to delivery: a gateway makes itself known.
                                   caf::reacts_to<join_hub, caf::strong_actor_ptr>>;

/// A message for a member of its chat: with its text and its author's name.
message_view open_message(const storage::store& rows, const chat_seal& chats, const chat_id& chat,
                          const message_row& row);

hub_actor spawn_hub(caf::actor_system& system, const storage::store& rows, const chat_seal& chats);

} // namespace charter::net

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::pushes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::audience_settled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::watch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::typing)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::join_hub)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::hub_sync)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::net::hub_synced)
