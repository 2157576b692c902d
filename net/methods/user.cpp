#include "net/hub.hpp"
#include "net/methods/chat_ids.hpp"
#include "net/methods/identity_params.hpp"
#include "net/methods/paging.hpp"
#include "net/methods/table.hpp"

namespace charter::net {

namespace {

refusal no_such_user() { return refuse(errc::not_found, "there is no such user"); }

// -- oneself --------------------------------------------------------------------------------

restriction_view view_of(const restriction& r) {
  return {to_text(r.sanction, case_aspect::sanction), r.step, r.scope, r.posts_per_day, r.until, r.rule};
}

user_me_result me_of(const call& c, const users::state& s) {
  user_me_result out;
  out.user = c.user();
  out.pseudonym = s.pseudonym.value_or_empty();
  out.about = s.about->value_or_empty();
  out.language = s.language;
  out.registered_at = s.registered_at;
  out.agreement_version = s.agreement_version;
  auto book = c.book();
  out.agreement_current = book && (*book)->agreement.version == s.agreement_version;
  for (auto held : roles_of(c.viewpoint().policy, c.user()))
    out.roles.emplace_back(to_name(held));
  for (auto& held : s.held)
    if (held.in_force(c.now()))
      out.restrictions.push_back(view_of(held));
  out.notices = s.last_notice;
  out.accounts = storage::accounts_of(c.rows(), c.user(), c.viewpoint());
  out.organisations = s.organisations.items();
  return out;
}

void me(const call_ptr& c, no_params&) {
  c->look(c->user(), [c](const any_state& found) { c->reply(wire::encode(me_of(*c, std::get<users::state>(found)))); });
}

result<outgoing> update(call& c, user_update& p) {
  users::update command;
  if (p.pseudonym) {
    auto name = c.name_of(*p.pseudonym, "pseudonym");
    if (!name)
      return name.why();
    command.pseudonym = personal_text{*p.pseudonym};
    command.name = *name;
  }
  if (p.about)
    command.about = personal_text{*p.about};
  command.language = p.language;
  return outgoing{c.user(), users::command{std::move(command)}};
}

/// The chats are told one by one, so they are looked up before the user is gone.
void close_user(const call_ptr& c, no_params&) {
  users::close command{storage::chat_ids_of(c->rows(), c->user())};
  c->send({c->user(), users::command{std::move(command)}}, [c](const answer&) {
    if (c->socket)
      c->socket->detach();
    c->await_everywhere(c->user(), [c] { c->reply(wire::encode(done{})); });
  });
}

result<page<notice_view>> notices(call& c, user_notices& p) {
  if (p.from.has_value() != p.to.has_value())
    return invalid("to", "a range has both ends");
  if (!p.from)
    return storage::notices(c.rows(), c.user(), page_of(p));
  if (*p.from == 0 || *p.to < *p.from)
    return invalid("from", "notices are numbered from 1, and a range doesn't run backwards");
  auto count = std::min<std::uint64_t>(*p.to - *p.from, limits::page_items_max - 1) + 1;
  return page<notice_view>{storage::notices_after(c.rows(), c.user(), *p.from - 1, count), {}};
}

// -- everything that is kept about oneself --------------------------------------------------

/// What of the export's bounds is left.
struct export_room {
  std::size_t messages = limits::export_messages_max;
  std::size_t bytes = limits::export_bytes_max;

