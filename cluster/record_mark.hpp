#pragma once
// What tells two logs apart that are equally long: a fingerprint of the record that each ends with.
//
// A batch carries the mark of the record that it follows, and a shard's head the mark of its last. A journal whose own
// record there has another mark isn't a beginning of the shard's log, however long it is: it is another cluster's, or
// etcd was restored from a backup and has gone on differently. Whoever has the same record at one position has the
// same before it, since only a journal that matched could go on from there. Pure.

#include <cstdint>

#include "storage/journal.hpp"

namespace charter::cluster {

/// The first eight bytes of the header's SHA-256, big endian. The header holds a salted hash of the body, and stays
/// when that is erased.
using record_mark = std::uint64_t;

record_mark mark_of(const storage::log_record& record);

/// Where a log ends.
struct log_end {
  storage::position last = 0;
  record_mark mark = 0; ///< of the record there; 0 when there is none
  friend bool operator==(const log_end&, const log_end&) = default;
};

/// `internal`: a person has to decide what becomes of it.
refusal does_not_match(shard_id shard, storage::position at);

} // namespace charter::cluster
