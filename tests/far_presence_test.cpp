// Presence across nodes: who is watched at one and is at another, while links break and parts start again. Nodes in one
// world, without sockets; what goes over links is encoded and decoded.

#include "apps/charterd/far_presence.hpp"
#include "tests/actor_world.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;
using namespace charter::node;
using cluster::told_presence;
using net::availability;

namespace {

/// What sockets of a node are like, and what they were told.
struct sockets {
  std::map<entity_id, availability> here;
  std::set<entity_id> wanted;
  std::map<entity_id, availability> seen;
  std::size_t told = 0;
};

caf::behavior gateway_of(caf::event_based_actor* self, sockets* s, std::function<net::presence_actor()> presence) {
  return {
      [=](const net::presence_wanted& w) {
        if (w.on)
          s->wanted.insert(w.user);
        else
          s->wanted.erase(w.user);
        if (w.on && s->here.contains(w.user))
          self->send(presence(), net::report_presence{0, w.user, s->here[w.user]});
      },
      [=](const net::presence_changes& p) {
        for (auto& view : p.users)
          s->seen[view.user] = view.state;
        s->told += p.users.size();
      },
  };
}

class nodes {
public:
  nodes(actor_world& world, std::size_t count) : world_(world), all_(count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& n = all_[i];
      auto presence = [&n] { return n.presence; };
      n.presence = world_.own(net::spawn_presence(world_.system()));
      n.gateway = world_.own(world_.system().spawn(gateway_of, &n.here, presence));
      start_far(i);
      join(i);
    }
    world_.run();
  }

  sockets& at(std::size_t i) { return all_[i].here; }
  std::size_t sent() const { return sent_; }

  void watch(std::size_t i, const user_id& user, bool on) {
    auto& n = all_[i];
    on ? void(n.watched.insert(user)) : void(n.watched.erase(user));
    if (!on)
      n.here.seen.erase(user);
    caf::anon_send(n.presence, net::watch_presence{0, user, on});
  }
  void become(std::size_t i, const user_id& user, availability state) {
    auto& n = all_[i];
    n.here.here[user] = state;
    if (n.here.wanted.contains(user))
      caf::anon_send(n.presence, net::report_presence{0, user, state});
  }
  /// What `from` sends doesn't arrive; or does again.
  void cut(std::size_t from, std::size_t to) {
    if (cut_.insert({from, to}).second)
      caf::anon_send(all_[to].far, node_silent{name(from)});
  }
  void heal(std::size_t from, std::size_t to) {
    if (cut_.erase({from, to}) > 0)
      caf::anon_send(all_[from].far, node_up{name(to)});
  }
  /// Too much waits to be sent; or not any more. Nobody is told.
  void fill(std::size_t from, std::size_t to) { full_.insert({from, to}); }
  void empty(std::size_t from, std::size_t to) { full_.erase({from, to}); }
  void heal_all() {
    full_.clear();
    for (auto& [from, to] : std::set{cut_})
      heal(from, to);
  }
  void restart_presence(std::size_t i) {
    auto& n = all_[i];
    caf::anon_send_exit(n.presence, caf::exit_reason::kill);
    world_.run(); // a supervisor starts another one when it has ended
    n.presence = world_.own(net::spawn_presence(world_.system()));
    n.here.wanted.clear();
    join(i);
    caf::anon_send(n.far, presence_restarted{});
    for (auto& user : n.watched)
      caf::anon_send(n.presence, net::watch_presence{0, user.as<entity_kind::user>(), true});
  }
  void restart_far(std::size_t i) {
    caf::anon_send_exit(all_[i].far, caf::exit_reason::kill);
    world_.run();
    start_far(i);
  }
  void leave(std::size_t gone) {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (i != gone) {
        auto rest = others(i);
        rest.erase(name(gone));
        caf::anon_send(all_[i].far, nodes_are{rest});
      }
  }

  /// How the user is, anywhere.
  availability truth(const user_id& user) {
    auto most = availability::offline;
    for (auto& n : all_)
      if (auto found = n.here.here.find(user); found != n.here.here.end())
        most = std::max(most, found->second);
    return most;
  }
  bool everybody_knows(std::span<const user_id> users) {
    for (auto& n : all_)
      for (auto& user : users)
        if (n.watched.contains(user) && (!n.here.seen.contains(user) || n.here.seen[user] != truth(user)))
          return false;
    return true;
  }

private:
  struct one_node {
    sockets here;
    std::set<entity_id> watched;
    net::presence_actor presence;
    far_presence_actor far;
    caf::actor gateway;
  };
  static std::string name(std::size_t i) { return "directory-" + std::to_string(i); }
  std::set<std::string> others(std::size_t of) {
    std::set<std::string> out;
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (i != of)
        out.insert(name(i));
    return out;
  }
  void join(std::size_t i) {
    auto& n = all_[i];
    caf::anon_send(n.presence, net::join_hub{0}, caf::actor_cast<caf::strong_actor_ptr>(n.gateway));
  }
  void start_far(std::size_t i) {
    far_presence_parts parts;
    parts.presence = [this, i] { return all_[i].presence; };
    parts.nodes = others(i);
    parts.send = [this, i](const std::string& to, told_presence what) { return send(i, to, std::move(what)); };
    all_[i].far = world_.own(spawn_far_presence(world_.system(), std::move(parts)));
  }
  bool send(std::size_t from, const std::string& to, told_presence what) {
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (name(i) == to && all_[i].far && !cut_.contains({from, i}) && !full_.contains({from, i})) {
        ++sent_;
        auto came = cluster::decode_question(cluster::encode_question({0, 0, std::move(what)}));
        caf::anon_send(all_[i].far, presence_told{name(from), std::get<told_presence>(came->what)});
        return true;
      }
    return false;
  }

