#pragma once
// Parameters, results and pushes: presence.*, chat.typing (docs/API.md).

#include "domain/codec/fields.hpp"
#include "domain/ids.hpp"

namespace charter::net {

enum class availability : std::uint8_t { offline, away, online };
CHARTER_ENUM(availability, 0, offline, away, online)

struct presence_set {
  availability state = availability::online; ///< "offline": here, but shown as if not
  CHARTER_FIELDS(presence_set, state)
};
/// Instead of whomever this socket watched before.
struct presence_watch {
  std::vector<user_id> users;
  CHARTER_FIELDS(presence_watch, users)
};
struct presence_view {
  user_id user;
  availability state = availability::offline;
  CHARTER_FIELDS(presence_view, user, state)
};
struct presence_changed_push {
  std::vector<presence_view> users;
  CHARTER_FIELDS(presence_changed_push, users)
};
struct chat_typing_push {
  chat_id chat;
  user_id user;
  CHARTER_FIELDS(chat_typing_push, chat, user)
};

} // namespace charter::net
