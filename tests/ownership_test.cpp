// Who claims and who lets go, as a table and as a game of several nodes that all decide for themselves.

#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include "cluster/ownership.hpp"

using namespace charter;
using namespace charter::cluster;
using std::chrono::milliseconds;
using std::chrono::seconds;
using time_point = ownership::time_point;

namespace {

constexpr ownership_patience patience{seconds{10}, seconds{2}, milliseconds{500}};
constexpr shard_id shard_count = 12;
const std::set<std::string> everybody{"d0", "d1", "d2"};

time_point at(double second) { return time_point{milliseconds{static_cast<std::int64_t>(second * 1000)}}; }

member node_with(const std::string& directory, member_phase phase = member_phase::serving) {
  return {own_protocol(), directory, "127.0.0.1:1", phase};
}

/// Shards that nobody owns, kept by all.
cluster_view fresh_cluster(shard_id shards = shard_count) {
  cluster_view out;
  for (auto& directory : everybody)
    out.members.emplace("n" + directory, node_with(directory));
  for (shard_id shard = 0; shard < shards; ++shard)
    out.shards[shard] = {"", everybody};
  return out;
}

cluster_view owned_by(std::map<shard_id, std::string> owners) {
  auto out = fresh_cluster(static_cast<shard_id>(owners.size()));
  for (auto& [shard, directory] : owners)
    out.shards[shard].directory = directory;
  return out;
}

} // namespace

TEST_CASE("members: what a node says of itself comes back, and other text is refused", "[cluster]") {
  auto node = node_with("0123", member_phase::draining);
  CHECK(to_text(node) == std::to_string(own_protocol()) + " 0123 127.0.0.1:1 draining");
  CHECK(parse_member(to_text(node)).operator*() == node);
  CHECK(parse_member("2 0123 host:1 serving and more")->protocol == 2);
  for (auto wrong : {"", "x", "1 0123 host:1", "1 0123 host:1 dancing", "one 0123 host:1 serving"})
    CHECK(parse_member(wrong).why().code == errc::internal);
  CHECK(is_node_name("node-1"));
  for (auto wrong : {"", "a/b", "Node", "a b"})
    CHECK_FALSE(is_node_name(wrong));
}

TEST_CASE("protocol: nodes talk to those of the next version and the one before", "[cluster]") {
  CHECK(can_talk(own_protocol(), own_protocol()));
  CHECK(can_talk(1, 2));
  CHECK(can_talk(2, 1));
  CHECK_FALSE(can_talk(1, 3));
  CHECK_FALSE(can_talk(3, 1));
  // During an upgrade nobody takes over from who is of the other version.
  auto view = owned_by({{0, "d0"}});
  view.members.at("nd0").protocol = own_protocol() + 1;
  CHECK(ownership("d1", patience).decide(view, {}, {}, at(0)).empty());
  CHECK(ownership("d2", patience).decide(view, {}, {}, at(0)).empty());
}

TEST_CASE("ownership: what nobody owns is claimed by one node each", "[cluster]") {
  auto view = fresh_cluster();
  std::map<shard_id, int> claimed;
  for (auto& directory : everybody) {
    ownership mine{directory, patience};
    auto decided = mine.decide(view, {}, {}, at(0));
    CHECK(decided.claim.size() == 4);
    CHECK(decided.let_go.empty());
    for (auto shard : decided.claim)
      ++claimed[shard];
  }
  CHECK(claimed.size() == shard_count);
  // A node that isn't registered, or isn't listed, claims nothing.
  CHECK(ownership{"d9", patience}.decide(view, {}, {}, at(0)).empty());
  view.members.emplace("nd9", node_with("d9"));
  CHECK(ownership{"d9", patience}.decide(view, {}, {}, at(0)).empty());
}

