#pragma once
// The shard's state and the parts of its work: deciding who answers (shard.cpp), committing batches
// (shard_commit.cpp), carrying effects and waking entities (shard_duties.cpp).

#include <deque>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <caf/all.hpp>

#include "actors/effect_outbox.hpp"
#include "actors/shard.hpp"
#include "storage/fold.hpp"

namespace charter::shards {

/// A message for an entity that can't take it now: it is passivating, or a crashed one has proposals on their way.
struct buffered {
  std::optional<envelope> command;
  caf::typed_response_promise<answer> answer_to;
  caf::typed_response_promise<state_ptr> state_to;
};

/// Looks that wait until the claim is confirmed.
using waiting_looks = std::map<std::uint64_t, caf::typed_response_promise<state_ptr>>;

struct live_entity {
  entity_actor actor; ///< null while a crashed one's proposals are on their way
  std::uint32_t generation = 0;
  std::uint32_t proposals = 0; ///< waiting or being appended
  std::uint32_t used_at = 0;   ///< pulses
  bool passivating = false;
  std::unique_ptr<std::vector<buffered>> buffer;
};

struct crash_record {
  std::uint64_t fingerprint = 0;
  int count = 0;
  std::string why;
};

struct shard_state {
  shard_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  ~shard_state();
  static constexpr const char* name = "shard";

  shard_parts parts;
  policy_ptr policy;               ///< null: nobody told us yet, public acts are refused (I18)
  std::uint64_t policy_wanted = 0; ///< a roll-back waits for this version
  timestamp last_time;             ///< of the last decision; the shard's time never goes back
  position head = 0;
  std::unordered_map<entity_id, live_entity> live;
  std::unordered_map<entity_id, crash_record> crashes;
  std::unordered_set<entity_id> quarantined;

  waiting_looks looks;
  std::uint64_t last_look = 0;

  std::deque<proposal> next;       ///< for the next batch
  std::vector<proposal> appending; ///< the batch on its way; one per shard
  bool disk_full = false;

  effect_outbox outbox;
  std::unordered_set<entity_id> ticking; ///< woken, not answered yet
  bool erasing = false;
  std::size_t passivating = 0; ///< asked, not answered yet
  std::size_t scan_at = 0;     ///< bucket of `live` where the next pulse looks for idle ones
  std::uint32_t pulses = 0;
  std::uint32_t next_pulse_counts = 1; ///< more than one when it comes later than the others'

  timestamp now();
};

using self_ptr = shard_actor::stateful_pointer<shard_state>;

/// Starts the entity unless it lives, and marks it as used. Null actor: buffer.
live_entity& wake(self_ptr self, const entity_id& entity);
void send_buffered(self_ptr self, const entity_id& entity);
void forward(self_ptr self, envelope e, caf::typed_response_promise<answer> to);

// shard_commit.cpp
void on_proposal(self_ptr self, proposal& p);
void append_next(self_ptr self);
/// Nothing of what is proposed will be durable; entities decide again, or give up with `why`.
void roll_back(self_ptr self, const std::optional<refusal>& why);

/// Ends the shard's actor. Nobody waits for a look in vain.
void end(self_ptr self, caf::error why);

// shard_duties.cpp
/// Reads what the journal has and the rows don't, and the effects that are owed. Throws when that can't be read.
void catch_up(self_ptr self);
void owe_effects(shard_state& s, const change& c, position at);
void send_effects(self_ptr self);
void on_pulse(self_ptr self);
/// All shards have theirs at the same moments, so that a server without work wakes up for all of them at once; and one
/// that holds neither entities nor effects has fewer.
void await_pulse(self_ptr self);

} // namespace charter::shards
