#pragma once
// What a round does to the network between nodes and members, and takes back.

#include "apps/chaos/relay.hpp"
#include "apps/chaos/schedule.hpp"

namespace charter::chaos {

/// Cuts and delays, or mends, what goes from and to the node, or the member, that the round hits.
void set_network(relay& network, const round_plan& plan, std::size_t node, std::size_t member, bool disturbed);

/// Connections that the round had to tell apart, and of which nobody knows whose they are: it left them alone.
std::size_t passed_over(const relay& network, const round_plan& plan, std::size_t node);

} // namespace charter::chaos
