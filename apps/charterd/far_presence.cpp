#include "apps/charterd/far_presence.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <caf/all.hpp>

namespace charter::node {

using cluster::told_presence;
using net::availability;

namespace {

constexpr std::size_t users_at_once = 4'096; // of one message, some 80 KB

/// A user whom other nodes' sockets watch.
struct watched_here {
  std::set<std::string> watchers;
  std::optional<availability> known; ///< as presence has told it
};

struct far_presence_state {
  far_presence_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "far presence";

  far_presence_parts parts;
  std::set<entity_id> wanted;    ///< by sockets here
  std::set<entity_id> asked_for; ///< as the others were told
  bool telling = false;
  std::unordered_map<entity_id, std::map<std::string, availability>> there; ///< offline ones are left out
  std::unordered_map<entity_id, watched_here> watched;
};

using self_ptr = far_presence_actor::stateful_pointer<far_presence_state>;

user_id user_of(const entity_id& x) { return x.as<entity_kind::user>(); }

void join(self_ptr self) {
  auto& s = self->state;
  s.wanted.clear(); // presence tells them when we join
  self->send(s.parts.presence(), net::join_hub{net::far_gateway}, caf::actor_cast<caf::strong_actor_ptr>(self));
  for (auto& [user, here] : s.watched) {
    here.known.reset();
    self->send(s.parts.presence(), net::watch_presence{net::far_gateway, user_of(user), true});
  }
}

// -- whom sockets here watch ------------------------------------------------------------------------------------------

void report(self_ptr self, const entity_id& user) {
  auto& s = self->state;
  auto most = availability::offline;
  if (auto found = s.there.find(user); found != s.there.end())
    for (auto& [node, state] : found->second)
      most = std::max(most, state);
  self->send(s.parts.presence(), net::report_presence{net::far_gateway, user_of(user), most});
}

/// Tells them all, in parts. `first` goes with the first part, which there is even if nobody is watched.
void send_watches(const far_presence_state& s, const std::string& to, const std::set<entity_id>& users,
                  told_presence first) {
  for (auto& user : users) {
    if (first.watch.size() == users_at_once) {
      s.parts.send(to, std::move(first));
      first = {};
    }
    first.watch.push_back(user_of(user));
  }
  s.parts.send(to, std::move(first));
}

void on_wanted(self_ptr self, const net::presence_wanted& w) {
  auto& s = self->state;
  if (w.on)
    s.wanted.insert(w.user);
  else
    s.wanted.erase(w.user);
  if (w.on && s.there.contains(w.user)) // presence was started again, and we know already
    report(self, w.user);
  if (!std::exchange(s.telling, true))
    self->send(self, tell_others{}); // after what else has come by then
}

void on_tell(far_presence_state& s) {
  s.telling = false;
  told_presence news;
  auto flush = [&] {
    for (auto& node : s.parts.nodes)
      s.parts.send(node, news);
    news = {};
  };
  auto before = std::exchange(s.asked_for, s.wanted);
  for (auto& user : before)
    if (!s.wanted.contains(user)) {
      s.there.erase(user);
      news.forget.push_back(user_of(user));
      if (news.forget.size() == users_at_once)
        flush();
    }
  for (auto& user : s.wanted)
    if (!before.contains(user)) {
      news.watch.push_back(user_of(user));
      if (news.watch.size() == users_at_once)
        flush();
    }
  if (!news.forget.empty() || !news.watch.empty())
    flush();
}

void hear(self_ptr self, const std::string& from, const entity_id& user, availability state) {
  auto& s = self->state;
  if (!s.asked_for.contains(user))
    return;
  auto& nodes = s.there[user];
  if (state == availability::offline)
    nodes.erase(from);
  else
    nodes[from] = state;
  report(self, user);
  if (nodes.empty())
    s.there.erase(user);
}

void lose(self_ptr self, const std::string& node) {
  std::vector<entity_id> lost;
  for (auto& [user, nodes] : self->state.there)
    if (nodes.contains(node))
      lost.push_back(user);
  for (auto& user : lost)
    hear(self, node, user, availability::offline);
}

// -- whom others watch ------------------------------------------------------------------------------------------------

void begin_to_watch(self_ptr self, const std::string& node, const user_id& user, told_presence& now) {
  auto& s = self->state;
  auto& here = s.watched[user];
  here.watchers.insert(node);
  if (here.known)
    now.states.push_back({user, static_cast<std::uint8_t>(*here.known)});
  else if (here.watchers.size() == 1)
    self->send(s.parts.presence(), net::watch_presence{net::far_gateway, user, true});
}

void forget(self_ptr self, const std::string& node, const entity_id& user) {
  auto& s = self->state;
  auto found = s.watched.find(user);
  if (found == s.watched.end() || found->second.watchers.erase(node) == 0 || !found->second.watchers.empty())
    return;
  s.watched.erase(found);
  self->send(s.parts.presence(), net::watch_presence{net::far_gateway, user_of(user), false});
}

void forget_all(self_ptr self, const std::string& node) {
  std::vector<entity_id> users;
  for (auto& [user, here] : self->state.watched)
    if (here.watchers.contains(node))
      users.push_back(user);
  for (auto& user : users)
    forget(self, node, user);
}

void on_changes(far_presence_state& s, const net::presence_changes& p) {
  std::map<std::string, told_presence> out;
  for (auto& view : p.users) {
    auto found = s.watched.find(view.user);
    if (found == s.watched.end())
      continue;
    found->second.known = view.state;
    for (auto& node : found->second.watchers)
      out[node].states.push_back({view.user, static_cast<std::uint8_t>(view.state)});
  }
  for (auto& [node, news] : out)
    s.parts.send(node, std::move(news));
}

// -- nodes ------------------------------------------------------------------------------------------------------------

/// Whatever was told before may have got lost, in either process.
void greet(const far_presence_state& s, const std::string& node, bool ask) {
  told_presence anew;
  anew.anew = true;
  anew.ask = ask;
  send_watches(s, node, s.asked_for, std::move(anew));
}

void on_nodes(self_ptr self, const nodes_are& now) {
  for (auto& node : std::exchange(self->state.parts.nodes, now.directories))
    if (!now.directories.contains(node)) {
      lose(self, node);
      forget_all(self, node);
    }
}

void on_told(self_ptr self, const presence_told& told) {
  auto& s = self->state;
  auto& [from, what] = told;
  s.parts.nodes.insert(from); // its word may be here before we are told of it
  if (what.anew)
    forget_all(self, from);
  told_presence answer;
  for (auto& user : what.watch)
    begin_to_watch(self, from, user, answer);
  for (auto& user : what.forget)
    forget(self, from, user);
  for (auto& [user, state] : what.states)
    if (state <= static_cast<std::uint8_t>(availability::online))
      hear(self, from, user, static_cast<availability>(state));
  if (what.ask)
    greet(s, from, false);
  if (!answer.states.empty())
    s.parts.send(from, std::move(answer));
}

far_presence_actor::behavior_type behavior(self_ptr self, far_presence_parts parts) {
  auto& s = self->state;
  s.parts = std::move(parts);
  join(self);
  for (auto& node : s.parts.nodes)
    greet(s, node, true);
  return {
      [self](const net::presence_wanted& w) { on_wanted(self, w); },
      [self](const net::presence_changes& p) { on_changes(self->state, p); },
      [self](const node_up& up) { greet(self->state, up.directory, true); },
      [self](const node_down& down) { lose(self, down.directory); },
      [self](const nodes_are& now) { on_nodes(self, now); },
      [self](const presence_told& told) { on_told(self, told); },
      [self](presence_restarted) {
        join(self);
        if (!std::exchange(self->state.telling, true))
          self->send(self, tell_others{});
      },
      [self](tell_others) { on_tell(self->state); },
  };
}

} // namespace

far_presence_actor spawn_far_presence(caf::actor_system& system, far_presence_parts parts) {
  return system.spawn(behavior, std::move(parts));
}

} // namespace charter::node
