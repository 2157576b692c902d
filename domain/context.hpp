#pragma once
// What a decision sees besides the state and the command. Nothing here is read from the outside world by `decide`.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/bytes.hpp"
#include "domain/ids.hpp"
#include "domain/rows.hpp"
#include "domain/time.hpp"

namespace charter {

struct policy_view;
struct effect;
struct leaf;
struct notice;

/// On whose behalf a command comes. Whatever an entity refuses to others rests on this.
struct caller {
  enum class origin : std::uint8_t { anonymous, user, entity, system };
  origin from = origin::anonymous;
  entity_id who; ///< the user, or the entity whose effect this is; empty otherwise

  static caller anonymous() { return {}; }
  static caller of(user_id u) { return {origin::user, u}; }
  static caller entity(entity_id e) { return {origin::entity, e}; }
  static caller system() { return {origin::system, {}}; } ///< timers and `charter init`

  bool is_user() const { return from == origin::user; }
  bool is(entity_id e) const { return from == origin::entity && who == e; }
  bool is_kind(entity_kind k) const { return from == origin::entity && who.kind == k; }
  user_id user() const { return is_user() ? user_id{who.raw} : user_id{}; }
};

/// SHA-256, supplied from outside, since the domain links no cryptography.
using digest_fn = digest32 (*)(byte_view);

struct context {
  timestamp now;                       ///< max(wall clock, the shard's last record)
  const policy_view* policy = nullptr; ///< null: missing or stale; public acts are refused (I18)
  caller by;
  entity_id self;     ///< the entity that decides
  facts rows;         ///< what `needs` asked for
  digest32 entropy{}; ///< fresh for each command; for salts of commitments
  digest_fn digest = nullptr;
};

/// What `decide` answers: what happened, what it asks of others, and what to tell the caller.
/// Answers wait until the record is durable; with `awaiting` also until `outcome(state, *awaiting)` says how it ended.
template <class Event>
struct decision;

} // namespace charter
