#pragma once
// How actors share the machine's cores, the same in charterd and in what measures its parts (docs/adr/0002).

namespace caf {
class actor_system_config;
}

namespace charter {

/// One queue for all workers, a hundred messages at a time, and a worker for each core that this process may use. What
/// blocks has a thread of its own (`detached`).
void set_scheduling(caf::actor_system_config& config);

} // namespace charter