TEST_CASE("ownership: a dead owner's shards are taken over at once, a living one's never", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d1"}, {2, "d2"}});
  ownership one{"d1", patience};
  ownership two{"d2", patience};
  CHECK(one.decide(view, {1}, {}, at(0)).empty());
  CHECK(one.decide(view, {1}, {}, at(100)).empty());
  CHECK(two.decide(view, {2}, {}, at(100)).empty());
  std::set<std::string> unreachable;
  SECTION("its lease is over") { view.members.erase("nd0"); }
  SECTION("it speaks a protocol too far from ours") { view.members.at("nd0").protocol = own_protocol() + 2; }
  SECTION("it doesn't answer") { unreachable = {"d0"}; }
  auto by_one = one.decide(view, {1}, unreachable, at(101));
  auto by_two = two.decide(view, {2}, unreachable, at(101));
  CHECK(by_one.claim.size() + by_two.claim.size() == 1);
  CHECK(by_one.let_go.empty());
  CHECK(by_two.let_go.empty());
}

TEST_CASE("ownership: the next replica tries when the best doesn't get it", "[cluster]") {
  auto view = owned_by({{0, ""}});
  std::map<std::string, double> first_try;
  for (auto& directory : everybody) {
    ownership mine{directory, patience};
    for (double t = 0; !first_try.contains(directory) && t < 10; t += 0.1)
      if (!mine.decide(view, {}, {}, at(t)).claim.empty())
        first_try[directory] = t;
  }
  std::set<int> tries;
  for (auto& [directory, when] : first_try)
    tries.insert(static_cast<int>(when * 10 + 0.5));
  CHECK(tries == std::set<int>{0, 20, 40});
}

TEST_CASE("ownership: a claim that failed rests before it is tried again", "[cluster]") {
  auto view = fresh_cluster(1);
  view.members = {{"nd0", node_with("d0")}};
  ownership mine{"d0", patience};
  CHECK(mine.decide(view, {}, {}, at(0)).claim.size() == 1);
  mine.refused(0, at(0));
  CHECK(mine.decide(view, {}, {}, at(0.4)).claim.empty());
  CHECK(mine.decide(view, {}, {}, at(0.5)).claim.size() == 1);
}

TEST_CASE("ownership: shards move to a newcomer only when it has been serving for a while", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d0"}, {3, "d1"}, {4, "d1"}, {5, "d1"}});
  std::set<shard_id> held{0, 1, 2};
  ownership mine{"d0", patience};
  auto newcomer = view.members.extract("nd2");
  CHECK(mine.decide(view, held, {}, at(0)).empty());
  view.members.insert(std::move(newcomer));
  view.members.at("nd2").phase = member_phase::behind;
  CHECK(mine.decide(view, held, {}, at(20)).empty());
  CHECK(mine.decide(view, held, {}, at(40)).empty());
  view.members.at("nd2").phase = member_phase::serving;
  CHECK(mine.decide(view, held, {}, at(41)).empty());
  CHECK(mine.decide(view, held, {"d2"}, at(45)).empty()); // it flaps: from the beginning
  CHECK(mine.decide(view, held, {}, at(46)).empty());
  CHECK(mine.decide(view, held, {}, at(55.9)).empty());
  CHECK(mine.decide(view, held, {}, at(56)).let_go.size() == 1);
}

TEST_CASE("ownership: who drains lets go of everything that others can have", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d1"}});
  view.members.at("nd0").phase = member_phase::draining;
  ownership leaving{"d0", patience};
  ownership staying{"d1", patience};
  CHECK(leaving.decide(view, {0, 1}, {}, at(0)).let_go == std::set<shard_id>{0, 1});
  CHECK(staying.decide(view, {2}, {}, at(0)).claim.empty()); // while it holds them
  view.shards.at(0).directory.clear();
  view.members.erase("nd2");
  CHECK(staying.decide(view, {2}, {}, at(1)).claim == std::set<shard_id>{0});
  view.members.erase("nd1");
  CHECK(leaving.decide(view, {1}, {}, at(2)).empty()); // nobody is left to have them
}

