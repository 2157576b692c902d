#pragma once
// The decisions of an account, by concept; domain/accounts.cpp picks one by the command. Nobody else includes this.

#include "domain/edges.hpp"

namespace charter::accounts {

using made = result<decision<event>>;

inline account_id self_of(const context& in) { return in.self.as<entity_kind::account>(); }

inline const editor* find_editor(const state& s, const user_id& user) {
  auto at = std::find_if(s.editors.begin(), s.editors.end(), [&](const editor& e) { return e.user == user; });
  return at == s.editors.end() ? nullptr : &*at;
}
inline const editor* find_active(const state& s, const user_id& user) {
  const auto* found = find_editor(s, user);
  return found && found->active ? found : nullptr;
}
inline const editor* find_owner(const state& s) {
  auto at =
      std::find_if(s.editors.begin(), s.editors.end(), [](const editor& e) { return e.role == editor_role::owner; });
  return at == s.editors.end() ? nullptr : &*at;
}

/// Errors: `unauthenticated`, `not_found`, `forbidden` to all but active editors.
inline status check_editor(const state& s, const context& in) {
  if (auto ok = only_users(in); !ok)
    return ok.why();
  if (!s.exists)
    return refuse(errc::not_found, "there is no such account");
  if (!find_active(s, in.by.user()))
    return refuse(errc::forbidden, "only its editors act for an account");
  return done{};
}

/// Posts of a UTC day count together.
inline std::uint32_t posts_on_day_of(const state& s, timestamp now) {
  return s.day == std::chrono::floor<std::chrono::days>(now) ? s.posts_today : 0;
}

// accounts_posts.cpp
made on(const state& s, const publish& c, const context& in);
made on(const state& s, const repost& c, const context& in);
made on(const state& s, const correct& c, const context& in);
made on(const state& s, const withdraw_post& c, const context& in);
made on(const state& s, const withhold_post& c, const context& in);
made on(const state& s, const restore_post& c, const context& in);

// accounts_standing.cpp: editors, organisation, sanctions
made on(const state& s, const open& c, const context& in);
made on(const state& s, const add_editor& c, const context& in);
made on(const state& s, const remove_editor& c, const context& in);
made on(const state& s, const editor_standing& c, const context& in);
made on(const state& s, const editor_refused& c, const context& in);
made on(const state& s, const organisation_standing& c, const context& in);
made on(const state& s, const organisation_refused& c, const context& in);
made on(const state& s, const restrict_& c, const context& in);
made on(const state& s, const lift& c, const context& in);
made on(const state& s, const grant_right& c, const context& in);
made on(const state& s, const follower_joined& c, const context& in);
made on(const state& s, const follower_left& c, const context& in);

} // namespace charter::accounts
