#pragma once
// Parameters and results: chat.* (docs/API.md). Optional fields may be left out.

#include "domain/pages.hpp"

namespace charter::net {

struct chat_direct {
  user_id user;
  CHARTER_FIELDS(chat_direct, user)
};
struct chat_create {
  std::string title;
  CHARTER_FIELDS(chat_create, title)
};
struct chat_params {
  chat_id chat;
  CHARTER_FIELDS(chat_params, chat)
};
/// Also for chat.remove.
struct chat_invite {
  chat_id chat;
  user_id user;
  CHARTER_FIELDS(chat_invite, chat, user)
};
struct chat_list_result {
  page<chat_view> chats;
  std::vector<invitation_view> invitations;
  CHARTER_FIELDS(chat_list_result, chats, invitations)
};
struct chat_send {
  chat_id chat;
  std::string text;
  CHARTER_FIELDS(chat_send, chat, text)
};
struct chat_edit {
  chat_id chat;
  std::uint64_t number = 0;
  std::string text;
  CHARTER_FIELDS(chat_edit, chat, number, text)
};
/// chat.recall, chat.read
struct chat_number {
  chat_id chat;
  std::uint64_t number = 0;
  CHARTER_FIELDS(chat_number, chat, number)
};
/// A page, newest first; or with `from` and `to` a range of numbers, for who saw a hole.
struct chat_history {
  chat_id chat;
  std::optional<std::uint32_t> limit;
  std::optional<std::string> after;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  CHARTER_FIELDS(chat_history, chat, limit, after, from, to)
};
struct member_view {
  user_id user;
  std::string pseudonym;
  bool owner = false;
  std::uint64_t read = 0; ///< up to this number
  CHARTER_FIELDS(member_view, user, pseudonym, owner, read)
};
struct chat_members_result {
  std::vector<member_view> members;
  std::vector<user_view> invited;
  CHARTER_FIELDS(chat_members_result, members, invited)
};

// -- pushes -------------------------------------------------------------------------
struct chat_message_push {
  chat_id chat;
  message_view message;
  CHARTER_FIELDS(chat_message_push, chat, message)
};
/// An edit or a recall changed this message; or members, title, a block.
struct chat_changed_push {
  chat_id chat;
  std::optional<message_view> message;
  std::string what; ///< "edited", "recalled", "joined", "left", "invited", "opened"
  std::optional<user_id> user;
  CHARTER_FIELDS(chat_changed_push, chat, message, what, user)
};
struct chat_read_push {
  chat_id chat;
  user_id user;
  std::uint64_t number = 0;
  CHARTER_FIELDS(chat_read_push, chat, user, number)
};

} // namespace charter::net
