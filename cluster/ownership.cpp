#include "cluster/ownership.hpp"

#include <algorithm>

namespace charter::cluster {

bool ownership::takes(const std::string& directory) const {
  auto found = living_.find(directory);
  return found != living_.end() && found->second != member_phase::draining;
}

bool ownership::is_settled(const std::string& directory, time_point now) const {
  auto found = serving_since_.find(directory);
  return found != serving_since_.end() && now - found->second >= patience_.hold_down;
}

void ownership::observe(const cluster_view& view, const std::set<std::string>& unreachable, time_point now) {
  living_.clear();
  for (auto& [name, node] : view.members)
    if (can_talk(node.protocol, own_protocol()) &&
        (node.directory == directory_ || !unreachable.contains(node.directory)))
      living_.emplace(node.directory, node.phase);
  auto serves = [&](auto& directory) {
    auto found = living_.find(directory);
    return found != living_.end() && found->second == member_phase::serving;
  };
  std::erase_if(serving_since_, [&](auto& known) { return !serves(known.first); });
  for (auto& [directory, phase] : living_)
    if (phase == member_phase::serving)
      serving_since_.try_emplace(directory, now);
  for (auto& [shard, owner] : view.shards) {
    if (lives(owner.directory) && owner.directory != directory_)
      orphaned_since_.erase(shard);
    else
      orphaned_since_.try_emplace(shard, now);
  }
}

/// For each shard who may own it, best first.
placement ownership::lists_for(const cluster_view& view, time_point now) const {
  // By name their directories. Who may hold a vault shard is decided by its list of replicas.
  std::vector<placed_node> serving;
  std::vector<placed_node> behind;
  for (auto& [directory, phase] : living_)
    if (phase != member_phase::draining)
      (phase == member_phase::serving ? serving : behind).push_back({directory, 1, true});
  placement lists;
  for (auto& [shard, owner] : view.shards) {
    bool stays = takes(owner.directory) && owner.replicas.contains(owner.directory);
    auto& list = lists[shard];
    if (stays)
      list.push_back(owner.directory);
    for (auto* nodes : {&serving, &behind})
      for (auto& name : replicas_of(shard, *nodes, nodes->size()))
        if (owner.replicas.contains(name) && (!stays || (name != owner.directory && is_settled(name, now))))
          list.push_back(name);
  }
  serving.insert(serving.end(), behind.begin(), behind.end());
  return even_owners(std::move(lists), serving);
}

bool ownership::may_claim(shard_id shard, const replicas& list, time_point now) const {
  auto orphaned = orphaned_since_.find(shard);
  if (orphaned == orphaned_since_.end())
    return false;
  if (auto rest = rest_until_.find(shard); rest != rest_until_.end() && now < rest->second)
    return false;
  auto place = std::ranges::find(list, directory_);
  return place != list.end() && now - orphaned->second >= patience_.takeover * (place - list.begin());
}

moves ownership::decide(const cluster_view& view, const std::set<shard_id>& held,
                        const std::set<std::string>& unreachable, time_point now) {
  observe(view, unreachable, now);
  moves out;
  if (!lives(directory_)) // not registered: nobody would find us
    return out;
  for (auto& [shard, list] : lists_for(view, now)) {
    bool ours = held.contains(shard);
    if (ours)
      orphaned_since_.erase(shard);
    if (ours && !list.empty() && list.front() != directory_)
      out.let_go.insert(shard);
    else if (!ours && may_claim(shard, list, now))
      out.claim.insert(shard);
  }
  return out;
}

} // namespace charter::cluster
