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

TEST_CASE("ownership: a drained node claims nothing, and hands over one shard after the other", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d1"}, {3, ""}});
  view.wished.drained = {"d0"};
  ownership drained{"d0", patience};
  CHECK(drained.decide(view, {0, 1}, {}, at(0)).let_go == std::set<shard_id>{0});
  CHECK(drained.decide(view, {1}, {}, at(0.1)).let_go.empty()); // the first is stopping
  view.shards.at(0).directory.clear();
  CHECK(drained.decide(view, {1}, {}, at(0.2)).let_go.empty());
  CHECK(drained.decide(view, {1}, {}, at(1.9)).let_go.empty()); // nobody has taken it yet
  SECTION("the next one when it has an owner") {
    view.shards.at(0).directory = "d1";
    CHECK(drained.decide(view, {1}, {}, at(1.95)).let_go == std::set<shard_id>{1});
  }
  SECTION("or nobody has wanted it for long") {
    CHECK(drained.decide(view, {1}, {}, at(2)).let_go == std::set<shard_id>{1});
  }
  SECTION("or when it has come back") {
    CHECK(drained.decide(view, {0, 1}, {}, at(1.95)).let_go == std::set<shard_id>{0});
  }
}

TEST_CASE("ownership: a drained node keeps what nobody else who serves can have", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d0"}});
  view.wished.drained = {"d0", "d2"};
  view.shards.at(1).replicas = {"d0", "d2"};
  ownership drained{"d0", patience};
  view.members.at("nd1").phase = member_phase::behind;
  CHECK(drained.decide(view, {0, 1}, {}, at(0)).empty());
  CHECK(ownership("d1", patience).decide(view, {}, {}, at(0)).empty());
  view.members.at("nd1").phase = member_phase::serving;
  CHECK(drained.decide(view, {0, 1}, {}, at(1)).let_go == std::set<shard_id>{0});
  CHECK(drained.decide(view, {1}, {}, at(100)).let_go.empty());
}

TEST_CASE("ownership: a drained node that starts again lets go of what it owned before", "[cluster]") {
  auto view = owned_by({{0, "d0"}});
  CHECK(ownership("d0", patience).decide(view, {}, {}, at(0)).claim == std::set<shard_id>{0});
  view.wished.drained = {"d0"};
  ownership others{"d1", patience};
  auto decided = ownership("d0", patience).decide(view, {}, {}, at(0));
  CHECK(decided.claim.empty());
  CHECK(decided.disown == std::set<shard_id>{0});
  CHECK(others.decide(view, {}, {}, at(0)).empty()); // as far as they know it holds it
  CHECK(others.decide(view, {}, {}, at(100)).disown.empty());
  view.shards.at(0).directory.clear();
  (void)others.decide(view, {}, {}, at(101));
  CHECK(others.decide(view, {}, {}, at(104)).claim.size() == 1);
}

TEST_CASE("ownership: when an operator asks for it, who serves now has waited long enough", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d0"}});
  std::set<shard_id> held{0, 1, 2};
  view.members.erase("nd2");
  view.wished.spread = 7; // before this node started
  ownership mine{"d0", patience};
  CHECK(mine.decide(view, held, {}, at(0)).empty());
  CHECK(mine.decide(view, held, {}, at(1)).empty());
  view.wished.spread = 9;
  CHECK(mine.decide(view, held, {}, at(2)).let_go.size() == 1);
  view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d1"}});
  view.wished.spread = 9;
  CHECK(mine.decide(view, {0, 1}, {}, at(3)).empty()); // one that came later waits
  CHECK(mine.decide(view, {0, 1}, {}, at(12.9)).empty());
  CHECK(mine.decide(view, {0, 1}, {}, at(13)).let_go.size() == 1);
}

TEST_CASE("ownership: what is out of place is what nodes would move", "[cluster]") {
  CHECK(out_of_place(owned_by({{0, "d0"}, {1, "d1"}, {2, "d2"}})).empty());
  auto view = owned_by({{0, "d0"}, {1, "d0"}, {2, "d1"}});
  auto out = out_of_place(view);
  REQUIRE(out.size() == 1);
  CHECK(out[0].from == "d0");
  CHECK(out[0].to == "d2");
  view.members.at("nd2").phase = member_phase::behind; // until it serves
  CHECK(out_of_place(view).empty());
  view.members.erase("nd2");
  view.members.erase("nd1");
  CHECK(out_of_place(view) == std::vector<misplaced>{{2, "", "d0"}});
  view.wished.drained = {"d0"};
  CHECK(out_of_place(view) == std::vector<misplaced>{{0, "d0", ""}, {1, "d0", ""}, {2, "", ""}});
}

