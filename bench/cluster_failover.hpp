#pragma once
// How long accounts go without an acknowledged post when something of a cluster fails, and whether one is lost.
//
// Somebody publishes in each account, one post after the other, at a node that stays. Told are the times from the fault
// to the first acknowledgement of a post that was asked for after it: the middle one of the accounts that are affected,
// and the worst. In the end all posts that were acknowledged must be there, each once.

#include "bench/cluster_under_test.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

/// kill-node, kill-leader and pause-owner, with figures over their rounds.
void failover_cases(harness& h, cluster_under_test& which);

/// kill-node-1g (a quick run: kill-node-64m): after `copy_cases`, which has filled the logs.
void failover_of_large_logs(harness& h, cluster_under_test& which);

} // namespace charter::bench
