#pragma once
// All entities in memory, and the effects between them: sagas from end to end, in any order of delivery.
//
// Effects wait in one lane per pair of entities. Within a lane they stay in order, as the journal keeps them; between
// lanes a test chooses (`deliver`), which covers every interleaving that shards could show. Nothing is delivered twice.

#include <map>

#include "tests/domain_fixture.hpp"

namespace charter::test {

// In the order of entity_kind.
using any_state = std::variant<users::state, names::state, identities::state, organisations::state, accounts::state,
                               chats::state, cases::state, offices::state, policies::state, audit::state>;

namespace detail {

template <std::size_t I = 0>
any_state fresh_state(std::size_t kind) {
  if constexpr (I + 1 < std::variant_size_v<any_state>)
    if (kind != I)
      return fresh_state<I + 1>(kind);
  return any_state{std::in_place_index<I>};
}

/// Calls `f` with the state and the command or event inside `any`, which are of the same entity kind.
template <class States, class Any, class F>
void with_both(States& s, const Any& any, F f) {
  std::visit(
      [&](auto& state, const auto& inner) {
        if constexpr (requires { f(state, inner); })
          f(state, inner);
        else
          CHARTER_ASSERT(!"a command or an event of another kind of entity");
      },
      s, any);
}

} // namespace detail

class world {
public:
  timestamp now = noon;
  policy_view policy = shipped_policy();
  bool policy_known = true;

  /// Decides and keeps. Effects wait.
  result<answer> ask(entity_id to, const any_command& c, caller by) {
    result<answer> answered = refuse(errc::internal, "not decided");
    detail::with_both(state_of(to), c,
                      [&](auto& state, const auto& command) -> decltype(decide(state, command, context{}), void()) {
                        awaiting_.reset();
                        auto made = decide(state, command, context_for(to, by, command));
                        if (!made) {
                          answered = made.why();
                          return;
                        }
                        for (const auto& e : made->events) {
                          evolve(state, e);
                          project(to, e);
                          history[to].push_back(e);
                        }
                        for (const auto& e : made->effects) {
                          lanes_[{to, e.to}].push_back(e.command);
                          emitted.push_back({to, e});
                        }
                        answered = made->answer;
                        awaiting_ = made->awaiting;
                      });
    return answered;
  }

  /// `ask`, then all that follows from it; what a client would be answered in the end.
  result<answer> settle(entity_id to, const any_command& c, caller by) {
    auto answered = ask(to, c, by);
    auto key = awaiting_;
    run();
    if (!answered || !key)
      return answered;
    auto ended = outcome_of(to, *key);
    if (!ended)
      return refuse(errc::unavailable, "the saga has not ended");
    return *ended ? answered : result<answer>{ended->why()};
  }

  std::size_t lanes_waiting() const { return lanes_.size(); }

