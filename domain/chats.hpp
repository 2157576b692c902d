#pragma once
// A chat: direct (two users) or a group (invite-only, bounded). Outside governance (article 2): no path of staff or of
// a case leads here, no list of groups is public, and bodies are sealed before they reach this aggregate (I11).
//
// A direct chat's id is the hash of its sorted members. Its opening is a saga: the one who writes first is asked for
// pace, the other for blocks. Messages are rows; edits and recalls get theirs as an argument.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"

namespace charter::chats {

enum class chat_kind : std::uint8_t { direct, group };
CHARTER_ENUM(chat_kind, 0, direct, group)

/// By one of the two. Opening an open one answers at once. Errors: `forbidden` (blocked), `rate_limited`, `not_found`.
struct open_direct {
  user_id peer;
  CHARTER_FIELDS(open_direct, peer)
};
struct create_group {
  personal_text title;
  CHARTER_FIELDS(create_group, title)
};
/// By any member of a group; the invited one decides by joining.
struct invite {
  user_id user;
  CHARTER_FIELDS(invite, user)
};
struct join {
  CHARTER_NO_FIELDS(join)
};
struct leave {
  CHARTER_NO_FIELDS(leave)
};
/// By the group's owner.
struct remove {
  user_id user;
  CHARTER_FIELDS(remove, user)
};
struct send {
  personal<bytes> sealed; ///< <= limits::message_bytes_max plus the seal
  CHARTER_FIELDS(send, sealed)
};
/// By the author. Needs the message. The old body is erased.
struct edit {
  std::uint64_t number = 0;
  personal<bytes> sealed;
  CHARTER_FIELDS(edit, number, sealed)
};
/// By the author. Needs the message. The body is erased.
struct recall {
  std::uint64_t number = 0;
  CHARTER_FIELDS(recall, number)
};
/// Read up to and with this number.
struct read {
  std::uint64_t number = 0;
  CHARTER_FIELDS(read, number)
};

// Effects.
struct contact_answer {
  user_id user; ///< who answers
  bool allowed = false;
  errc why = errc::forbidden;
  CHARTER_FIELDS(contact_answer, user, allowed, why)
};
/// From a user that blocks or unblocks the other one of this direct chat.
struct block_changed {
  bool blocked = false;
  CHARTER_FIELDS(block_changed, blocked)
};
/// From a user that closes.
struct member_closed {
  CHARTER_NO_FIELDS(member_closed)
};
using command = std::variant<open_direct, create_group, invite, join, leave, remove, send, edit, recall, read,
                             contact_answer, block_changed, member_closed>;

struct direct_asked {
  user_id by;
  user_id peer;
  timestamp at;
  CHARTER_FIELDS(direct_asked, by, peer, at)
};
struct contact_answered {
  user_id user;
  bool allowed = false;
  errc why = errc::forbidden;
  CHARTER_FIELDS(contact_answered, user, allowed, why)
};
struct opened {
  chat_kind kind = chat_kind::direct;
  personal_text title;
  std::vector<user_id> members; ///< a group begins with its owner
  timestamp at;
  CHARTER_FIELDS(opened, kind, title, members, at)
};
struct invited {
  user_id user;
  user_id by;
  timestamp at;
  CHARTER_FIELDS(invited, user, by, at)
};
struct joined {
  user_id user;
  timestamp at;
  CHARTER_FIELDS(joined, user, at)
};
struct left {
  user_id user;
  bool removed = false;
  timestamp at;
  CHARTER_FIELDS(left, user, removed, at)
};
struct sent {
  std::uint64_t number = 0; ///< in the chat's stream (I4)
  timestamp at;
  user_id author;
  personal<bytes> sealed;
  CHARTER_FIELDS(sent, number, at, author, sealed)
};
struct edited {
  std::uint64_t number = 0;
  timestamp at;
  personal<bytes> sealed;
  CHARTER_FIELDS(edited, number, at, sealed)
};
struct recalled {
  std::uint64_t number = 0;
  timestamp at;
  CHARTER_FIELDS(recalled, number, at)
};
struct was_read {
  user_id user;
  std::uint64_t number = 0;
  CHARTER_FIELDS(was_read, user, number)
};
struct block_kept {
  user_id by;
  bool blocked = false;
  CHARTER_FIELDS(block_kept, by, blocked)
};
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<direct_asked, contact_answered, opened, invited, joined, left, sent, edited, recalled,
                           was_read, block_kept, effect_refused>;

struct member {
  user_id user;
  std::uint64_t from = 0; ///< sees messages after this number
  std::uint64_t read = 0;
  CHARTER_FIELDS(member, user, from, read)
};
/// A first contact that is being asked for.
struct asking {
  user_id by;
  user_id peer;
  std::optional<bool> by_answer;
  std::optional<bool> peer_answer;
  errc why = errc::forbidden;
  CHARTER_FIELDS(asking, by, peer, by_answer, peer_answer, why)
};
struct state {
  bool exists = false;
  chat_kind kind = chat_kind::direct;
  personal_text title;
  user_id owner; ///< of a group
  std::vector<member> members;
  std::vector<user_id> invited;
  std::vector<user_id> blocked_by; ///< of a direct chat
  std::optional<asking> contact;   ///< kept after a refusal, with both answers, until the next try
  timestamp opened_at;
  std::uint64_t last_number = 0;
  CHARTER_FIELDS(state, exists, kind, title, owner, members, invited, blocked_by, contact, opened_at, last_number)
};

bool is_member(const state& s, user_id u);

needed_row needs(const command& c);
result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

/// The opening of a direct chat (key: the chat's own id).
std::optional<status> outcome(const state& s, const id_bytes& key);

} // namespace charter::chats
