#pragma once
// A change: one decision of one entity, as the journal keeps it. The unit of atomicity.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/accounts.hpp"
#include "domain/answers.hpp"
#include "domain/audit.hpp"
#include "domain/cases.hpp"
#include "domain/chats.hpp"
#include "domain/context.hpp"
#include "domain/identities.hpp"
#include "domain/names.hpp"
#include "domain/offices.hpp"
#include "domain/organisations.hpp"
#include "domain/policies.hpp"
#include "domain/users.hpp"

namespace charter {

// In the order of entity_kind. Append only.
using any_command =
    std::variant<users::command, names::command, identities::command, organisations::command, accounts::command,
                 chats::command, cases::command, offices::command, policies::command, audit::command>;
using any_event = std::variant<users::event, names::event, identities::event, organisations::event, accounts::event,
                               chats::event, cases::event, offices::event, policies::event, audit::event>;

/// A command to another entity, delivered exactly once and in order per pair of shards.
struct effect {
  entity_id to;
  any_command command;
  CHARTER_FIELDS(effect, to, command)
};

template <class Event>
struct decision {
  std::vector<Event> events;   ///< empty: nothing changes, `answer` goes out all the same
  std::vector<effect> effects; ///< in order
  charter::answer answer = done{};
  std::optional<id_bytes> awaiting; ///< see `outcome` of the aggregate
};

/// Where an effect comes from. Receivers keep the highest per source shard, so that none takes effect twice (I3).
struct cause {
  shard_id shard = 0;
  std::uint32_t incarnation = 0; ///< raised by a restore from backup
  std::uint64_t position = 0;    ///< of the change that carries the effect
  std::uint32_t index = 0;       ///< within its effects
  CHARTER_FIELDS(cause, shard, incarnation, position, index)
};

struct change {
  entity_id entity;
  timestamp at;
  caller::origin origin = caller::origin::system;
  entity_id by;                        ///< user or entity; empty for anonymous and system
  command_id command;                  ///< zero unless a client's
  digest32 parameters{};               ///< SHA-256 of method and parameters, for `conflict` on reuse
  std::optional<charter::cause> cause; ///< set for effects
  std::vector<any_event> events;
  std::vector<effect> effects;
  charter::answer answer = done{};
  std::optional<id_bytes> awaiting;
  std::optional<timestamp> due; ///< when the entity wants to be woken next, after this change
  CHARTER_FIELDS(change, entity, at, origin, by, command, parameters, cause, events, effects, answer, awaiting, due)
};

} // namespace charter
