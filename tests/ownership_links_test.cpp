// What broken links make nodes do while every lease lasts: each sees others that don't answer, and no two see the same.

#include <catch2/catch.hpp>

#include <rapidcheck.h>

#include "cluster/ownership.hpp"

using namespace charter;
using namespace charter::cluster;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr ownership_patience patience{seconds{10}, seconds{2}, milliseconds{500}};
constexpr milliseconds step{100};

using link_faults = std::map<std::string, std::set<std::string>>; ///< by directory: who doesn't answer it

std::set<std::string> directories(std::size_t count) {
  std::set<std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    out.insert("d" + std::to_string(i));
  return out;
}

/// Nodes that all decide for themselves, about shards that they share from the beginning on; claims succeed.
class game {
public:
  game(std::size_t nodes, shard_id shards) {
    auto all = directories(nodes);
    for (auto& directory : all) {
      view_.members.emplace("n" + directory, member{own_protocol(), directory, "127.0.0.1:1", member_phase::serving});
      minds_.emplace(directory, ownership{directory, patience});
    }
    for (shard_id shard = 0; shard < shards; ++shard)
      view_.shards[shard] = {"", all};
    play(seconds{30}, {});
    moves_.clear();
  }

  /// `paused`: they decide nothing.
  void play(std::chrono::milliseconds length, const link_faults& faults, const std::set<std::string>& paused = {}) {
    for (auto until = now_ + length; now_ < until; now_ += step)
      for (auto& [directory, mind] : minds_) {
        if (paused.contains(directory))
          continue;
        auto broken = faults.find(directory);
        mind.links_are(broken == faults.end(), ownership::time_point{now_});
        auto decided =
            mind.decide(view_, held_by(directory), broken == faults.end() ? std::set<std::string>{} : broken->second,
                        ownership::time_point{now_});
        let_go_ += decided.let_go.size();
        for (auto shard : decided.let_go)
          view_.shards[shard].directory.clear();
        for (auto shard : decided.claim)
          claim(shard, directory);
      }
  }

  std::set<shard_id> held_by(const std::string& directory) const {
    std::set<shard_id> out;
    for (auto& [shard, owner] : view_.shards)
      if (owner.directory == directory)
        out.insert(shard);
    return out;
  }
  std::size_t let_go() const { return let_go_; }
  /// Of the shard that was claimed most often.
  int most_moves() const {
    int most = 0;
    for (auto& [shard, count] : moves_)
      most = std::max(most, count);
    return most;
  }

private:
  void claim(shard_id shard, const std::string& directory) {
    auto& owner = view_.shards[shard].directory;
    if (auto before = minds_.find(owner); before != minds_.end())
      before->second.lost(shard);
    owner = directory;
    ++moves_[shard];
  }

  cluster_view view_;
  std::map<std::string, ownership> minds_;
  std::map<shard_id, int> moves_;
  std::size_t let_go_ = 0;
  milliseconds now_{1'000};
};

} // namespace

TEST_CASE("ownership: who is cut off from the others takes nothing from them, and they take its shards", "[cluster]") {
  game g{3, 12};
  REQUIRE(g.held_by("d0").size() == 4);
  g.play(seconds{9}, {{"d0", {"d1", "d2"}}, {"d1", {"d0"}}, {"d2", {"d0"}}});
  CHECK(g.held_by("d0").empty());
  CHECK(g.held_by("d1").size() == 6);
  CHECK(g.most_moves() == 1);
  g.play(seconds{30}, {}); // the links are back, or their word doesn't count any more: leases do
  CHECK(g.held_by("d0").size() == 4);
  CHECK(g.most_moves() <= 3);
}

TEST_CASE("ownership: two that don't hear each other don't take shards from each other for ever", "[cluster]") {
  for (std::size_t nodes : {2U, 3U, 4U}) {
    game g{nodes, 12};
    g.play(seconds{9}, {{"d0", {"d1"}}, {"d1", {"d0"}}});
    CHECK(g.most_moves() == 1);
  }
}

TEST_CASE("ownership: of two that don't hear each other, one may notice later", "[cluster]") {
  game g{3, 12};
  g.play(seconds{1}, {{"d0", {"d1"}}});
  CHECK(g.held_by("d1").size() < 4);
  g.play(seconds{9}, {{"d0", {"d1"}}, {"d1", {"d0"}}});
  CHECK(g.most_moves() == 1);
}

TEST_CASE("ownership: who was paused takes over at once from who is paused next", "[cluster]") {
  game g{3, 12};
  g.play(seconds{4}, {{"d1", {"d0"}}, {"d2", {"d0"}}}, {"d0"});
  REQUIRE(g.held_by("d0").empty());
  g.play(patience.links_rest, {{"d0", {"d1", "d2"}}}); // what it lost, it lost with broken links, and they come back
  g.play(patience.links_rest + step, {});
  g.play(milliseconds{300}, {{"d0", {"d1"}}, {"d2", {"d1"}}}, {"d1"});
  CHECK(g.held_by("d1").empty());
}

TEST_CASE("ownership: whoever is paused after whom, its shards are taken at once", "[cluster]") {
  REQUIRE(rc::check([] {
    game g{3, 20};
    auto all = directories(3);
    for (int round = 0; round < 8; ++round) {
      auto victim = *rc::gen::elementOf(all);
      link_faults faults;
      for (auto& other : all)
        if (other != victim)
          faults[other] = {victim};
      g.play(milliseconds{1'500}, {}, {victim}); // until it is noticed
      auto before = g.let_go();
      g.play(milliseconds{300}, faults, {victim});
      RC_ASSERT(g.held_by(victim).empty());
      RC_ASSERT(g.let_go() == before); // nobody makes room for what may be claimed
      g.play(milliseconds{4'200}, faults, {victim});
      g.play(patience.links_rest + *rc::gen::inRange(2, 40) * step, {});
    }
  }));
}

TEST_CASE("ownership: whichever links break, shards come to rest", "[cluster]") {
  REQUIRE(rc::check([] {
    auto nodes = *rc::gen::inRange<std::size_t>(2, 6);
    game g{nodes, 12};
    link_faults faults;
    for (auto& from : directories(nodes))
      for (auto& to : directories(nodes))
        if (from != to && *rc::gen::arbitrary<bool>())
          faults[from].insert(to);
    g.play(seconds{9}, faults);
    RC_ASSERT(g.most_moves() <= 2 * static_cast<int>(nodes)); // each takes it once, and evening out moves some
  }));
}
