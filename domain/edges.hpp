#pragma once
// The parent's side of an edge: who is told of a standing, and when a sanction counts as journaled everywhere (I2).
//
// Users and organisations keep the same lists for this: `edges` (accounts, with the highest standing that each has
// confirmed), `held` (restrictions), and `pending` (what the case isn't told of yet). Included by their .cpp files
// only.

#include <algorithm>

#include "domain/effects.hpp"
#include "domain/limits.hpp"
#include "domain/standing.hpp"

namespace charter {

template <class Edges>
auto find_edge(Edges& edges, const account_id& account) {
  return std::find_if(edges.begin(), edges.end(), [&](const auto& edge) { return edge.account == account; });
}

/// Adds an edge, or leaves it as it is.
template <class Edges>
void put_edge(Edges& edges, const account_id& account) {
  if (find_edge(edges, account) == edges.end())
    edges.push_back(typename Edges::value_type{account});
}

/// Forgets what every account has confirmed. For `evolve`, after anything that may have been the last to wait for.
template <class State>
void drop_settled(State& s) {
  using std::erase_if; // one of the two parents has a rare_list
  erase_if(s.pending, [&](const auto& waiting) {
    return std::all_of(s.edges.begin(), s.edges.end(), [&](const auto& edge) { return edge.seen >= waiting.sequence; });
  });
}

template <class State>
void see_standing(State& s, const account_id& account, std::uint64_t sequence) {
  if (auto edge = find_edge(s.edges, account); edge != s.edges.end())
    edge->seen = std::max(edge->seen, sequence);
  drop_settled(s);
}

inline effect confirm_enforcement(const case_id& sanction, bool lifting, bool refused = false) {
  return {sanction, cases::enforcement_confirmed{lifting, refused}};
}

/// What `next` no longer waits for is told to its cases, in the order in which they asked.
template <class State>
void confirm_settled(const State& before, const State& next, std::vector<effect>& effects) {
  for (const auto& waiting : before.pending)
    if (std::find(next.pending.begin(), next.pending.end(), waiting) == next.pending.end())
      effects.push_back(confirm_enforcement(waiting.sanction, waiting.lifting));
}

/// Whether a case may put this on an entity: only on its own behalf.
inline status check_sanction_from(const context& in, const case_id& sanction) {
  if (!in.by.is(sanction))
    return refuse(errc::forbidden, "sanctions come from their case");
  return done{};
}

template <class Event>
decision<Event> refused_enforcement(Event why, const case_id& sanction, bool lifting) {
  decision<Event> out;
  out.events.push_back(std::move(why));
  out.effects.push_back(confirm_enforcement(sanction, lifting, true));
  return out;
}

inline bool has_room_for(const restrictions& held, const case_id& sanction) {
  return held.size() < limits::restrictions_max ||
         std::any_of(held.begin(), held.end(), [&](const restriction& r) { return r.sanction == sanction; });
}

} // namespace charter
