#pragma once
// What stands behind `charter journal verify`, `dump` and `stats`: looking at a journal without changing a byte of it.
//
// The server must be stopped (the directory's lock is taken). LevelDB rewrites files when it opens a database, so these
// functions work on a shadow: hard links to the tables and copies of the small files, in `inspect.tmp` inside the data
// directory, removed at the end. Damage never stops them; all of it is listed.
// What can fail: `conflict` when a charterd uses the directory, `not_found`, `unavailable` without space for the
// shadow.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/data_directory.hpp"
#include "storage/journal.hpp"

namespace charter::storage {

/// A record as `dump` and the check of bodies see it.
struct inspected_record {
  shard_id shard = 0;
  position at = 0;
  log_record record;
  bool has_body = false; ///< there is, or was, one
  bool erased = false;
};

struct shard_figures {
  position head = 0; ///< as the head record says
  std::uint64_t records = 0;
  std::uint64_t header_bytes = 0;
  std::uint64_t bodies = 0; ///< present
  std::uint64_t body_bytes = 0;
  std::uint64_t erased = 0;
};

struct journal_damage {
  shard_id shard = 0;
  position first = 0; ///< 0: not at one position
  position last = 0;
  std::string what;
  std::string file;   ///< where it lies, as far as can be told; may be empty
  std::string advice; ///< what to do about it
};

struct inspect_report {
  std::map<shard_id, shard_figures> shards;
  std::uint64_t file_bytes = 0;       ///< of the journal's directory
  std::vector<journal_damage> damage; ///< the first 1,000
  std::uint64_t damage_count = 0;     ///< all
  bool sound() const { return damage_count == 0; }
};

/// Says what is wrong with a record, or nothing. Called with bodies present only; the salted hash that binds a body to
/// its header is the domain's codec's affair.
using body_check = std::function<std::string(const inspected_record&)>;

/// Records done, and about how many there are.
using inspect_progress = std::function<void(std::uint64_t done, std::uint64_t estimate)>;

/// Every record of every shard: present, continuous, sound, and matching its body; every table and log file readable.
result<inspect_report> verify_journal(const std::string& directory, const body_check& check_body = {},
                                      const inspect_progress& progress = {});

/// Figures; the damage met on the way is in it as well, but tables are not read a second time for it.
result<inspect_report> journal_stats(const std::string& directory, const inspect_progress& progress = {});

/// Records of a shard from a position on, until `visit` returns false. Steps over damage; the answer counts it.
result<std::uint64_t> dump_journal(const std::string& directory, shard_id shard, position from,
                                   const std::function<bool(const inspected_record&)>& visit);

} // namespace charter::storage
