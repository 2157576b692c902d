#pragma once
// A node lost its directory and gets the logs of all shards from the others: how fast, beside a bare copy of the same
// files; and how long publishers wait meanwhile, at three rates at which it may take.

#include "bench/cluster_under_test.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

/// replica-1g (a quick run: replica-64m), copy-slow, copy-medium and copy-fast. Publishes a gigabyte first.
void copy_cases(harness& h, cluster_under_test& which);

} // namespace charter::bench
