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

/// In a cluster the policy is another node's as well: what is appended is compared with the cluster's version, in the
/// same transaction (docs/adr/0005-policy-version.md). Called by the writer's thread.
class policy_fence {
public:
  virtual ~policy_fence() = default;
  /// What the journal's next `append` was decided under; with `to`, what its batch raises the version to.
  virtual void expect(std::uint64_t under, std::optional<std::uint64_t> to) = 0;
  /// The newest version that has refused an append, which then was a `conflict`.
  virtual std::uint64_t met() const = 0;
};

/// Whatever waits in the mailbox while one sync runs makes the next one (group commit). `journal` outlives the actor.
/// `detached`: on a thread of its own, as production wants it; tests run it on the scheduler. `policy` outlives it,
/// too; null on one machine, where the writer's own comparison is enough.
journal_actor spawn_journal_writer(caf::actor_system& system, storage::journal& journal, bool detached,
                                   fatal_fn fatal = end_process, policy_fence* policy = nullptr);

} // namespace charter
