#include "net/presence.hpp"

#include <map>
#include <set>
#include <unordered_map>

#include <caf/all.hpp>

namespace charter::net {

namespace {

using namespace std::chrono_literals;

constexpr auto flush_every = 1s;

struct watched_user {
  std::set<std::size_t> watchers;           ///< gateways
  std::map<std::size_t, availability> seen; ///< by gateway; offline ones are left out
  std::map<std::size_t, availability> told; ///< what each watching gateway was told last

  availability state_for(std::size_t watcher) const {
    auto most = availability::offline;
    for (auto& [gateway, state] : seen)
      if (watcher != far_gateway || gateway != far_gateway)
        most = std::max(most, state);
    return most;
  }
  /// Somebody watches; and for other nodes to be asked, somebody here.
  bool is_wanted_from(std::size_t gateway) const {
    return watchers.size() > (gateway == far_gateway ? watchers.count(far_gateway) : 0);
  }
};

struct presence_state {
  presence_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "presence";

  std::map<std::size_t, caf::strong_actor_ptr> gateways;
  std::unordered_map<entity_id, watched_user> users;
  std::set<entity_id> changed; ///< since the last flush
};

using self_ptr = presence_actor::stateful_pointer<presence_state>;

template <class Message>
void tell(const caf::strong_actor_ptr& gateway, Message what) {
  caf::anon_send(caf::actor_cast<caf::actor>(gateway), std::move(what));
}

void mark(self_ptr self, const entity_id& user) {
  auto& changed = self->state.changed;
  if (changed.empty())
    self->delayed_send(self, flush_every, presence_flush{});
  changed.insert(user);
}

/// Gateways are asked, or not any more, after who watches has changed.
template <class Change>
void change_watchers(presence_state& s, const entity_id& id, watched_user& user, Change change) {
  std::map<std::size_t, bool> before;
  for (auto& [thread, gateway] : s.gateways)
    before[thread] = user.is_wanted_from(thread);
  change(user);
  for (auto& [thread, gateway] : s.gateways) {
    bool wanted = user.is_wanted_from(thread);
    if (wanted == before[thread])
      continue;
    tell(gateway, presence_wanted{id.as<entity_kind::user>(), wanted});
    if (!wanted)
      user.seen.erase(thread);
  }
}

void on_watch(self_ptr self, const watch_presence& w) {
  auto& s = self->state;
  if (w.on) {
    change_watchers(s, w.user, s.users[w.user], [&](watched_user& user) { user.watchers.insert(w.io_thread); });
    mark(self, w.user); // whoever begins to watch hears how it is, changed or not
    return;
  }
  auto user = s.users.find(w.user);
  if (user == s.users.end())
    return;
  change_watchers(s, w.user, user->second, [&](watched_user& of) {
    of.watchers.erase(w.io_thread);
    of.told.erase(w.io_thread);
  });
  if (!user->second.watchers.empty())
    return;
  s.users.erase(user);
  s.changed.erase(w.user);
}

void on_report(self_ptr self, const report_presence& r) {
  auto user = self->state.users.find(r.user);
  if (user == self->state.users.end())
    return;
  if (r.state == availability::offline)
    user->second.seen.erase(r.io_thread);
  else
    user->second.seen[r.io_thread] = r.state;
  mark(self, r.user);
}

void on_flush(presence_state& s) {
  std::map<std::size_t, presence_changes> out;
  for (auto& id : std::exchange(s.changed, {})) {
    auto& user = s.users.at(id);
    for (auto gateway : user.watchers) {
      auto state = user.state_for(gateway);
      auto [told, is_first] = user.told.try_emplace(gateway, state);
      if (is_first || told->second != state)
        out[gateway].users.push_back({id.as<entity_kind::user>(), state});
      told->second = state;
    }
  }
  for (auto& [thread, changes] : out)
    if (auto gateway = s.gateways.find(thread); gateway != s.gateways.end())
      tell(gateway->second, std::move(changes));
}

/// Whatever an earlier gateway of that thread watched and reported is over.
void on_join(presence_state& s, std::size_t thread, const caf::strong_actor_ptr& gateway) {
  s.gateways.erase(thread);
  for (auto at = s.users.begin(); at != s.users.end();) {
    auto& [id, user] = *at;
    change_watchers(s, id, user, [&](watched_user& of) {
      of.watchers.erase(thread);
      of.told.erase(thread);
      of.seen.erase(thread);
    });
    if (user.watchers.empty()) {
      s.changed.erase(id);
      at = s.users.erase(at);
      continue;
    }
    if (user.is_wanted_from(thread))
      tell(gateway, presence_wanted{id.as<entity_kind::user>(), true});
    ++at;
  }
  s.gateways[thread] = gateway;
}

presence_actor::behavior_type behavior(self_ptr self) {
  return {
      [self](const watch_presence& w) { on_watch(self, w); },
      [self](const report_presence& r) { on_report(self, r); },
      [self](const join_hub& j, const caf::strong_actor_ptr& gateway) { on_join(self->state, j.io_thread, gateway); },
      [self](presence_flush) { on_flush(self->state); },
  };
}

} // namespace

presence_actor spawn_presence(caf::actor_system& system) { return system.spawn(behavior); }

} // namespace charter::net
