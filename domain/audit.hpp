#pragma once
// The audit log: every decision of governance as a leaf, numbered from 0 without holes (I9, I10, I17).
// One entity, fed by effects. The encoded leaf is what outsiders hash: SHA-256(0x00 ‖ entry), RFC 6962.

#include <optional>
#include <string>
#include <variant>

#include "domain/context.hpp"
#include "domain/leaf.hpp"

namespace charter::audit {

/// An effect. With `opening`, the identity that waits for it is told (I10).
struct append {
  charter::leaf leaf;
  std::optional<disclosure_id> opening;
  CHARTER_FIELDS(append, leaf, opening)
};
using command = std::variant<append>;

struct appended {
  std::uint64_t number = 0;
  bytes entry; ///< codec::encode_leaf of the leaf; final
  CHARTER_FIELDS(appended, number, entry)
};
/// An opening that no identity asked for. It changes nothing.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<appended, effect_refused>;

struct state {
  std::uint64_t size = 0;
  CHARTER_FIELDS(state, size)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

} // namespace charter::audit
