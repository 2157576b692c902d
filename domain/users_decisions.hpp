#pragma once
// The decisions of a user, by concept; domain/users.cpp picks one by the command. Nobody else includes this.

#include "domain/edges.hpp"

namespace charter::users {

using made = result<decision<event>>;

/// Whether the caller is this very user, registered and not closed.
/// Errors: `unauthenticated`, `forbidden`, `not_found` before it is registered.
inline charter::status check_self(const state& s, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (in.self != entity_id{in.by.user()})
    return refuse(errc::forbidden, "this is for the user itself only");
  if (s.status == status::closed)
    return refuse(errc::forbidden, "this user is closed");
  if (s.status != status::active)
    return refuse(errc::not_found, "there is no such user");
  return done{};
}

inline user_id self_of(const context& in) { return in.self.as<entity_kind::user>(); }

/// Under its running number (I4); one at most in a decision.
inline noticed next_notice(const state& s, notice what, timestamp now) {
  return {s.last_notice + 1, now, std::move(what)};
}

inline effect standing_for(const edge& to, const state& s) {
  return {to.account, accounts::editor_standing{standing_of(s), to.invitation}};
}

/// The event of closing the sessions that `gone` picks, in the order of opening; absent when it picks none.
template <class Gone>
std::optional<sessions_closed> close_sessions(const state& s, Gone gone) {
  sessions_closed e;
  for (const auto& session : s.sessions)
    if (gone(session)) {
      e.sessions.push_back(session.number);
      e.token_hashes.push_back(session.token_hash);
    }
  return e.sessions.empty() ? std::nullopt : std::optional{std::move(e)};
}

// users_registration.cpp: article 6
made on(const state& s, const register_& c, const context& in);
made on(const state& s, const sign_agreement& c, const context& in);
made on(const state& s, const name_answer& c, const context& in);
made on(const state& s, const place_answer& c, const context& in);
made on(const state& s, const update& c, const context& in);
made on(const state& s, const close& c, const context& in);

// users_sessions.cpp
made on(const state& s, const open_session& c, const context& in);
made on(const state& s, const close_session& c, const context& in);
made on(const state& s, const set_password& c, const context& in);
made on(const state& s, const tick& c, const context& in);

// users_relations.cpp: whom a user follows, blocks, writes to, and hears from
made on(const state& s, const block& c, const context& in);
made on(const state& s, const unblock& c, const context& in);
made on(const state& s, const subscribe& c, const context& in);
made on(const state& s, const unsubscribe& c, const context& in);
made on(const state& s, const notify& c, const context& in);
made on(const state& s, const ask_first_contact& c, const context& in);
made on(const state& s, const organisation_registered& c, const context& in);

// users_standing.cpp: the user's part in domain/standing.hpp
made on(const state& s, const begin_edge& c, const context& in);
made on(const state& s, const end_edge& c, const context& in);
made on(const state& s, const standing_confirmed& c, const context& in);
made on(const state& s, const restrict_& c, const context& in);
made on(const state& s, const lift& c, const context& in);

} // namespace charter::users
