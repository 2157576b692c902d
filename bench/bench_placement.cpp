// How evenly shards come to lie on 3 to 100 nodes, and how many of them move when a node comes or goes.
//
// Computed, not timed: each round gives the nodes other names, which is another throw of the dice. Beside it what no
// placement can do better (floor), and shard % nodes, which is even and moves nearly everything.
//
//   imbalance        replicas on the fullest node, over the mean
//   owner_imbalance  shards that the busiest node owns, over the mean, after owners were evened out
//   moved_share      of all replicas, those that move when one node goes and when one comes, the mean of both
//   owners_moved     of all shards, those whose owner changes then
//   place_ms         placing all shards and evening out the owners
//
// `nodes-N` has 4,096 shards; `nodes-N-shards-M` has M: 16 are a data directory's default, 16,384 are for very large
// ones.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "bench/harness.hpp"
#include "cluster/placement.hpp"

namespace charter::bench {

namespace {

using cluster::placed_node;
using cluster::placement;

constexpr shard_id many_shards = 4'096;
constexpr shard_id default_shards = 16;
constexpr shard_id enough_shards = 1'024;

std::vector<placed_node> nodes_of(std::size_t round, std::size_t count) {
  std::vector<placed_node> nodes;
  for (std::size_t i = 0; i < count; ++i)
    nodes.push_back({"round-" + std::to_string(round) + "-node-" + std::to_string(i), 1, true});
  return nodes;
}

double imbalance(const placement& lists, std::size_t nodes, bool owners_only) {
  std::map<std::string, std::size_t> load;
  std::size_t sum = 0;
  std::size_t most = 0;
  for (const auto& [shard, list] : lists)
    for (std::size_t i = 0; i < (owners_only ? 1 : list.size()); ++i, ++sum)
      most = std::max(most, ++load[list[i]]);
  return static_cast<double>(most) * static_cast<double>(nodes) / static_cast<double>(sum);
}

/// Replicas that are new where they are, of all.
double moved(const placement& before, const placement& after) {
  std::size_t all = 0;
  std::size_t new_there = 0;
  for (const auto& [shard, list] : after) {
    const auto& old = before.at(shard);
    for (const auto& name : list) {
      ++all;
      new_there += std::count(old.begin(), old.end(), name) == 0;
    }
  }
  return static_cast<double>(new_there) / static_cast<double>(all);
}

double owners_moved(const placement& before, const placement& after) {
  std::size_t changed = 0;
  for (const auto& [shard, list] : after)
    changed += list.front() != before.at(shard).front();
  return static_cast<double>(changed) / static_cast<double>(after.size());
}

/// The lists that a cluster would have after a change: who stays keeps the order, as owners don't move without need.
placement follow(const placement& before, const placement& proposed) {
  auto next = proposed;
  for (auto& [shard, list] : next) {
    const auto& old = before.at(shard);
    auto rank = [&](const std::string& name) { return std::find(old.begin(), old.end(), name) - old.begin(); };
    std::stable_sort(list.begin(), list.end(),
                     [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  }
  return next;
}

using placing = placement (*)(shard_id, const std::vector<placed_node>&);

placement rendezvous(shard_id shards, const std::vector<placed_node>& nodes) { return cluster::place(shards, nodes); }

placement modulo(shard_id shards, const std::vector<placed_node>& nodes) {
  placement all;
  for (shard_id shard = 0; shard < shards; ++shard)
    for (std::size_t i = 0; i < std::min(cluster::replicas_default, nodes.size()); ++i)
      all[shard].push_back(nodes[(shard + i) % nodes.size()].name);
  return all;
}

samples measure(placing place, shard_id shards, std::size_t count, std::size_t round) {
  auto larger = nodes_of(round, count + 1);
  auto nodes = larger;
  nodes.pop_back();
  auto smaller = nodes;
  smaller.erase(smaller.begin() + static_cast<std::ptrdiff_t>(round % count));
  auto began = std::chrono::steady_clock::now();
  auto now = cluster::even_owners(place(shards, nodes), nodes);
  std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
  auto after_leaving = cluster::even_owners(follow(now, place(shards, smaller)), smaller);
  auto after_joining = cluster::even_owners(follow(now, place(shards, larger)), larger);
  return {{"imbalance", imbalance(now, count, false), ""},
          {"owner_imbalance", imbalance(now, count, true), ""},
          {"moved_share", (moved(now, after_leaving) + moved(now, after_joining)) / 2, ""},
          {"owners_moved", (owners_moved(now, after_leaving) + owners_moved(now, after_joining)) / 2, ""},
          {"place_ms", took.count(), "ms"}};
}

/// Whole replicas on whole nodes; who goes takes its part along, who comes gets its part, nothing else moves.
samples floor_of(std::size_t placed, std::size_t nodes) {
  const auto copies = std::min(cluster::replicas_default, nodes);
  auto rounded_up = [&](std::size_t things) {
    auto mean = static_cast<double>(things) / static_cast<double>(nodes);
    return std::ceil(mean) / mean;
  };
  const double goes = 1 / static_cast<double>(nodes);
  const double comes = 1 / static_cast<double>(nodes + 1);
  // With no node to spare, the places of the one that goes stay empty.
  return {{"imbalance", rounded_up(placed * copies), ""},
          {"owner_imbalance", rounded_up(placed), ""},
          {"moved_share", ((nodes > copies ? goes : 0) + comes) / 2, ""}};
}

void run(harness& h) {
  const std::size_t rounds = h.quick() ? 5 : 25;
  auto run_case = [&](const std::string& name, shard_id shards, std::size_t nodes) {
    for (std::size_t round = 0; round < rounds; ++round) {
      for (const auto& s : measure(rendezvous, shards, nodes, round))
        h.add(name, "charter", s);
      for (const auto& s : measure(modulo, shards, nodes, round))
        if (s.metric != "place_ms")
          h.add(name, "modulo", s);
    }
    for (const auto& s : floor_of(std::size_t{shards} + vault_shards, nodes))
      h.add(name, "floor", s);
  };
  for (std::size_t nodes : {3, 5, 10, 20, 50, 100})
    run_case("nodes-" + std::to_string(nodes), many_shards, nodes);
  for (std::size_t nodes : {3, 5, 10})
    run_case("nodes-" + std::to_string(nodes) + "-shards-16", default_shards, nodes);
  run_case("nodes-100-shards-1024", enough_shards, 100);
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("placement", argc, argv, charter::bench::run); }