  bool take(std::size_t size) {
    if (messages == 0 || bytes < size)
      return false;
    --messages;
    bytes -= size;
    return true;
  }
};

std::vector<chat_view> all_chats(const call& c) {
  std::vector<chat_view> all;
  page_request ask{limits::page_items_max, {}};
  while (auto found = storage::chats_of(c.rows(), c.user(), ask)) {
    std::ranges::move(found->items, std::back_inserter(all));
    if (!found->next)
      break;
    ask.after = *found->next;
  }
  return all;
}

/// Newest first, from where the user has joined; false once the export is full.
bool add_messages(const call& c, const chat_id& chat, export_room& room, std::vector<message_view>& into) {
  auto member = storage::membership(c.rows(), c.user(), chat);
  page_request ask{limits::page_items_max, {}};
  while (member) {
    auto found = storage::messages(c.rows(), chat, member->from, ask);
    if (!found)
      break;
    for (auto& row : found->items) {
      auto message = open_message(c.rows(), *c.services().chats, chat, row);
      if (!room.take(message.text.size()))
        return false;
      into.push_back(std::move(message));
    }
    if (!found->next)
      break;
    ask.after = *found->next;
  }
  return true;
}

/// Lists that have methods of their own give their newest page; chats are read here as by their member (I11).
result<user_export_result> export_of(const call& c, const users::state& s) {
  page_request newest{limits::page_items_max, {}};
  auto notices = storage::notices(c.rows(), c.user(), newest);
  if (!notices)
    return notices.why();
  auto cases = storage::cases_of(c.rows(), c.user(), {}, newest);
  if (!cases)
    return cases.why();
  user_export_result out;
  out.me = me_of(c, s);
  out.sessions = storage::sessions_of(c.rows(), c.user());
  out.notices = std::move(notices->items);
  out.subscriptions = s.subscriptions;
  out.blocks = s.blocks.items();
  out.cases = std::move(cases->items);
  out.chats = all_chats(c);
  export_room room;
  for (auto& chat : out.chats)
    if (!add_messages(c, chat.chat, room, out.messages[to_text(chat.chat)]))
      break;
  return out;
}

void export_all(const call_ptr& c, no_params&) {
  c->look(c->user(), [c](const any_state& found) {
    auto all = export_of(*c, std::get<users::state>(found));
    if (all)
      c->reply(wire::encode(*all));
    else
      c->refuse(all.why());
  });
}

void add_own_methods(method_table& table) {
  table.task<no_params, user_me_result>(
      "user.me", access::user, "Who you are here: profile, agreement, roles, restrictions, accounts.", false, me);
  table.command<user_update, done>("user.update", access::user, "Changes your pseudonym, profile or language.", update);
  table.task<no_params, user_export_result>("user.export", access::user,
                                            "Everything that is kept about you, chats that you are in included.", false,
                                            export_all);
  table.task<no_params, done>("user.close", access::user,
                              "Ends your user for good; pseudonym and profile are erased, sanction or not.", true,
                              close_user);
  table.query<user_notices, page<notice_view>>(
      "user.notices", access::user, "Your notices, newest first; or a range of numbers, oldest first.", notices);
}

// -- others ---------------------------------------------------------------------------------

/// Letters, not bytes: whatever isn't the continuation of one (RFC 3629).
std::size_t letters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char x) { return (x & 0xc0) != 0x80; }));
}

result<user_list> find(call& c, user_find& p) {
  if (letters(p.pseudonym) < 2)
    return invalid("pseudonym", "two letters of it at least");
  return user_list{storage::find_users(c.rows(), p.pseudonym, 0)};
}

result<outgoing> block(call& c, user_block& p) {
  if (!storage::user(c.rows(), p.user))
    return no_such_user();
  users::block command{p.user, direct_chat_id(c.services().digest, c.user(), p.user)};
  return outgoing{c.user(), users::command{std::move(command)}};
}

result<outgoing> unblock(call& c, user_block& p) {
  users::unblock command{p.user, direct_chat_id(c.services().digest, c.user(), p.user)};
  return outgoing{c.user(), users::command{std::move(command)}};
}

void add_methods_about_others(method_table& table) {
  table.query<user_profile, user_view>("user.profile", access::user, "What a user says of itself.",
                                       [](call& c, user_profile& p) -> result<user_view> {
                                         auto found = storage::user(c.rows(), p.user);
                                         return found ? result<user_view>{std::move(*found)} : no_such_user();
                                       });
  table.query<user_find, user_list>("user.find", access::user, "Users whose pseudonym begins so.", find);
  table.command<user_block, done>("user.block", access::user,
                                  "Blocks a user: neither of you can write to the other directly.", block);
  table.command<user_block, done>("user.unblock", access::user, "Takes a block back.", unblock);
}

} // namespace

void add_user_methods(method_table& table) {
  add_own_methods(table);
  add_methods_about_others(table);
}

} // namespace charter::net
