#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <set>

#include <rapidcheck.h>

#include "cluster/placement.hpp"

using namespace charter;
using namespace charter::cluster;

namespace {

std::string name_of(std::size_t number) { return "node-" + std::to_string(number); }

/// Nodes of weight 1 with the vault's keys.
std::vector<placed_node> equals(std::size_t count) {
  std::vector<placed_node> all;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back({name_of(i), 1, true});
  return all;
}

rc::Gen<std::vector<placed_node>> any_nodes() {
  return rc::gen::exec([] {
    std::vector<placed_node> all;
    const auto count = *rc::gen::inRange<std::size_t>(1, 30);
    const auto first = *rc::gen::inRange<std::size_t>(0, 100'000);
    for (std::size_t i = 0; i < count; ++i)
      all.push_back({name_of(first + i), *rc::gen::inRange<std::uint32_t>(0, 5), *rc::gen::arbitrary<bool>()});
    return all;
  });
}

bool holds(const replicas& list, const std::string& name) { return std::count(list.begin(), list.end(), name) > 0; }

/// How often each node is in a list, or is first in one.
std::map<std::string, std::size_t> load_of(const placement& lists, bool first_only) {
  std::map<std::string, std::size_t> load;
  for (const auto& [shard, list] : lists)
    for (std::size_t i = 0; i < (first_only ? std::min<std::size_t>(1, list.size()) : list.size()); ++i)
      ++load[list[i]];
  return load;
}

std::size_t most(const std::map<std::string, std::size_t>& load) {
  std::size_t most = 0;
  for (const auto& [name, count] : load)
    most = std::max(most, count);
  return most;
}

} // namespace

TEST_CASE("placement: tickets are fixed for ever", "[cluster]") {
  // Computed apart, with 50 decimal digits: FNV-1a of the number (two bytes, high first) and the name, splitmix64's
  // finaliser x, and ⌈(64 − log2 x) · 2^32⌉.
  CHECK(ticket(0, "node-0") == 24'245'063'677);
  CHECK(ticket(1, "node-0") == 14'311'427'136);
  CHECK(ticket(0, "node-1") == 8'850'073'928);
  CHECK(ticket(first_vault_shard, "北京-1") == 718'313'560);
  CHECK(place(2, equals(5)) == placement{
                                   {0, {"node-2", "node-3", "node-1"}},
                                   {1, {"node-4", "node-3", "node-1"}},
                                   {0x8000, {"node-1", "node-0", "node-3"}},
                                   {0x8001, {"node-2", "node-1", "node-4"}},
                                   {0x8002, {"node-4", "node-3", "node-1"}},
                                   {0x8003, {"node-4", "node-1", "node-3"}},
                               });
}

TEST_CASE("placement: a ticket is the negative logarithm of a uniform number", "[cluster]") {
  // So the mean is 1/ln 2, and half of them are under 1.
  double sum = 0;
  std::size_t under_one = 0;
  constexpr std::size_t tickets = 30'000;
  for (std::size_t i = 0; i < tickets; ++i) {
    auto value = static_cast<double>(ticket(static_cast<shard_id>(i), "node-0")) / std::exp2(32);
    sum += value;
    under_one += value < 1;
  }
  CHECK(sum / tickets == Approx(1 / std::log(2)).epsilon(0.02));
  CHECK(static_cast<double>(under_one) / tickets == Approx(0.5).epsilon(0.02));
}

TEST_CASE("placement: replicas are distinct, able, and as many as there can be", "[cluster]") {
  CHECK(rc::check("for any nodes", [] {
    const auto nodes = *any_nodes();
    const auto count = *rc::gen::inRange<std::size_t>(1, 6);
    for (const auto& [shard, list] : place(16, nodes, count)) {
      std::size_t able = 0;
      for (const auto& node : nodes) {
        const bool may = node.weight > 0 && (node.vault || shard < first_vault_shard);
        able += may;
        RC_ASSERT(may || !holds(list, node.name));
      }
      RC_ASSERT(list.size() == std::min(count, able));
      RC_ASSERT((std::set<std::string>{list.begin(), list.end()}.size()) == list.size());
    }
  }));
}

TEST_CASE("placement: the order in which nodes are named doesn't matter", "[cluster]") {
  CHECK(rc::check("for any nodes", [] {
    auto nodes = *any_nodes();
    const auto before = place(16, nodes);
    std::reverse(nodes.begin(), nodes.end());
    RC_ASSERT(place(16, nodes) == before);
    RC_ASSERT(even_owners(place(16, nodes), nodes) == even_owners(before, nodes));
  }));
}

TEST_CASE("placement: a node that goes moves its own places only", "[cluster]") {
  CHECK(rc::check("for any nodes", [] {
    auto nodes = *any_nodes();
    const auto before = place(64, nodes);
    const auto gone = *rc::gen::elementOf(nodes);
    std::erase_if(nodes, [&](const placed_node& node) { return node.name == gone.name; });
    for (const auto& [shard, list] : place(64, nodes)) {
      auto kept = before.at(shard);
      std::erase(kept, gone.name);
      // The others stay, in their order; one more moves up behind them if there is one.
      RC_ASSERT(list.size() >= kept.size());
      RC_ASSERT(list.size() <= before.at(shard).size());
      RC_ASSERT(std::equal(kept.begin(), kept.end(), list.begin()));
    }
  }));
}

TEST_CASE("placement: a node that comes takes places for itself only", "[cluster]") {
  CHECK(rc::check("for any nodes", [] {
    auto nodes = *any_nodes();
    const auto before = place(64, nodes);
    const placed_node comes{"newcomer", *rc::gen::inRange<std::uint32_t>(1, 5), true};
    nodes.push_back(comes);
    for (const auto& [shard, list] : place(64, nodes)) {
      auto others = list;
      std::erase(others, comes.name);
      const auto& was = before.at(shard);
      RC_ASSERT(others.size() + 1 >= was.size());
      RC_ASSERT(std::equal(others.begin(), others.end(), was.begin()));
    }
  }));
}

TEST_CASE("placement: a node that comes takes its fair share", "[cluster]") {
  constexpr shard_id shards = 4'096;
  for (std::size_t count : {3, 10, 30, 99}) {
    auto nodes = equals(count);
    nodes.push_back({"newcomer", 1, false});
    const auto load = load_of(place(shards, nodes), false);
    CHECK(static_cast<double>(load.at("newcomer")) ==
          Approx(3.0 * shards / static_cast<double>(count + 1)).epsilon(0.15));
  }
}

TEST_CASE("placement: a node's part follows its weight", "[cluster]") {
  // With one replica the part is exact in the mean: weight / sum of weights.
  std::vector<placed_node> nodes{{"small", 1, false}, {"middle", 3, false}, {"big", 12, false}};
  const auto load = load_of(place(32'000, nodes, 1), false);
  CHECK(static_cast<double>(load.at("small")) == Approx(2'000).epsilon(0.1));
  CHECK(static_cast<double>(load.at("middle")) == Approx(6'000).epsilon(0.05));
  CHECK(static_cast<double>(load.at("big")) == Approx(24'000).epsilon(0.02));
}

TEST_CASE("placement: the fullest node is within what chance allows", "[cluster]") {
  constexpr shard_id shards = 4'096;
  for (std::size_t count : {3, 4, 5, 7, 10, 20, 50, 100}) {
    const auto load = load_of(place(shards, equals(count)), false);
    // Four standard deviations over the mean of a binomial distribution: one in 30,000, and there are 100 at most.
    const double places = 3.0 * shards + 3.0 * vault_shards;
    const double mean = places / static_cast<double>(count);
    CHECK(load.size() == count);
    CHECK(static_cast<double>(most(load)) <= mean + 4 * std::sqrt(mean * (1 - 3.0 / static_cast<double>(count))) + 1);
  }
}

TEST_CASE("placement: evened owners are replicas, and nobody owns more than its share", "[cluster]") {
  CHECK(rc::check("for any number of equal nodes and shards", [] {
    const auto count = *rc::gen::inRange<std::size_t>(1, 40);
    const auto shards = *rc::gen::inRange<shard_id>(1, 300);
    const auto nodes = equals(count);
    const auto before = place(shards, nodes);
    const auto after = even_owners(before, nodes);
    for (const auto& [shard, list] : after)
      RC_ASSERT(std::is_permutation(list.begin(), list.end(), before.at(shard).begin(), before.at(shard).end()));
    // With few shards for many nodes, those that reach each other by replicas may have more than a share between them.
    const std::size_t fair = (before.size() + count - 1) / count;
    RC_ASSERT(most(load_of(after, true)) <= std::max(fair, most(load_of(before, true))));
    if (shards >= 4 * count)
      RC_ASSERT(most(load_of(after, true)) == fair);
    RC_ASSERT(even_owners(after, nodes) == after);
  }));
}

TEST_CASE("placement: owners are even by weight, and a drained node owns nothing", "[cluster]") {
  auto nodes = equals(4);
  nodes[0].weight = 3;
  nodes[3].weight = 0;
  auto lists = place(100, equals(4)); // from before the fourth one was drained
  const auto load = load_of(even_owners(lists, nodes), true);
  CHECK(load.at("node-0") <= 63); // 104 shards, three fifths, rounded up
  CHECK(load.at("node-1") <= 21);
  CHECK(load.at("node-2") <= 21);
  CHECK(load.count("node-3") == 0);
}
