#include "actors/eraser.hpp"

#include <caf/all.hpp>

#include "actors/errors.hpp"

namespace charter {

namespace {

struct eraser_state {
  eraser_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "eraser";
};

status erase_all(storage::journal& journal, storage::store& rows, const erase& job) {
  if (auto bodies = journal.erase_bodies(job.shard, job.positions); !bodies)
    return bodies;
  for (auto& range : job.rows)
    if (auto compacted = rows.compact(range.from, range.to); !compacted)
      return compacted;
  return done{};
}

eraser_actor::behavior_type behavior(eraser_actor::stateful_pointer<eraser_state>, storage::journal* journal,
                                     storage::store* rows) {
  return {[journal, rows](const erase& job) -> caf::result<done> {
    auto outcome = erase_all(*journal, *rows, job);
    if (!outcome)
      return to_error(outcome.why());
    return done{};
  }};
}

} // namespace

eraser_actor spawn_eraser(caf::actor_system& system, storage::journal& journal, storage::store& rows) {
  return system.spawn<caf::detached>(behavior, &journal, &rows);
}

} // namespace charter
