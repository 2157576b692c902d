#pragma once
// A name: who holds a pseudonym or an account's name. One name, one holder (I15).
//
// The id is a hash of the name in its normal form (NFKC, case folded; made where commands enter), so that look-alikes
// by width or case are one name. A claim never expires by itself; its holder releases it.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"

namespace charter::names {

/// From a user or a case, as an effect. Answered by `name_answer` to the same entity, granted or not.
struct claim {
  entity_id holder; ///< who will hold it: a user, or an account that its case is about to open
  CHARTER_FIELDS(claim, holder)
};
/// Only by the holder, or by the entity that claimed on its behalf. Releasing what one doesn't hold does nothing.
struct release {
  entity_id holder;
  CHARTER_FIELDS(release, holder)
};
using command = std::variant<claim, release>;

struct claimed {
  entity_id holder;
  entity_id by;
  timestamp at;
  CHARTER_FIELDS(claimed, holder, by, at)
};
struct claim_refused {
  entity_id holder;
  CHARTER_FIELDS(claim_refused, holder)
};
struct released {
  entity_id holder;
  CHARTER_FIELDS(released, holder)
};
/// An effect from an entity that may not send it. It changes nothing.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<claimed, claim_refused, released, effect_refused>;

struct state {
  std::optional<claimed> holder;
  CHARTER_FIELDS(state, holder)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

} // namespace charter::names
