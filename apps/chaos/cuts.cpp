#include "apps/chaos/cuts.hpp"

#include "apps/chaos/cluster_processes.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

constexpr std::chrono::milliseconds delayed_by{120}; // each way, so under the 300 ms that a call to a member may take

passing passing_of(loss how) {
  switch (how) {
    case loss::none: break;
    case loss::silent: return passing::lost;
    case loss::by_reset: return passing::reset;
  }
  return passing::held;
}

/// What a member says to the others, what it hears from them, or both. Who wants to hear connects, and so does who has
/// something to say: connections go either way.
void set_peers(relay& network, const round_plan& plan, std::size_t member, passing how) {
  auto ways = (plan.pick >> 16) % 3;
  bool says = ways != 1, hears = ways != 2;
  for (std::size_t other = 0; other < member_count; ++other) {
    if (other == member)
      continue;
    auto set = [&](direction out, direction in) {
      network.set(peer_route(other), member_asker(member), out, how);
      network.set(peer_route(member), member_asker(other), in, how);
    };
    if (says)
      set(direction::there, direction::back);
    if (hears)
      set(direction::back, direction::there);
  }
}

/// Or else only the others can't ask it.
bool cuts_both_ways(const round_plan& plan) { return (plan.pick >> 16) % 2 == 0; }

void set_links(relay& network, const round_plan& plan, std::size_t node, passing how) {
  for (auto way : {direction::there, direction::back}) {
    network.set(link_route(node), way, how);
    if (cuts_both_ways(plan))
      for (std::size_t other = 0; other < node_count; ++other)
        network.set(link_route(other), node_asker(node), way, how);
  }
}

} // namespace

void set_network(relay& network, const round_plan& plan, std::size_t node, std::size_t member, bool disturbed) {
  auto how = disturbed ? passing_of(loss_of(plan)) : passing::free;
  if (plan.what == fault::cut_leader)
    return set_peers(network, plan, member, how);
  if (plan.what == fault::cut_links)
    return set_links(network, plan, node, how);
  for (std::size_t i = 0; i < member_count; ++i) {
    auto way = etcd_route(node, i);
    if (plan.what == fault::cut_etcd)
      network.set(way, direction::there, how);
    if (plan.what == fault::cut_etcd || plan.what == fault::cut_answers)
      network.set(way, direction::back, how);
    if (plan.what == fault::delay)
      network.delay(way, disturbed ? delayed_by : 0ms);
  }
  if (plan.what == fault::delay)
    network.delay(link_route(node), disturbed ? delayed_by : 0ms);
}

std::size_t passed_over(const relay& network, const round_plan& plan, std::size_t node) {
  std::size_t out = 0;
  if (plan.what == fault::cut_leader)
    for (std::size_t i = 0; i < member_count; ++i)
      out += network.strangers(peer_route(i));
  if (plan.what == fault::cut_links && cuts_both_ways(plan))
    for (std::size_t other = 0; other < node_count; ++other)
      out += other == node ? 0 : network.strangers(link_route(other));
  return out;
}

} // namespace charter::chaos