  actor_world& world_;
  std::vector<one_node> all_; // doesn't grow
  std::set<std::pair<std::size_t, std::size_t>> cut_, full_;
  std::size_t sent_ = 0;
};

/// Ann is online at node 1 of three, and somebody at node 0 has heard so.
struct ann_is_watched {
  actor_world world;
  nodes n{world, 3};
  user_id ann = usr("ann");

  ann_is_watched() {
    n.become(1, ann, availability::online);
    n.watch(0, ann, true);
    world.run_for(3s);
  }
};

} // namespace

TEST_CASE("far presence: who watches at one node hears how somebody is at another", "[node]") {
  ann_is_watched begin;
  auto& [world, n, ann] = begin;
  CHECK(n.at(0).seen[ann] == availability::online);
  n.become(2, ann, availability::away); // another device
  n.become(1, ann, availability::offline);
  world.run_for(3s);
  CHECK(n.at(0).seen[ann] == availability::away);
  n.become(2, ann, availability::offline);
  world.run_for(3s);
  CHECK(n.at(0).seen[ann] == availability::offline);
  n.watch(0, ann, false);
  world.run_for(3s);
  CHECK((n.at(1).wanted.empty() && n.at(2).wanted.empty()));
}

TEST_CASE("far presence: two nodes that watch the same don't tell each other what they heard", "[node]") {
  actor_world world;
  nodes n{world, 3};
  auto ann = usr("ann");
  n.become(2, ann, availability::online);
  n.watch(0, ann, true);
  n.watch(1, ann, true);
  world.run_for(3s);
  n.become(2, ann, availability::offline);
  world.run_for(3s);
  CHECK(n.at(0).seen[ann] == availability::offline);
  CHECK(n.at(1).seen[ann] == availability::offline);
  n.watch(0, ann, false);
  n.watch(1, ann, false);
  world.run_for(3s);
  CHECK(n.at(2).wanted.empty());
}

TEST_CASE("far presence: its cost grows with those who are watched", "[node]") {
  actor_world world;
  nodes n{world, 2};
  n.watch(0, usr("ann"), true);
  world.run_for(3s);
  auto before = n.sent();
  for (int i = 0; i < 1'000; ++i)
    n.become(1, usr("user " + std::to_string(i)), availability::online);
  world.run_for(3s);
  CHECK(n.sent() == before);
  for (int i = 0; i < 1'000; ++i)
    n.watch(0, usr("user " + std::to_string(i)), true);
  world.run_for(5s);
  CHECK(n.at(0).seen.size() == 1'001);
  CHECK(n.sent() < before + 20); // together, not one by one
}

TEST_CASE("far presence: tens of thousands are told of in parts, and nothing is lost when a link is full", "[node]") {
  actor_world world;
  nodes n{world, 2};
  constexpr int many = 30'000;
  for (int i = 0; i < many; ++i) {
    n.become(1, usr("user " + std::to_string(i)), availability::online);
    n.watch(0, usr("user " + std::to_string(i)), true);
  }
  n.fill(1, 0);
  world.run_for(10s);
  CHECK(n.at(1).wanted.size() == many);
  n.empty(1, 0);
  world.run_for(10s);
  CHECK(n.at(0).seen.size() == many);
  CHECK(std::ranges::all_of(n.at(0).seen, [](auto& one) { return one.second == availability::online; }));
}

TEST_CASE("far presence: who can't be heard is offline, and whoever left is forgotten", "[node]") {
  ann_is_watched begin;
  auto& [world, n, ann] = begin;
  n.cut(1, 0);
  world.run_for(3s);
  CHECK(n.at(0).seen[ann] == availability::offline);
  n.heal(1, 0);
  world.run_for(3s);
  CHECK(n.at(0).seen[ann] == availability::online);
  n.leave(0);
  world.run_for(3s);
  CHECK(n.at(1).wanted.empty());
}

TEST_CASE("far presence: after any breaks and restarts everybody knows, and nobody watches for ever", "[node]") {
  const std::vector<user_id> users{usr("ann"), usr("ben"), usr("cleo"), usr("dora")};
  for (auto seed : world_seeds(60)) {
    actor_world world{seed};
    nodes n{world, 3};
    std::mt19937_64 random{seed};
    auto any = [&](std::size_t below) { return static_cast<std::size_t>(random() % below); };
    for (int i = 0; i < 120; ++i) {
      auto node = any(3);
      auto other = (node + 1 + any(2)) % 3;
      auto& user = users[any(users.size())];
      switch (any(12)) {
        case 0:
        case 1:
        case 2: n.watch(node, user, any(3) > 0); break;
        case 3:
        case 4:
        case 5: n.become(node, user, static_cast<availability>(any(3))); break;
        case 6: n.cut(node, other); break;
        case 7: n.heal(node, other); break;
        case 8: n.restart_presence(node); break;
        case 9: n.restart_far(node); break;
        case 10: n.fill(node, other); break;
        case 11: n.empty(node, other); break;
      }
      if (any(3) == 0)
        world.run();
      if (any(5) == 0)
        world.run_for(std::chrono::milliseconds{any(2'000)});
    }
    n.heal_all();
    world.run_for(5s);
    CHECK(n.everybody_knows(users));
    for (std::size_t node = 0; node < 3; ++node)
      for (auto& user : users)
        n.watch(node, user, false);
    world.run_for(5s);
    for (std::size_t node = 0; node < 3; ++node)
      CHECK(n.at(node).wanted.empty());
  }
}
