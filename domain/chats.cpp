#include "domain/chats.hpp"

#include <algorithm>

#include "domain/effects.hpp"
#include "domain/limits.hpp"

namespace charter::chats {

namespace {

using made = result<decision<event>>;

constexpr std::size_t seal_bytes_max = 64; // nonce, tag and header around a sealed body

template <class List>
bool contains(const List& list, user_id user) {
  return std::find(list.begin(), list.end(), user) != list.end();
}

const member* find_member(const state& s, user_id user) {
  auto at = std::find_if(s.members.begin(), s.members.end(), [&](const member& m) { return m.user == user; });
  return at == s.members.end() ? nullptr : &*at;
}

bool settled(const asking& contact) { return contact.by_answer && contact.peer_answer; }

// -- checks ---------------------------------------------------------------------

/// To anybody else the chat isn't there: who talks with whom is told to nobody.
status check_member(const state& s, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists || !is_member(s, in.by.user()))
    return refuse(errc::not_found, "there is no such chat");
  return done{};
}

status check_group(const state& s, const context& in) {
  if (auto ok = check_member(s, in); !ok)
    return ok.why();
  if (s.kind != chat_kind::group)
    return refuse(errc::conflict, "a direct chat has its two members, for good");
  return done{};
}

status check_writable(const state& s) {
  if (s.kind == chat_kind::group)
    return done{};
  if (!s.blocked_by.empty())
    return refuse(errc::forbidden, "one of you has blocked the other");
  if (s.members.size() < 2)
    return refuse(errc::forbidden, "the other person has left the service");
  return done{};
}

status check_body(const personal<bytes>& sealed) {
  if (!sealed.value || sealed.value->empty())
    return invalid("sealed", "a message says something");
  if (sealed.value->size() > limits::message_bytes_max + seal_bytes_max)
    return refuse(errc::too_large, "a message has at most 8000 bytes");
  return done{};
}

/// An own message that can still be changed.
status check_own(const context& in, std::uint64_t number) {
  const auto& row = in.rows.message;
  if (!row || row->number != number)
    return refuse(errc::not_found, "there is no such message");
  if (row->author != in.by.user())
    return refuse(errc::forbidden, "only its author can change a message");
  if (row->recalled)
    return refuse(errc::conflict, "this message was recalled");
  return done{};
}

// -- opening --------------------------------------------------------------------

made on(const state& s, const open_direct& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto me = in.by.user();
  if (c.peer.empty() || c.peer == me)
    return invalid("peer", "a direct chat is with somebody else");
  decision<event> out;
  out.answer = chat_answer{in.self.as<entity_kind::chat>()};
  if (s.exists) {
    if (s.kind != chat_kind::direct || !is_member(s, me))
      return refuse(errc::not_found, "there is no such chat");
    return out;
  }
  out.awaiting = in.self.raw;
  if (s.contact && !settled(*s.contact)) {
    if (me != s.contact->by && me != s.contact->peer)
      return refuse(errc::not_found, "there is no such chat");
    return out;
  }
  out.events.push_back(direct_asked{me, c.peer, in.now});
  out.effects.push_back({me, users::ask_first_contact{c.peer, true}});
  out.effects.push_back({c.peer, users::ask_first_contact{me, false}});
  return out;
}

made on(const state& s, const contact_answer& c, const context& in) {
  if (!in.by.is(c.user))
    return refuse(errc::forbidden, "only the user itself says whether it may be written to");
  if (s.exists || !s.contact)
    return refuse(errc::conflict, "nobody asked");
  const auto& contact = *s.contact;
  bool from_by = c.user == contact.by;
  bool from_peer = c.user == contact.peer;
  if ((!from_by && !from_peer) || (from_by ? contact.by_answer : contact.peer_answer))
    return refuse(errc::conflict, "nobody asked");
  decision<event> out;
  out.events.push_back(contact_answered{c.user, c.allowed, c.why});
  auto other = from_by ? contact.peer_answer : contact.by_answer;
  if (c.allowed && other && *other)
    out.events.push_back(opened{chat_kind::direct, {}, {contact.by, contact.peer}, in.now});
  return out;
}

made on(const state& s, const create_group& c, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (s.exists || s.contact)
    return refuse(errc::conflict, "this chat exists already");
  auto title = c.title.value_or_empty();
  if (title.empty())
    return invalid("title", "a group has a title");
  if (title.size() > limits::title_bytes_max)
    return refuse(errc::too_large, "a title has at most 256 bytes");
  decision<event> out;
  out.events.push_back(opened{chat_kind::group, c.title, {in.by.user()}, in.now});
  out.answer = chat_answer{in.self.as<entity_kind::chat>()};
  return out;
}

// -- members --------------------------------------------------------------------

made on(const state& s, const invite& c, const context& in) {
  if (auto ok = check_group(s, in); !ok)
    return ok.why();
  if (c.user.empty())
    return invalid("user", "whom?");
  if (is_member(s, c.user))
    return refuse(errc::conflict, "this user is a member already");
  decision<event> out;
  if (contains(s.invited, c.user))
    return out;
  if (s.members.size() + s.invited.size() >= limits::group_members_max)
    return refuse(errc::too_large, "a group has at most 500 members; what is for more people is a public account");
  out.events.push_back(invited{c.user, in.by.user(), in.now});
  notice invitation;
  invitation.kind = notice_kind::invitation;
  invitation.text = std::string{"You are invited to a group chat."};
  invitation.about = in.self;
  invitation.expects = "chat.join";
  out.effects.push_back(tell(c.user, std::move(invitation)));
  return out;
}

made on(const state& s, const join&, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  auto me = in.by.user();
  decision<event> out;
  out.answer = chat_answer{in.self.as<entity_kind::chat>()};
  if (s.exists && is_member(s, me))
    return out;
  if (!s.exists || !contains(s.invited, me))
    return refuse(errc::not_found, "there is no such chat");
  out.events.push_back(joined{me, in.now});
  return out;
}

/// Also how an invitation is declined.
made on(const state& s, const leave&, const context& in) {
  decision<event> out;
  if (s.exists && in.by.is_user() && contains(s.invited, in.by.user())) {
    out.events.push_back(left{in.by.user(), false, in.now});
    return out;
  }
  if (auto ok = check_group(s, in); !ok)
    return ok.why();
  out.events.push_back(left{in.by.user(), false, in.now});
  return out;
}

/// Also how an invitation is taken back.
made on(const state& s, const remove& c, const context& in) {
  if (auto ok = check_group(s, in); !ok)
    return ok.why();
  if (s.owner != in.by.user())
    return refuse(errc::forbidden, "only the group's owner removes members");
  if (c.user == s.owner)
    return invalid("user", "the owner leaves instead");
  if (!is_member(s, c.user) && !contains(s.invited, c.user))
    return refuse(errc::not_found, "this user is no member");
  decision<event> out;
  out.events.push_back(left{c.user, true, in.now});
  return out;
}

// -- messages -------------------------------------------------------------------

decision<event> with_message(const context& in, std::uint64_t number, event e) {
  decision<event> out;
  out.events.push_back(std::move(e));
  out.answer = message_answer{in.self.as<entity_kind::chat>(), number, in.now};
  return out;
}

made on(const state& s, const send& c, const context& in) {
  if (auto ok = check_member(s, in); !ok)
    return ok.why();
  if (auto ok = check_writable(s); !ok)
    return ok.why();
  if (auto ok = check_body(c.sealed); !ok)
    return ok.why();
  auto number = s.last_number + 1;
  return with_message(in, number, sent{number, in.now, in.by.user(), c.sealed});
}

made on(const state& s, const edit& c, const context& in) {
  if (auto ok = check_member(s, in); !ok)
    return ok.why();
  if (auto ok = check_own(in, c.number); !ok)
    return ok.why();
  // New words reach the other person as a message does, so a block holds them back as well.
  if (auto ok = check_writable(s); !ok)
    return ok.why();
  if (auto ok = check_body(c.sealed); !ok)
    return ok.why();
  return with_message(in, c.number, edited{c.number, in.now, c.sealed});
}

made on(const state& s, const recall& c, const context& in) {
  if (auto ok = check_member(s, in); !ok)
    return ok.why();
  if (auto ok = check_own(in, c.number); !ok)
    return ok.why();
  return with_message(in, c.number, recalled{c.number, in.now});
}

made on(const state& s, const read& c, const context& in) {
  if (auto ok = check_member(s, in); !ok)
    return ok.why();
  if (c.number > s.last_number)
    return invalid("number", "there is no such message yet");
  decision<event> out;
  if (c.number > find_member(s, in.by.user())->read)
    out.events.push_back(was_read{in.by.user(), c.number});
  return out;
}

// -- effects --------------------------------------------------------------------

/// Kept while the first contact is still being asked for, too: a block that comes in between holds from the start.
made on(const state& s, const block_changed& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::user); !ok)
    return ok.why();
  auto who = in.by.who.as<entity_kind::user>();
  bool asked = s.contact && (who == s.contact->by || who == s.contact->peer);
  if (!asked && (s.kind != chat_kind::direct || !is_member(s, who)))
    return refuse(errc::not_found, "there is no such chat");
  decision<event> out;
  out.events.push_back(block_kept{who, c.blocked});
  return out;
}

