#include "domain/users_decisions.hpp"

namespace charter::users {

namespace {

/// The event, the new standing to every account, and the case at once if there is none.
decision<event> with_new_standing(const state& s, event e, const case_id& sanction, bool lifting) {
  auto next = s;
  evolve(next, e);
  decision<event> out;
  for (const auto& edge : next.edges)
    out.effects.push_back(standing_for(edge, next));
  if (next.edges.empty())
    out.effects.push_back(confirm_enforcement(sanction, lifting));
  out.events.push_back(std::move(e));
  return out;
}

/// The event, and the cases that waited for what it settles.
decision<event> settling(const state& s, event e) {
  auto next = s;
  evolve(next, e);
  decision<event> out;
  confirm_settled(s, next, out.effects);
  out.events.push_back(std::move(e));
  return out;
}

} // namespace

made on(const state& s, const begin_edge& c, const context& in) {
  if (!in.by.is(c.account))
    return refuse(errc::forbidden, "an account speaks for itself only");
  decision<event> out;
  auto no = [&](std::string why) {
    out.events.push_back(effect_refused{why});
    out.effects.push_back({c.account, accounts::editor_refused{std::move(why), c.invitation}});
    return out;
  };
  if (s.status != status::active)
    return no("there is no such user");
  if (s.edges.size() >= limits::accounts_per_user_max && find_edge(s.edges, c.account) == s.edges.end())
    return no("this user edits as many accounts as one can");
  out.events.push_back(edge_begun{c.account, c.invitation});
  out.effects.push_back(standing_for({c.account, 0, c.invitation}, s));
  return out;
}

/// The account has taken the right away before it says so: nothing that waits for it is left to journal.
made on(const state& s, const end_edge& c, const context& in) {
  if (!in.by.is(c.account) || find_edge(s.edges, c.account) == s.edges.end())
    return refuse(errc::conflict, "this user does not edit the account");
  return settling(s, edge_ended{c.account});
}

made on(const state& s, const standing_confirmed& c, const context& in) {
  if (!in.by.is(c.account) || find_edge(s.edges, c.account) == s.edges.end())
    return refuse(errc::conflict, "this user does not edit the account");
  if (c.sequence > s.standing_sequence)
    return refuse(errc::conflict, "no account has seen a standing that isn't there yet");
  return settling(s, standing_seen{c.account, c.sequence});
}

made on(const state& s, const restrict_& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.what.sanction); !ok)
    return ok.why();
  if (s.status != status::active || !has_room_for(s.held, c.what.sanction))
    return refused_enforcement<event>(effect_refused{"no such user, or too many sanctions"}, c.what.sanction, false);
  return with_new_standing(s, restricted{c.what, s.standing_sequence + 1}, c.what.sanction, false);
}

made on(const state& s, const lift& c, const context& in) {
  if (auto ok = check_sanction_from(in, c.sanction); !ok)
    return ok.why();
  if (s.status != status::active)
    return refused_enforcement<event>(effect_refused{"there is no such user"}, c.sanction, true);
  return with_new_standing(s, restriction_lifted{c.sanction, s.standing_sequence + 1}, c.sanction, true);
}

} // namespace charter::users
