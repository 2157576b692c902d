#include "actors/scheduling.hpp"

#include <sched.h>

#include <algorithm>
#include <thread>

#include <caf/all.hpp>

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