made on(const state& s, const member_closed&, const context& in) {
  if (auto ok = only_entities(in, entity_kind::user); !ok)
    return ok.why();
  auto who = in.by.who.as<entity_kind::user>();
  if (!is_member(s, who) && !contains(s.invited, who))
    return refuse(errc::not_found, "no member");
  decision<event> out;
  out.events.push_back(left{who, false, in.now});
  return out;
}

// -- events ---------------------------------------------------------------------

void apply(state& s, const direct_asked& e) { s.contact = asking{e.by, e.peer, {}, {}, errc::forbidden}; }
void apply(state& s, const contact_answered& e) {
  auto& contact = *s.contact;
  bool from_by = e.user == contact.by;
  (from_by ? contact.by_answer : contact.peer_answer) = e.allowed;
  // The one who writes first hears of the own pace rather than of the other's refusal.
  if (!e.allowed && (from_by || contact.by_answer.value_or(true)))
    contact.why = e.why;
}
void apply(state& s, const opened& e) {
  s.exists = true;
  s.kind = e.kind;
  s.title = e.title;
  s.opened_at = e.at;
  s.contact.reset();
  for (auto user : e.members)
    s.members.push_back({user, 0, 0});
  if (e.kind == chat_kind::group)
    s.owner = e.members.front();
}
void apply(state& s, const invited& e) { s.invited.push_back(e.user); }
void apply(state& s, const joined& e) {
  std::erase(s.invited, e.user);
  s.members.push_back({e.user, s.last_number, s.last_number});
  if (s.owner.empty())
    s.owner = e.user;
}
void apply(state& s, const left& e) {
  std::erase(s.invited, e.user);
  std::erase_if(s.members, [&](const member& m) { return m.user == e.user; });
  if (s.owner == e.user)
    s.owner = s.members.empty() ? user_id{} : s.members.front().user; // in the order of joining: the oldest
}
void apply(state& s, const sent& e) { s.last_number = e.number; }
void apply(state&, const edited&) {}
void apply(state&, const recalled&) {}
void apply(state& s, const was_read& e) {
  for (auto& m : s.members)
    if (m.user == e.user)
      m.read = e.number;
}
void apply(state& s, const block_kept& e) {
  std::erase(s.blocked_by, e.by);
  if (e.blocked)
    s.blocked_by.push_back(e.by);
}
void apply(state&, const effect_refused&) {}

} // namespace

