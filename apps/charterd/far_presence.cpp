#include "apps/charterd/far_presence.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include <caf/all.hpp>

namespace charter::node {

using cluster::told_presence;
using net::availability;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t users_at_once = 4'096; // of one message, some 80 KB
constexpr std::size_t messages_at_once = 16; // to one node; the next ones a moment later
constexpr auto between_messages = 100ms;
constexpr auto together_for = 100ms; // watches of that time go out together
constexpr auto try_again_after = 1s;

/// A user whom other nodes' sockets watch.
struct watched_here {
  std::set<std::string> watchers;
  std::optional<availability> known; ///< as presence has told it
};

/// What a node is told.
struct line {
  std::deque<told_presence> waiting; ///< all of it anew, at most
  bool stale = false;                ///< something didn't go, so all has to be said anew
};

struct far_presence_state {
  far_presence_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "far presence";

  far_presence_parts parts;
  std::map<std::string, line> lines;                                        ///< by node
  bool sending = false;                                                     ///< `send_waiting` is on its way
  std::unordered_set<entity_id> wanted;                                     ///< by sockets here
  std::unordered_set<entity_id> asked_for;                                  ///< as the others are told
  std::unordered_set<entity_id> in_between;                                 ///< may differ in the two
  bool telling = false;                                                     ///< `tell_others` is
  std::unordered_map<entity_id, std::map<std::string, availability>> there; ///< offline ones are left out
  std::unordered_map<entity_id, watched_here> watched;
};

using self_ptr = far_presence_actor::stateful_pointer<far_presence_state>;

user_id user_of(const entity_id& x) { return x.as<entity_kind::user>(); }

// -- sending ----------------------------------------------------------------------------------------------------------

void send_later(self_ptr self, std::chrono::milliseconds after) {
  if (!std::exchange(self->state.sending, true))
    self->delayed_send(self, after, send_waiting{});
}

/// As much as goes at once.
void send_now(self_ptr self, const std::string& node, line& to) {
  for (std::size_t i = 0; i < messages_at_once && !to.waiting.empty(); ++i) {
    if (!self->state.parts.send(node, std::move(to.waiting.front()))) {
      to.waiting.clear();
      to.stale = true;
      return send_later(self, try_again_after);
    }
    to.waiting.pop_front();
  }
  if (!to.waiting.empty())
    send_later(self, between_messages);
}

void tell(self_ptr self, const std::string& node, told_presence what) {
  auto& to = self->state.lines[node];
  if (to.stale)
    return;
  bool first = to.waiting.empty();
  to.waiting.push_back(std::move(what));
  if (first)
    send_now(self, node, to);
}

/// Puts together what some nodes are told of many users.
class messages {
public:
  messages(self_ptr self, std::set<std::string> nodes, told_presence first = {})
      : self_(self), nodes_(std::move(nodes)), next_(std::move(first)) {}