  /// The oldest effect of the `choice`-th lane that waits.
  void deliver(std::size_t choice = 0) {
    auto lane = std::next(lanes_.begin(), static_cast<std::ptrdiff_t>(choice % lanes_.size()));
    auto [from, to] = lane->first;
    auto command = lane->second.front();
    lane->second.erase(lane->second.begin());
    if (lane->second.empty())
      lanes_.erase(lane);
    if (auto done = ask(to, command, caller::entity(from)); !done)
      refused_effects.push_back(done.why());
  }
  void run() {
    for (int steps = 0; !lanes_.empty(); ++steps) {
      CHARTER_ASSERT(steps < 100'000); // entities that answer each other for ever
      deliver();
    }
  }

  template <class State>
  State& at(entity_id x) {
    return std::get<State>(state_of(x));
  }

  /// Empty when the saga behind that key goes on.
  std::optional<status> outcome_of(entity_id x, const id_bytes& key) {
    return std::visit(
        [&](const auto& state) -> std::optional<status> {
          if constexpr (requires { outcome(state, key); })
            return outcome(state, key);
          else
            return status{done{}};
        },
        state_of(x));
  }

  /// Whether folding every entity's history from nothing gives the live state (I6).
  bool replays() {
    for (const auto& [x, events] : history) {
      auto again = detail::fresh_state(static_cast<std::size_t>(x.kind) - 1);
      for (const auto& any : events)
        detail::with_both(again, any,
                          [](auto& state, const auto& e) -> decltype(evolve(state, e)) { evolve(state, e); });
      if (again != state_of(x))
        return false;
    }
    return true;
  }

  /// The exact events of an entity, oldest first.
  template <class Event, class Any>
  std::vector<Event> events_of(entity_id x) {
    std::vector<Event> found;
    for (const auto& any : history[x])
      if (auto* e = std::get_if<Event>(&std::get<Any>(any)))
        found.push_back(*e);
    return found;
  }

  std::map<entity_id, std::vector<any_event>> history;
  std::vector<std::pair<entity_id, effect>> emitted; ///< by whom, and what; oldest first
  std::map<std::pair<entity_id, std::uint64_t>, post_row> posts;
  std::map<std::pair<entity_id, std::uint64_t>, message_row> messages;
  std::map<std::tuple<entity_id, office_item_kind, std::uint64_t>, office_item> items;
  std::vector<refusal> refused_effects; ///< stays empty: refusing an effect is an event

private:
  any_state& state_of(entity_id x) {
    auto index = static_cast<std::size_t>(x.kind) - 1;
    return states_.try_emplace(x, detail::fresh_state(index)).first->second;
  }

  template <class Command>
  context context_for(entity_id self, caller by, const Command& c) {
    auto in = context_of(self, by, policy_known ? &policy : nullptr, now);
    in.entropy = digest_of("entropy " + std::to_string(++decisions_));
    if constexpr (requires { needs(c); })
      in.rows = rows_for(self, needs(c));
    return in;
  }

  facts rows_for(entity_id self, needed_row row) const {
    using table = needed_row::table;
    facts found;
    auto item = [&](office_item_kind kind) {
      if (auto at = items.find({self, kind, row.number}); at != items.end())
        found.item = at->second;
    };
    switch (row.in) {
      case table::none: break;
      case table::post:
        if (auto at = posts.find({self, row.number}); at != posts.end())
          found.post = at->second;
        break;
      case table::message:
        if (auto at = messages.find({self, row.number}); at != messages.end())
          found.message = at->second;
        break;
      case table::filing: item(office_item_kind::filing); break;
      case table::report: item(office_item_kind::report); break;
      case table::referral: item(office_item_kind::referral); break;
    }
    return found;
  }

  // Rows as the store's projection keeps them; nothing of this is policy.
  template <class Event>
  void project(entity_id, const Event&) {}

  void project(entity_id x, const accounts::event& e) {
    if (auto* p = std::get_if<accounts::published>(&e)) {
      posts[{x, p->number}] = {p->number,           p->at, p->kind, p->title, p->text, p->link, p->author, p->source,
                               post_state::visible, {},    {},      p->badge};
    } else if (auto* p = std::get_if<accounts::corrected>(&e)) {
      auto& row = posts[{x, p->number}];
      row.earlier.push_back({p->at, row.text});
      row.title = p->title;
      row.text = p->text;
    } else if (auto* p = std::get_if<accounts::post_withdrawn>(&e)) {
      posts[{x, p->number}].state = post_state::withdrawn;
    } else if (auto* p = std::get_if<accounts::post_withheld>(&e)) {
      posts[{x, p->number}].state = post_state::withheld;
      posts[{x, p->number}].withheld_by = p->sanction;
    } else if (auto* p = std::get_if<accounts::post_restored>(&e)) {
      posts[{x, p->number}].state = post_state::visible;
      posts[{x, p->number}].withheld_by.reset();
    }
  }
  void project(entity_id x, const chats::event& e) {
    if (auto* m = std::get_if<chats::sent>(&e)) {
      messages[{x, m->number}] = {m->number, m->at, m->author, m->sealed, {}, false};
    } else if (auto* m = std::get_if<chats::edited>(&e)) {
      messages[{x, m->number}].sealed = m->sealed;
      messages[{x, m->number}].edited_at = m->at;
    } else if (auto* m = std::get_if<chats::recalled>(&e)) {
      messages[{x, m->number}].sealed = personal<bytes>::erased();
      messages[{x, m->number}].recalled = true;
    }
  }
  void project(entity_id x, const offices::event& e) {
    if (auto* o = std::get_if<offices::received>(&e)) {
      items[{x, o->item.kind, o->item.number}] = o->item;
    } else if (auto* o = std::get_if<offices::acknowledged>(&e)) {
      auto& item = items[{x, o->kind, o->number}];
      item.state = office_item_state::acknowledged;
      item.receipt = o->receipt;
      item.acknowledged_at = o->at;
    } else if (auto* o = std::get_if<offices::answered>(&e)) {
      auto& item = items[{x, office_item_kind::referral, o->number}];
      item.state = office_item_state::answered;
      item.answer = o->text;
    }
  }

  std::map<entity_id, any_state> states_;
  std::map<std::pair<entity_id, entity_id>, std::vector<any_command>> lanes_;
  std::optional<id_bytes> awaiting_;
  std::uint64_t decisions_ = 0;
};

} // namespace charter::test
