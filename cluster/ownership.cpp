#include "cluster/ownership.hpp"

#include <algorithm>

namespace charter::cluster {

namespace {

bool takes(const cluster_view& view, const living_nodes& living, const std::string& directory) {
  auto found = living.find(directory);
  return found != living.end() && found->second != member_phase::draining && !view.wished.drained.contains(directory);
}

/// It is about to go, or has gone: its shards can't wait for somebody who serves.
bool leaves(const living_nodes& living, const std::string& directory) {
  auto found = living.find(directory);
  return found == living.end() || found->second == member_phase::draining;
}

/// For each shard who may own it, best first. `is_settled`: has been serving for long enough to be given something.
template <class Settled>
placement lists_for(const cluster_view& view, const living_nodes& living, Settled is_settled) {
  // By name their directories. Who may hold a vault shard is decided by its list of replicas.
  std::vector<placed_node> serving;
  std::vector<placed_node> behind;
  for (auto& [directory, phase] : living)
    if (takes(view, living, directory))
      (phase == member_phase::serving ? serving : behind).push_back({directory, 1, true});
  placement lists;
  for (auto& [shard, owner] : view.shards) {
    bool stays = takes(view, living, owner.directory) && owner.replicas.contains(owner.directory);
    auto& list = lists[shard];
    if (stays)
      list.push_back(owner.directory);
    for (auto* nodes : {&serving, &behind}) {
      if (nodes == &behind && !leaves(living, owner.directory))
        break;
      for (auto& name : replicas_of(shard, *nodes, nodes->size()))
        if (owner.replicas.contains(name) && (!stays || (name != owner.directory && is_settled(name))))
          list.push_back(name);
    }
  }
  serving.insert(serving.end(), behind.begin(), behind.end());
  return even_owners(std::move(lists), serving);
}

/// As etcd shows it.
living_nodes living_in(const cluster_view& view) {
  living_nodes out;
  for (auto& [name, node] : view.members)
    if (can_talk(node.protocol, own_protocol()))
      out.emplace(node.directory, node.phase);
  return out;
}

} // namespace

std::vector<misplaced> out_of_place(const cluster_view& view) {
  auto living = living_in(view);
  auto settled = [&](auto& directory) { return living.at(directory) == member_phase::serving; };
  std::vector<misplaced> out;
  for (auto& [shard, list] : lists_for(view, living, settled)) {
    auto& owner = view.shards.at(shard).directory;
    misplaced found{shard, living.contains(owner) ? owner : std::string{}, list.empty() ? std::string{} : list.front()};
    if (found.from.empty() || found.from != found.to)
      out.push_back(found);
  }
  return out;
}

status may_drain(const cluster_view& view, const std::string& directory) {
  auto living = living_in(view);
  std::string alone;
  for (auto& [shard, owner] : view.shards) {
    auto takes_it = [&](auto& other) { return other != directory && takes(view, living, other); };
    bool kept = owner.replicas.contains(directory) || owner.directory == directory;
    if (kept && std::ranges::none_of(owner.replicas, takes_it))
      alone += (alone.empty() ? "" : ", ") + std::to_string(shard);
  }
  if (alone.empty())
    return done{};
  return refuse(errc::conflict, "nobody else who is there could own shard " + alone +
                                    ": start or add another node, or let one that is drained own again");
}

bool ownership::is_settled(const std::string& directory, time_point now) const {
  auto found = serving_since_.find(directory);
  return found != serving_since_.end() && now - found->second >= patience_.hold_down;
}

/// Broken links tell of others only to who reaches half of the nodes, itself included: else it is cut off itself.
std::set<std::string> ownership::suspects(const cluster_view& view, const std::set<std::string>& unreachable) const {
  std::set<std::string> out;
  std::size_t all = 0;
  for (auto& [name, node] : view.members)
    if (can_talk(node.protocol, own_protocol())) {
      ++all;
      if (node.directory != directory_ && unreachable.contains(node.directory))
        out.insert(node.directory);
    }
  return 2 * out.size() > all ? std::set<std::string>{} : out;
}

void ownership::links_are(bool whole, time_point now) {
  if (!whole)
    whole_since_.reset();
  else if (!whole_since_)
    whole_since_ = now;
  if (whole_since_ && now - *whole_since_ >= patience_.links_rest)
    lost_.clear();
}

void ownership::observe(const cluster_view& view, const std::set<std::string>& unreachable, time_point now) {
  suspects_ = suspects(view, unreachable);
  living_.clear();
  for (auto& [name, node] : view.members)
    if (can_talk(node.protocol, own_protocol()) && !suspects_.contains(node.directory))
      living_.emplace(node.directory, node.phase);
  auto serves = [&](auto& directory) {
    auto found = living_.find(directory);
    return found != living_.end() && found->second == member_phase::serving;
  };
  std::erase_if(serving_since_, [&](auto& known) { return !serves(known.first); });
  for (auto& [directory, phase] : living_)
    if (phase == member_phase::serving)
      serving_since_.try_emplace(directory, now);
  if (spread_seen_.value_or(view.wished.spread) != view.wished.spread) // who serves now has waited long enough
    for (auto& [directory, since] : serving_since_)
      since = std::min(since, now - patience_.hold_down);
  spread_seen_ = view.wished.spread;
  for (auto& [shard, owner] : view.shards) {
    if (lives(owner.directory) && owner.directory != directory_)
      orphaned_since_.erase(shard);
    else
      orphaned_since_.try_emplace(shard, now);
  }
}

bool ownership::may_claim(shard_id shard, const std::string& owner, const replicas& list, time_point now) const {
  auto orphaned = orphaned_since_.find(shard);
  if (orphaned == orphaned_since_.end())
    return false;
  if (auto rest = rest_until_.find(shard); rest != rest_until_.end() && now < rest->second)
    return false;
  auto place = std::ranges::find(list, directory_);
  if (place == list.end())
    return false;
  if (suspects_.contains(owner)) // it may be as well as we are, with only the link between us broken
    return place == list.begin() && !lost_.contains(shard);
  return now - orphaned->second >= patience_.takeover * (place - list.begin());
}

moves ownership::decide(const cluster_view& view, const std::set<shard_id>& held,
                        const std::set<std::string>& unreachable, time_point now) {
  observe(view, unreachable, now);
  moves out;
  if (!lives(directory_)) // not registered: nobody would find us
    return out;
  // Who has been there for how long, nodes see differently. So it doesn't count in who claims: each would wait for the
  // other. And what is handed over is reckoned as if all were claimed already, else living owners would make room
  // first.
  auto claims = lists_for(view, living_, [](auto&) { return false; });
  auto after_claims = view;
  for (auto& [shard, list] : claims)
    if (!list.empty())
      after_claims.shards.at(shard).directory = list.front();
  auto hand_overs = lists_for(after_claims, living_, [&](auto& directory) { return is_settled(directory, now); });
  for (auto& [shard, list] : claims) {
    bool ours = held.contains(shard);
    if (ours)
      orphaned_since_.erase(shard);
    auto& better = hand_overs.at(shard);
    if (ours && !better.empty() && better.front() != directory_)
      out.let_go.insert(shard);
    else if (!ours && may_claim(shard, view.shards.at(shard).directory, list, now))
      out.claim.insert(shard);
    else if (!ours && !takes(view, living_, directory_) && view.shards.at(shard).directory == directory_)
      out.disown.insert(shard);
  }
  keep_one_after_the_other(view, held, out.let_go, now);
  return out;
}

/// The next one goes when the last one has an owner again, or nobody has taken it for a while.
void ownership::keep_one_after_the_other(const cluster_view& view, const std::set<shard_id>& held,
                                         std::set<shard_id>& let_go, time_point now) {
  if (leaves(living_, directory_)) // it has no time for that
    return;
  std::erase_if(handed_over_, [&](auto& moved) {
    auto [shard, since] = moved;
    auto found = view.shards.find(shard);
    bool arrived =
        found == view.shards.end() || (found->second.directory != directory_ && lives(found->second.directory));
    return arrived || held.contains(shard) || now - since >= patience_.takeover;
  });
  std::set<shard_id> now_going;
  for (auto shard : let_go)
    if (handed_over_.size() < limits::hand_overs_at_once) {
      handed_over_.emplace(shard, now);
      now_going.insert(shard);
    }
  let_go = std::move(now_going);
}

} // namespace charter::cluster
