#pragma once
// Standing: what holds a user, an organisation or an account back, and the copies of it that cross entities.
//
// An account decides on copies of the standing of its organisation and its editors. A change at the parent is pending
// until every child has journaled it (docs/adr/0004-standing.md), so no forbidden post slips in between (I2).

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "domain/charter.hpp"
#include "domain/ids.hpp"
#include "domain/time.hpp"

namespace charter {

/// A sanction in force on one entity.
struct restriction {
  case_id sanction;
  sanction_step step = sanction_step::warn;
  sanction_scope scope = sanction_scope::nothing;
  std::optional<std::uint32_t> posts_per_day;
  timestamp from;
  std::optional<timestamp> until; ///< empty: until lifted
  rule_ref rule;
  CHARTER_FIELDS(restriction, sanction, step, scope, posts_per_day, from, until, rule)

  bool in_force(timestamp now) const { return !until || now < *until; }
};
using restrictions = std::vector<restriction>;

/// What an account keeps about an editor. `sequence` grows with each change at the user.
struct user_standing {
  std::uint64_t sequence = 0;
  std::uint32_t agreement_version = 0; ///< signed last
  bool verified = false;               ///< identity on file
  bool closed = false;
  charter::restrictions restrictions;
  CHARTER_FIELDS(user_standing, sequence, agreement_version, verified, closed, restrictions)
};

/// What an account keeps about its organisation.
struct organisation_standing {
  std::uint64_t sequence = 0;
  std::string kind;                    ///< key in the charter
  std::vector<credential> credentials; ///< confirmed ones
  std::optional<special_approval> approval;
  charter::restrictions restrictions;
  CHARTER_FIELDS(organisation_standing, sequence, kind, credentials, approval, restrictions)
};

/// The strongest restriction in force that stops such a post, or null.
const restriction* what_forbids(const restrictions& all, post_kind kind, std::uint32_t posts_today, timestamp now);

/// The `sanctioned` refusal that names it and tells how to appeal.
refusal refuse_sanctioned(const restriction& r, std::string_view whose);

/// Adds, replaces (same sanction) or removes.
void put_restriction(restrictions& all, const restriction& r);
bool drop_restriction(restrictions& all, const case_id& sanction);

} // namespace charter
