#pragma once
// Getting rid of bytes for good: after a scrub no file of the database holds erased or overwritten rows of a range.
//
// LevelDB's CompactRange alone does not promise that: a flush writes a row and the tombstone that hides it into one
// table, that table may sink to the last level, and the last level is never rewritten by itself; the old log and the
// old tables stay while an iterator needs them. So a scrub compacts, then reads the table files themselves and looks
// for rows that differ from what the database says now; those it writes once more, on top, so that the next compaction
// merges them away, and looks again. It ends when it has seen that nothing is left.
// Keys may linger in the MANIFEST until the next start, and live on in no other place: keep personal data out of them.
//
// Blocks the calling thread for as long as compaction takes (the range is rewritten). Repeating is harmless.
// What can fail: `unavailable` when readers hold old files for too long (repeat it); `internal` from the engine.

#include <mutex>
#include <string>

#include "storage/leveldb_engine.hpp"

namespace charter::storage {

/// Rows with `from` <= key < `to`; an empty `to` is the end. `writing` keeps other writers of the range out for
/// moments; who holds it must be done with his write when he lets go.
status scrub(engine& engine, const std::string& from, const std::string& to, std::mutex& writing);

} // namespace charter::storage