TEST_CASE("ownership: after a restart a node takes its own shards again", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d1"}, {2, "d2"}});
  view.members.at("nd0").phase = member_phase::behind;
  CHECK(ownership{"d0", patience}.decide(view, {}, {}, at(0)).claim == std::set<shard_id>{0});
}

// -- several nodes
// ------------------------------------------------------------------------------------------------------

namespace {

/// Nodes that come, go, and lose claims at random, over one truth as etcd keeps it.
class game {
public:
  explicit game(shard_id shards) : truth_(fresh_cluster(shards)) {
    for (auto& directory : everybody)
      players_.emplace(directory, player{ownership{directory, patience}, {}, true});
  }

  void set_living(const std::string& directory, bool lives) {
    auto& player = players_.at(directory);
    if (std::exchange(player.lives, lives) == lives)
      return;
    player.held.clear();
    player.mind = ownership{directory, patience};
    if (lives)
      truth_.members.emplace("n" + directory, node_with(directory));
    else
      truth_.members.erase("n" + directory);
  }

  /// All decide on what they see now, then it happens. `lucky`: whether a claim succeeds.
  template <class Lucky>
  void step(double second, Lucky lucky) {
    auto seen = truth_;
    for (auto& [directory, player] : players_) {
      if (!player.lives)
        continue;
      auto decided = player.mind.decide(seen, player.held, {}, at(second));
      for (auto shard : decided.let_go) {
        RC_ASSERT(player.held.erase(shard) == 1);
        truth_.shards.at(shard).directory.clear();
        ++moved_;
      }
      for (auto shard : decided.claim) {
        auto& owner = seen.shards.at(shard).directory;
        bool nobody_has_it = owner.empty() || owner == directory || !players_.at(owner).lives;
        RC_ASSERT(nobody_has_it);
        if (!lucky()) {
          player.mind.refused(shard, at(second));
          continue;
        }
        for (auto& [other, its] : players_) // the fence
          its.held.erase(shard);
        player.held.insert(shard);
        truth_.shards.at(shard).directory = directory;
        ++moved_;
      }
    }
  }

  std::map<std::string, std::size_t> owned() const {
    std::map<std::string, std::size_t> out;
    for (auto& [shard, owner] : truth_.shards)
      ++out[owner.directory];
    return out;
  }
  bool lives(const std::string& directory) const {
    auto found = players_.find(directory);
    return found != players_.end() && found->second.lives;
  }
  std::size_t living() const { return truth_.members.size(); }
  std::size_t moved() const { return moved_; }

private:
  struct player {
    ownership mind;
    std::set<shard_id> held;
    bool lives;
  };
  cluster_view truth_;
  std::map<std::string, player> players_;
  std::size_t moved_ = 0;
};

} // namespace

TEST_CASE("ownership: whatever happened, in the end every shard has a living owner, evenly, and rests", "[cluster]") {
  CHECK(rc::check([] {
    auto shards = *rc::gen::inRange<shard_id>(1, 30);
    game all{shards};
    double second = 0;
    auto lucky = [] { return *rc::gen::weightedElement<bool>({{4, true}, {1, false}}); };
    auto always = [] { return true; };
    const auto upheavals = *rc::gen::inRange(0, 8);
    for (int i = 0; i < upheavals; ++i) {
      auto who = *rc::gen::elementOf(everybody);
      bool lives = *rc::gen::arbitrary<bool>();
      if (lives || all.living() > 1 || !all.lives(who))
        all.set_living(who, lives);
      for (auto steps = *rc::gen::inRange(1, 40); steps > 0; --steps)
        all.step(second += 0.25, lucky);
    }
    for (int i = 0; i < 4 * 40; ++i)
      all.step(second += 0.25, always);
    auto share = (shards + all.living() - 1) / all.living();
    for (auto& [directory, count] : all.owned()) {
      RC_ASSERT(all.lives(directory));
      RC_ASSERT(count <= share);
    }
    auto before = all.moved();
    for (int i = 0; i < 4 * 30; ++i)
      all.step(second += 0.25, always);
    RC_ASSERT(all.moved() == before);
  }));
}