TEST_CASE("ownership: a node may be drained as long as others can own all that it keeps", "[cluster]") {
  auto view = owned_by({{0, "d0"}, {1, "d1"}, {2, "d2"}});
  CHECK(may_drain(view, "d0"));
  CHECK(may_drain(view, "a directory that keeps nothing"));
  SECTION("all others are drained") { view.wished.drained = {"d1", "d2"}; }
  SECTION("all others are gone") { view.members = {{"nd0", node_with("d0")}}; }
  SECTION("all others go") {
    for (auto name : {"nd1", "nd2"})
      view.members.at(name).phase = member_phase::draining;
  }
  SECTION("some shard is kept by none of them") {
    view.shards.at(2).replicas = {"d0", "d1"};
    view.wished.drained = {"d1"};
  }
  auto may = may_drain(view, "d0");
  REQUIRE_FALSE(may);
  CHECK(may.why().code == errc::conflict);
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

  void set_drained(const std::string& directory, bool drained) {
    if (drained)
      truth_.wished.drained.insert(directory);
    else
      truth_.wished.drained.erase(directory);
  }
  void set_phase(const std::string& directory, member_phase phase) {
    if (lives(directory))
      truth_.members.at("n" + directory).phase = phase;
  }
  void set_replicas(shard_id shard, std::set<std::string> replicas) {
    truth_.shards.at(shard).replicas = std::move(replicas);
  }
  const cluster_view& truth() const { return truth_; }

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
      for (auto shard : decided.disown) {
        RC_ASSERT(!player.held.contains(shard));
        auto& owner = truth_.shards.at(shard).directory;
        if (owner == directory)
          owner.clear();
      }
      for (auto shard : decided.claim) {
        RC_ASSERT(!seen.wished.drained.contains(directory));
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

TEST_CASE("ownership: whoever is drained owns nothing, and every shard has an owner that somebody can own",
          "[cluster]") {
  CHECK(rc::check([] {
    auto shards = *rc::gen::inRange<shard_id>(1, 12);
    game all{shards};
    for (shard_id shard = 0; shard < shards; ++shard) {
      std::set<std::string> some{*rc::gen::elementOf(everybody), *rc::gen::elementOf(everybody)};
      all.set_replicas(shard, *rc::gen::element(some, everybody));
    }
    double second = 0;
    auto lucky = [] { return *rc::gen::weightedElement<bool>({{4, true}, {1, false}}); };
    auto always = [] { return true; };
    const auto upheavals = *rc::gen::inRange(0, 10);
    for (int i = 0; i < upheavals; ++i) {
      auto who = *rc::gen::elementOf(everybody);
      switch (*rc::gen::inRange(0, 4)) {
        case 0: all.set_drained(who, *rc::gen::arbitrary<bool>()); break;
        case 1: all.set_phase(who, *rc::gen::element(member_phase::behind, member_phase::serving)); break;
        case 2: all.set_living(who, !all.lives(who)); break;
        default: // it is back before anybody has noticed
          all.set_drained(who, true);
          all.set_living(who, false);
          all.set_living(who, true);
      }
      for (auto steps = *rc::gen::inRange(0, 20); steps > 0; --steps)
        all.step(second += 0.25, lucky);
    }
    for (int i = 0; i < 4 * 60; ++i)
      all.step(second += 0.25, always);
    auto& truth = all.truth();
    for (auto& [shard, owner] : truth.shards) {
      bool somebody_could = false;
      bool somebody_serves = false;
      for (auto& directory : owner.replicas)
        if (all.lives(directory) && !truth.wished.drained.contains(directory)) {
          somebody_could = true;
          somebody_serves |= truth.members.at("n" + directory).phase == member_phase::serving;
        }
      RC_ASSERT(!somebody_could || all.lives(owner.directory));
      RC_ASSERT(!somebody_serves || !truth.wished.drained.contains(owner.directory));
    }
    for (auto& shard : out_of_place(truth)) // nothing that could be anywhere else
      RC_ASSERT(shard.to.empty());
    auto before = all.moved();
    for (int i = 0; i < 4 * 30; ++i)
      all.step(second += 0.25, always);
    RC_ASSERT(all.moved() == before);
  }));
}
