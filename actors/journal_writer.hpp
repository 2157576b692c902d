#pragma once
// The journal writer: the one thread that waits for the disk.

#include <functional>
#include <string>

#include "actors/interfaces.hpp"

namespace caf {
class actor_system;
}

namespace charter {

/// Called when the journal's engine fails: what was appended is unknown, so the process must end. Doesn't return in
/// production; tests may record it, after which the writer answers nobody.
using fatal_fn = std::function<void(const std::string& why)>;

/// Prints and ends the process with exit code 70.
void end_process(const std::string& why);

/// Whatever waits in the mailbox while one sync runs makes the next one (group commit). `journal` outlives the actor.
/// `detached`: on a thread of its own, as production wants it; tests run it on the scheduler.
journal_actor spawn_journal_writer(caf::actor_system& system, storage::journal& journal, bool detached,
                                   fatal_fn fatal = end_process);

} // namespace charter
