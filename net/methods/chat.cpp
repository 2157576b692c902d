#include "net/hub.hpp"
#include "net/methods/chat_ids.hpp"
#include "net/methods/chat_params.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

// Only members get past these methods: to everybody else, staff included, a chat isn't there (article 2, I11).

namespace charter::net {

namespace {

refusal no_such_chat() { return refuse(errc::not_found, "there is no such chat"); }

/// Errors: `not_found` for who isn't registered, or has closed.
status check_user(const call& c, const user_id& who) {
  auto found = storage::user(c.rows(), who);
  if (!found || found->closed)
    return refuse(errc::not_found, "there is no such user");
  return done{};
}

// -- opening, members -----------------------------------------------------------------------

result<outgoing> open_direct(call& c, chat_direct& p) {
  if (p.user == c.user())
    return invalid("user", "a direct chat is with somebody else");
  if (auto known = check_user(c, p.user); !known)
    return known.why();
  auto chat = direct_chat_id(c.services().digest, c.user(), p.user);
  return outgoing{chat, chats::command{chats::open_direct{p.user}}};
}

result<outgoing> invite(call& c, chat_invite& p) {
  if (auto known = check_user(c, p.user); !known)
    return known.why();
  return outgoing{p.chat, chats::command{chats::invite{p.user}}};
}

void members(const call_ptr& c, chat_params& p) {
  c->look(p.chat, [c](const any_state& found) {
    auto& s = std::get<chats::state>(found);
    if (!chats::is_member(s, c->user()))
      return c->refuse(no_such_chat());
    chat_members_result out;
    for (auto& m : s.members) {
      auto name = storage::pseudonyms(c->rows(), std::span{&m.user, 1}).front();
      out.members.push_back({m.user, std::move(name), m.user == s.owner, m.read});
    }
    for (auto& invited : s.invited)
      if (auto view = storage::user(c->rows(), invited))
        out.invited.push_back(std::move(*view));
    c->reply(wire::encode(out));
  });
}

void add_member_methods(method_table& table) {
  table.command<chat_direct, chat_answer>("chat.direct", access::user,
                                          "Opens the direct chat with a user, or finds the open one.", open_direct);
  table.command<chat_create, chat_answer>(
      "chat.create", access::user, "Opens a group; its members are invited.",
      [](call& c, chat_create& p) -> result<outgoing> {
        return outgoing{chat_id{c.new_id("chat")}, chats::command{chats::create_group{p.title}}};
      });
  table.command<chat_invite, done>("chat.invite", access::user, "Invites a user to a group.", invite);
  table.command<chat_params, chat_answer>("chat.join", access::user, "Accepts an invitation to a group.",
                                          [](call&, chat_params& p) -> result<outgoing> {
                                            return outgoing{p.chat, chats::command{chats::join{}}};
                                          });
  table.command<chat_params, done>("chat.leave", access::user, "Leaves a group, or declines an invitation.",
                                   [](call&, chat_params& p) -> result<outgoing> {
                                     return outgoing{p.chat, chats::command{chats::leave{}}};
                                   });
  table.command<chat_invite, done>("chat.remove", access::user,
                                   "By a group's owner: removes a member, or takes an invitation back.",
                                   [](call&, chat_invite& p) -> result<outgoing> {
                                     return outgoing{p.chat, chats::command{chats::remove{p.user}}};
                                   });
  table.task<chat_params, chat_members_result>("chat.members", access::user, "Who is in a chat that you are in.", false,
                                               members);
}

// -- messages -------------------------------------------------------------------------------

/// What leaves here is ciphertext: no journal, row or backup sees the words. Errors: `invalid_params`, `too_large`.
result<personal<bytes>> sealed(const call& c, const chat_id& chat, const std::string& text) {
  if (text.empty())
    return invalid("text", "a message says something");
  if (text.size() > limits::message_bytes_max) {
    auto why = refuse(errc::too_large, "a message has at most 8000 bytes");
    why.field = "text";
    return why;
  }
  return personal<bytes>{c.services().chats->seal(chat, text)};
}

result<outgoing> send(call& c, chat_send& p) {
  auto body = sealed(c, p.chat, p.text);
  if (!body)
    return body.why();
  return outgoing{p.chat, chats::command{chats::send{std::move(*body)}}};
}

result<outgoing> edit(call& c, chat_edit& p) {
  auto body = sealed(c, p.chat, p.text);
  if (!body)
    return body.why();
  return outgoing{p.chat, chats::command{chats::edit{p.number, std::move(*body)}}};
}

/// A page of rows, or a range, of what the member may see: who joined later sees what came after.
result<page<message_row>> rows_of(const call& c, const chat_history& p) {
  auto member = storage::membership(c.rows(), c.user(), p.chat);
  if (!member)
    return no_such_chat();
  if (p.from.has_value() != p.to.has_value())
    return invalid("to", "a range has both ends");
  if (!p.from)
    return storage::messages(c.rows(), p.chat, member->from, page_of(p));
  auto from = std::max(*p.from, member->from + 1);
  if (*p.to < from)
    return page<message_row>{};
  return page<message_row>{storage::messages_between(c.rows(), p.chat, from, *p.to), {}};
}

result<page<message_view>> history(call& c, chat_history& p) {
  auto found = rows_of(c, p);
  if (!found)
    return found.why();
  page<message_view> out;
  out.next = std::move(found->next);
  for (auto& row : found->items)
    out.items.push_back(open_message(c.rows(), *c.services().chats, p.chat, row));
  return out;
}

result<chat_list_result> list(call& c, page_params& p) {
  auto chats = storage::chats_of(c.rows(), c.user(), page_of(p));
  if (!chats)
    return chats.why();
  return chat_list_result{std::move(*chats), storage::invitations_of(c.rows(), c.user())};
}

void add_message_methods(method_table& table) {
  table.query<page_params, chat_list_result>("chat.list", access::user,
                                             "Your chats by last activity, and your invitations.", list);
  table.command<chat_send, message_answer>("chat.send", access::user, "Writes to a chat that you are in.", send);
  table.query<chat_history, page<message_view>>(
      "chat.history", access::user, "Messages of a chat that you are in, newest first; or a range of numbers.",
      history);
  table.command<chat_edit, message_answer>("chat.edit", access::user, "By its author: gives a message new words.",
                                           edit);
  table.command<chat_number, message_answer>("chat.recall", access::user, "By its author: erases a message's words.",
                                             [](call&, chat_number& p) -> result<outgoing> {
                                               return outgoing{p.chat, chats::command{chats::recall{p.number}}};
                                             });
  table.command<chat_number, done>("chat.read", access::user, "Says that you have read up to this number.",
                                   [](call&, chat_number& p) -> result<outgoing> {
                                     return outgoing{p.chat, chats::command{chats::read{p.number}}};
                                   });
}

} // namespace

void add_chat_methods(method_table& table) {
  add_member_methods(table);
  add_message_methods(table);
}

} // namespace charter::net
