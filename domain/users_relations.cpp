#include "domain/users_decisions.hpp"

namespace charter::users {

namespace {

template <class List, class Id>
bool contains(const List& all, const Id& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::uint32_t contacts_today(const state& s, timestamp now) {
  auto today = std::chrono::floor<std::chrono::days>(now);
  return s.contacts_since == today ? s.contacts : 0;
}

} // namespace

// Doing again what is done already answers done, and changes nothing.

made on(const state& s, const block& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  if (c.who.empty() || c.who == in.by.user())
    return invalid("who", "please name another user");
  decision<event> out;
  if (contains(s.blocks, c.who))
    return out;
  if (s.blocks.size() >= limits::blocks_max)
    return refuse(errc::too_large, "at most 1000 users can be blocked");
  out.events.push_back(blocked{c.who});
  out.effects.push_back({c.direct, chats::block_changed{true}});
  return out;
}

made on(const state& s, const unblock& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  decision<event> out;
  if (!contains(s.blocks, c.who))
    return out;
  out.events.push_back(unblocked{c.who});
  out.effects.push_back({c.direct, chats::block_changed{false}});
  return out;
}

made on(const state& s, const subscribe& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  if (c.account.empty())
    return invalid("account", "please name an account");
  decision<event> out;
  if (contains(s.subscriptions, c.account))
    return out;
  if (s.subscriptions.size() >= limits::subscriptions_max)
    return refuse(errc::too_large, "at most 2000 accounts can be followed");
  out.events.push_back(subscribed{c.account, in.now});
  out.effects.push_back({c.account, accounts::follower_joined{}});
  return out;
}

made on(const state& s, const unsubscribe& c, const context& in) {
  if (auto ok = check_self(s, in); !ok)
    return ok.why();
  decision<event> out;
  if (!contains(s.subscriptions, c.account))
    return out;
  out.events.push_back(unsubscribed{c.account});
  out.effects.push_back({c.account, accounts::follower_left{}});
  return out;
}

/// Any entity may tell a user something: cases, the vault, accounts, chats, the policy.
made on(const state& s, const notify& c, const context& in) {
  if (in.by.from != caller::origin::entity)
    return refuse(errc::forbidden, "notices come from what they are about");
  if (s.status != status::active)
    return refuse(errc::not_found, "nobody reads this user's notices");
  decision<event> out;
  out.events.push_back(next_notice(s, c.notice, in.now));
  return out;
}

/// The one who writes first is asked for pace, the other for blocks.
made on(const state& s, const ask_first_contact& c, const context& in) {
  if (auto ok = only_entities(in, entity_kind::chat); !ok)
    return ok.why();
  bool allowed = s.status == status::active;
  auto why = errc::not_found;
  if (allowed && c.initiator) {
    allowed = contacts_today(s, in.now) < limits::first_contacts_per_day;
    why = errc::rate_limited;
  } else if (allowed) {
    allowed = !contains(s.blocks, c.peer);
    why = errc::forbidden;
  }
  decision<event> out;
  out.events.push_back(first_contact_answered{c.peer, c.initiator, allowed, in.now});
  out.effects.push_back({in.by.who, chats::contact_answer{self_of(in), allowed, why}});
  return out;
}

made on(const state& s, const organisation_registered& c, const context& in) {
  if (!in.by.is(c.organisation))
    return refuse(errc::forbidden, "an organisation speaks for itself only");
  if (s.status != status::active || contains(s.organisations, c.organisation))
    return refuse(errc::conflict, "this user is closed, or knows the organisation already");
  if (s.organisations.size() >= limits::organisations_per_user_max)
    return refuse(errc::too_large, "at most 16 organisations can be kept in view");
  decision<event> out;
  out.events.push_back(organisation_linked{c.organisation});
  return out;
}

} // namespace charter::users
