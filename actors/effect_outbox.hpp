#pragma once
// Effects that a shard owes to other entities: in order per entity, one on its way to each at a time.
//
// Durable in the journal records that carry them; this is what of them is not acknowledged yet. An entity that can't
// take its effects (quarantined, its shard away) holds up only its own. Owned by the shard's actor; no I/O.

#include <deque>
#include <map>
#include <set>
#include <vector>

#include "domain/change.hpp"
#include "storage/stored_rows.hpp"

namespace charter {

struct owed_effect {
  charter::cause cause;
  entity_id from; ///< the entity that asks
  entity_id to;
  any_command command;
};

class effect_outbox {
public:
  void add(shard_id target, owed_effect e);

  /// The next effect for an entity that has none on its way, at most `limits::effects_in_flight_max` altogether; it is
  /// on its way then. Null when there is nothing to send now.
  const owed_effect* next();

  /// The entity has taken what was on its way.
  void taken(const entity_id& to);
  /// It has not: the same effect comes again after `retry_all`.
  void failed(const entity_id& to);
  void retry_all();

  /// Up to where that target shard has taken everything; `end` when it owes nothing.
  storage::effect_cursor cursor(shard_id target, storage::effect_cursor end) const;

  std::size_t size() const { return size_; }

private:
  struct line {
    shard_id target = 0;
    std::deque<owed_effect> effects;
    enum class stage : std::uint8_t { ready, on_its_way, failed } at = stage::ready;
  };
  std::map<entity_id, line> lines_;
  std::deque<entity_id> ready_;
  std::map<shard_id, std::set<std::pair<std::uint64_t, std::uint32_t>>> open_; ///< position and index
  std::size_t on_their_way_ = 0;
  std::size_t size_ = 0;
};

} // namespace charter
