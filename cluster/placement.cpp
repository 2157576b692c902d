#include "cluster/placement.hpp"

#include <algorithm>
#include <bit>
#include <deque>
#include <optional>
#include <set>
#include <tuple>

namespace charter::cluster {

namespace {

__extension__ typedef unsigned __int128 wide; // of GCC and Clang

/// The finaliser of splitmix64: FNV-1a alone leaves the high bits of short texts alike, and those decide here.
std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// 64 − log2(x) in 2^-32, for x > 0, rounded up: the whole part from the highest bit, then a bit of the rest for each
/// squaring.
std::uint64_t negative_log2(std::uint64_t x) {
  constexpr int fraction_bits = 32;
  const int highest = std::bit_width(x) - 1;
  // In [1, 2), with 63 bits behind the point.
  auto mantissa = static_cast<wide>(x << (63 - highest));
  std::uint64_t fraction = 0;
  for (int i = 0; i < fraction_bits; ++i) {
    mantissa = (mantissa * mantissa) >> 63;
    fraction <<= 1;
    if (mantissa >> 64) {
      fraction |= 1;
      mantissa >>= 1;
    }
  }
  const auto log2 = (static_cast<std::uint64_t>(highest) << fraction_bits) | fraction;
  return (std::uint64_t{64} << fraction_bits) - log2;
}

bool may_hold(const placed_node& node, shard_id shard) {
  return node.weight > 0 && (node.vault || shard < first_vault_shard);
}

/// Who is first for which shards, and how many shards each node should be first for at most.
class ownership {
public:
  ownership(placement& lists, std::span<const placed_node> nodes) : lists_(lists) {
    std::uint64_t total = 0;
    for (const auto& node : nodes)
      total += node.weight;
    for (const auto& node : nodes)
      share_[node.name] = total == 0 ? 0 : (lists.size() * node.weight + total - 1) / total;
    for (auto& [shard, list] : lists_)
      if (!list.empty())
        owned_[list.front()].push_back(shard);
  }

  /// Somebody is first for too many.
  std::optional<std::string> overloaded() const {
    for (const auto& [name, shards] : owned_)
      if (shards.size() > share(name) && !hopeless_.contains(name))
        return name;
    return std::nullopt;
  }

  /// Takes one shard off a node: along the shortest chain in which each hands one on to another of its replicas, until
  /// it reaches somebody who has room.
  void relieve(const std::string& from) {
    std::map<std::string, hand_over> reached_by{{from, {}}};
    std::deque<std::string> next{from};
    while (!next.empty()) {
      auto giver = next.front();
      next.pop_front();
      for (auto shard : owned_[giver])
        for (const auto& taker : lists_[shard]) {
          if (!reached_by.emplace(taker, hand_over{giver, shard}).second)
            continue;
          if (owned_[taker].size() < share(taker))
            return pass_along(from, taker, reached_by);
          next.push_back(taker);
        }
    }
    hopeless_.insert(from);
  }

private:
  struct hand_over {
    std::string giver;
    shard_id shard = 0;
  };

  std::size_t share(const std::string& name) const {
    auto found = share_.find(name);
    return found == share_.end() ? 0 : found->second;
  }

  void pass_along(const std::string& from, std::string taker, const std::map<std::string, hand_over>& reached_by) {
    while (taker != from) {
      const auto& [giver, shard] = reached_by.at(taker);
      std::erase(owned_[giver], shard);
      owned_[taker].push_back(shard);
      auto& list = lists_[shard];
      auto place = std::find(list.begin(), list.end(), taker);
      std::rotate(list.begin(), place, place + 1); // to the front; the others keep their order
      taker = giver;
    }
  }

  placement& lists_;
  std::map<std::string, std::size_t> share_;
  std::map<std::string, std::vector<shard_id>> owned_;
  std::set<std::string> hopeless_; ///< nobody whom its shards reach has room
};

} // namespace

std::uint64_t ticket(shard_id shard, std::string_view node) {
  const std::uint8_t number[] = {static_cast<std::uint8_t>(shard >> 8), static_cast<std::uint8_t>(shard)};
  return negative_log2(std::max<std::uint64_t>(mix(fnv1a(view_of(node), fnv1a(number))), 1));
}

replicas replicas_of(shard_id shard, std::span<const placed_node> nodes, std::size_t count) {
  struct candidate {
    std::uint64_t ticket;
    const placed_node* node;
  };
  std::vector<candidate> candidates;
  for (const auto& node : nodes)
    if (may_hold(node, shard))
      candidates.push_back({ticket(shard, node.name), &node});
  // a/v < b/w without a division. The names decide between equals, so that the order of `nodes` doesn't.
  auto better = [](const candidate& a, const candidate& b) {
    auto left = a.ticket * std::min(b.node->weight, weight_max);
    auto right = b.ticket * std::min(a.node->weight, weight_max);
    return std::tie(left, a.node->name) < std::tie(right, b.node->name);
  };
  count = std::min(count, candidates.size());
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(count), candidates.end(),
                    better);
  replicas best;
  for (std::size_t i = 0; i < count; ++i)
    best.push_back(candidates[i].node->name);
  return best;
}

placement place(shard_id shards, std::span<const placed_node> nodes, std::size_t count) {
  placement all;
  for (shard_id shard = 0; shard < shards; ++shard)
    all.emplace(shard, replicas_of(shard, nodes, count));
  for (shard_id i = 0; i < vault_shards; ++i) {
    auto shard = static_cast<shard_id>(first_vault_shard + i);
    all.emplace(shard, replicas_of(shard, nodes, count));
  }
  return all;
}

placement even_owners(placement lists, std::span<const placed_node> nodes) {
  ownership owners(lists, nodes);
  while (auto name = owners.overloaded())
    owners.relieve(*name);
  return lists;
}

} // namespace charter::cluster
