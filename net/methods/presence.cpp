#include "net/methods/chat_ids.hpp"
#include "net/methods/chat_params.hpp"
#include "net/methods/presence_params.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

/// Users whom one socket may watch.
constexpr std::size_t watched_max = 200;

result<done> set(call& c, presence_set& p) {
  if (!c.socket)
    return invalid("", "presence is a socket's; over HTTP nobody is present");
  c.socket->set_availability(p.state);
  return done{};
}

/// Only whom one talks with: in a direct chat that the other has read in. To write to a stranger isn't enough.
bool may_watch(const call& c, const user_id& other) {
  auto chat = direct_chat_id(c.services().digest, c.user(), other);
  auto theirs = storage::membership(c.rows(), other, chat);
  return theirs && theirs->read > 0 && storage::membership(c.rows(), c.user(), chat);
}

result<done> watch_users(call& c, presence_watch& p) {
  if (!c.socket)
    return invalid("", "presence.watch is for WebSocket");
  if (p.users.size() > watched_max)
    return invalid("users", "at most " + std::to_string(watched_max));
  for (auto& user : p.users)
    if (!may_watch(c, user))
      return refuse(errc::forbidden,
                    "you see who is here of those who have read in a direct chat with you; not so " + to_text(user));
  c.socket->watch_presence(p.users);
  return done{};
}

result<done> tell_typing(call& c, chat_params& p) {
  if (!c.socket)
    return invalid("", "chat.typing is for WebSocket");
  if (!storage::membership(c.rows(), c.user(), p.chat))
    return refuse(errc::not_found, "there is no such chat");
  c.socket->tell_typing(p.chat);
  return done{};
}

} // namespace

void add_presence_methods(method_table& table) {
  table.query<presence_set, done>("presence.set", access::user, "How you are shown to whom looks at you.", set);
  table.query<presence_watch, done>(
      "presence.watch", access::user,
      "Pushes how these users are, and when that changes: people with whom you have a direct chat.", watch_users);
  table.query<chat_params, done>("chat.typing", access::user,
                                 "Tells the chat's members that you are writing; once in two seconds is enough.",
                                 tell_typing);
}

} // namespace charter::net