bool is_member(const state& s, user_id u) { return find_member(s, u) != nullptr; }

needed_row needs(const command& c) {
  if (const auto* x = std::get_if<edit>(&c))
    return {needed_row::table::message, x->number};
  if (const auto* x = std::get_if<recall>(&c))
    return {needed_row::table::message, x->number};
  return {};
}

result<decision<event>> decide(const state& s, const command& c, const context& in) {
  auto made = std::visit([&](const auto& x) { return on(s, x, in); }, c);
  return refusals_to_entities_are_events<effect_refused>(std::move(made), in);
}

void evolve(state& s, const event& e) {
  std::visit([&](const auto& x) { apply(s, x); }, e);
}

std::optional<status> outcome(const state& s, const id_bytes&) {
  if (s.exists)
    return done{};
  if (!s.contact || !settled(*s.contact))
    return {};
  switch (s.contact->why) {
    case errc::rate_limited: {
      auto why = refuse(errc::rate_limited, "you have written to many strangers today; please go on tomorrow");
      why.retry_after_ms = std::chrono::milliseconds{std::chrono::hours{24}}.count();
      return why;
    }
    case errc::not_found: return refuse(errc::not_found, "there is no such user");
    default: return refuse(s.contact->why, "this person can't be written to");
  }
}

} // namespace charter::chats