  void watch(const entity_id& user) { add(next_.watch, user_of(user)); }
  void forget(const entity_id& user) { add(next_.forget, user_of(user)); }
  void state(const user_id& user, availability state) {
    add(next_.states, cluster::user_presence{user, static_cast<std::uint8_t>(state)});
  }
  void finish() {
    for (auto& node : nodes_)
      tell(self_, node, next_);
    next_ = {};
    users_ = 0;
  }
  void finish_if_any() {
    if (users_ > 0)
      finish();
  }

private:
  template <class T>
  void add(std::vector<T>& to, T one) {
    to.push_back(std::move(one));
    if (++users_ == users_at_once)
      finish();
  }
  self_ptr self_;
  std::set<std::string> nodes_;
  told_presence next_;
  std::size_t users_ = 0;
};

/// All whom we watch. What was told before may have got lost, in either process.
void greet(self_ptr self, const std::string& node, bool ask) {
  auto& s = self->state;
  s.lines[node] = {};
  told_presence first;
  first.anew = true;
  first.ask = ask;
  messages out{self, {node}, std::move(first)};
  for (auto& user : s.asked_for)
    out.watch(user);
  out.finish();
}

void on_send_waiting(self_ptr self) {
  auto& s = self->state;
  s.sending = false;
  for (auto& node : s.parts.nodes) {
    auto& to = s.lines[node];
    if (!to.stale)
      send_now(self, node, to);
    else if (s.parts.send(node, {}))
      greet(self, node, true);
    else
      send_later(self, try_again_after);
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

void changes(self_ptr self, const entity_id& user) {
  auto& s = self->state;
  s.in_between.insert(user);
  if (!std::exchange(s.telling, true))
    self->delayed_send(self, together_for, tell_others{});
}

void on_wanted(self_ptr self, const net::presence_wanted& w) {
  auto& s = self->state;
  if (w.on)
    s.wanted.insert(w.user);
  else
    s.wanted.erase(w.user);
  changes(self, w.user);
  if (w.on && s.there.contains(w.user)) // presence was started again, and we know already
    report(self, w.user);
}

void on_tell(self_ptr self) {
  auto& s = self->state;
  s.telling = false;
  messages out{self, s.parts.nodes};
  for (auto& user : std::exchange(s.in_between, {})) {
    bool wanted = s.wanted.contains(user);
    if (wanted && s.asked_for.insert(user).second) {
      out.watch(user);
    } else if (!wanted && s.asked_for.erase(user) > 0) {
      s.there.erase(user);
      out.forget(user);
    }
  }
  out.finish_if_any();
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

void begin_to_watch(self_ptr self, const std::string& node, const user_id& user, messages& answer) {
  auto& s = self->state;
  auto& here = s.watched[user];
  here.watchers.insert(node);
  if (here.known)
    answer.state(user, *here.known);
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

void on_changes(self_ptr self, const net::presence_changes& p) {
  auto& s = self->state;
  std::map<std::string, messages> out;
  for (auto& view : p.users) {
    auto found = s.watched.find(view.user);
    if (found == s.watched.end())
      continue;
    found->second.known = view.state;
    for (auto& node : found->second.watchers)
      out.try_emplace(node, self, std::set{node}).first->second.state(view.user, view.state);
  }
  for (auto& [node, rest] : out)
    rest.finish_if_any();
}

void on_told(self_ptr self, const presence_told& told) {
  auto& s = self->state;
  auto& [from, what] = told;
  s.parts.nodes.insert(from); // its word may be here before we are told of it
  if (what.anew)
    forget_all(self, from);
  messages answer{self, {from}};
  for (auto& user : what.watch)
    begin_to_watch(self, from, user, answer);
  for (auto& user : what.forget)
    forget(self, from, user);
  for (auto& [user, state] : what.states)
    if (state <= static_cast<std::uint8_t>(availability::online))
      hear(self, from, user, static_cast<availability>(state));
  if (what.ask)
    greet(self, from, false);
  answer.finish_if_any();
}

// -- nodes ------------------------------------------------------------------------------------------------------------

void on_nodes(self_ptr self, const nodes_are& now) {
  auto& s = self->state;
  auto before = std::exchange(s.parts.nodes, now.directories);
  for (auto& node : before)
    if (!now.directories.contains(node)) {
      lose(self, node);
      forget_all(self, node);
      s.lines.erase(node);
    }
  for (auto& node : now.directories)
    if (!before.contains(node))
      greet(self, node, true);
}

/// Presence knows nothing of us, and tells whom its gateways watch when we join.
void join(self_ptr self) {
  auto& s = self->state;
  for (auto& user : std::exchange(s.wanted, {}))
    changes(self, user);
  self->send(s.parts.presence(), net::join_hub{net::far_gateway}, caf::actor_cast<caf::strong_actor_ptr>(self));
  for (auto& [user, here] : s.watched) {
    here.known.reset();
    self->send(s.parts.presence(), net::watch_presence{net::far_gateway, user_of(user), true});
  }
}

far_presence_actor::behavior_type behavior(self_ptr self, far_presence_parts parts) {
  self->state.parts = std::move(parts);
  join(self);
  for (auto& node : self->state.parts.nodes)
    greet(self, node, true);
  return {
      [self](const net::presence_wanted& w) { on_wanted(self, w); },
      [self](const net::presence_changes& p) { on_changes(self, p); },
      [self](const node_up& up) {
        if (self->state.parts.nodes.contains(up.directory))
          greet(self, up.directory, true);
      },
      [self](const node_silent& silent) { lose(self, silent.directory); },
      [self](const nodes_are& now) { on_nodes(self, now); },
      [self](const presence_told& told) { on_told(self, told); },
      [self](presence_restarted) { join(self); },
      [self](tell_others) { on_tell(self); },
      [self](send_waiting) { on_send_waiting(self); },
  };
}

} // namespace

far_presence_actor spawn_far_presence(caf::actor_system& system, far_presence_parts parts) {
  return system.spawn(behavior, std::move(parts));
}

} // namespace charter::node
