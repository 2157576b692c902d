#include "actors/scheduling.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

#include <caf/all.hpp>

// jemalloc reads it before main (docs/adr/0015-allocator.md). Arenas for as many threads as work at a time; what is
// free goes back to the kernel within two seconds; slabs of an actor's size hold 32 of them.
extern "C" {
const char* malloc_conf =
    "narenas:4,background_thread:true,dirty_decay_ms:2000,muzzy_decay_ms:0,slab_sizes:1281-1536:12";
}

namespace charter {

namespace {

/// CAF would start four workers at least, and count cores that this process is kept off.
std::size_t usable_cores() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    return static_cast<std::size_t>(CPU_COUNT(&allowed));
  return std::max(1u, std::thread::hardware_concurrency());
}

} // namespace

void set_scheduling(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-throughput", std::size_t{100});
  config.set("scheduler.max-threads", usable_cores());
}

} // namespace charter
