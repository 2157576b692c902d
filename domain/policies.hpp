#pragma once
// The policy: provider and credentials, the charters in force, and who has which role. One entity for the whole system.
//
// Every change raises `version` before it is acknowledged, and every append checks the version it was decided under
// (docs/adr/0005-policy-version.md). What `decide` elsewhere sees of it is `policy_view`.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/charter.hpp"
#include "domain/context.hpp"
#include "domain/personal.hpp"

namespace charter {

struct role_grant {
  charter::role role = charter::role::moderator;
  std::string office; ///< code, for regulators; region, for liaison officers; else empty
  timestamp at;
  CHARTER_FIELDS(role_grant, role, office, at)
};

namespace policies {

/// `charter init`: founds the provider. Only once.
struct found {
  std::string provider; ///< official name
  std::vector<credential> credentials;
  std::string charter_text; ///< the charter file as it is
  digest32 charter_digest{};
  std::string charter_id;
  std::uint32_t charter_version = 0;
  timestamp charter_from;
  std::vector<timestamp>
      warnings_due; ///< of the credentials, by expiry_warnings of the charter that is being activated
  CHARTER_FIELDS(found, provider, credentials, charter_text, charter_digest, charter_id, charter_version, charter_from,
                 warnings_due)
};
/// Operator. A credential of the same kind and number is renewed.
struct add_credential {
  charter::credential credential;
  CHARTER_FIELDS(add_credential, credential)
};
/// Operator, or system at `charter init`. `same_person_holds_role`: the vault's answer whether this user's person is
/// staff under another pseudonym (four eyes are two persons). Errors: `conflict`.
struct grant_role {
  user_id user;
  charter::role role = charter::role::moderator;
  std::string office;
  bool same_person_is_staff = false;
  CHARTER_FIELDS(grant_role, user, role, office, same_person_is_staff)
};
struct revoke_role {
  user_id user;
  charter::role role = charter::role::moderator;
  CHARTER_FIELDS(revoke_role, user, role)
};
/// Operator; takes effect at `charter_from`, announced ahead.
struct activate_charter {
  std::string charter_text;
  digest32 charter_digest{};
  std::string charter_id;
  std::uint32_t charter_version = 0;
  timestamp charter_from;
  CHARTER_FIELDS(activate_charter, charter_text, charter_digest, charter_id, charter_version, charter_from)
};
/// A credential's warning is due, or the credential is over.
struct tick {
  CHARTER_NO_FIELDS(tick)
};
using command = std::variant<found, add_credential, grant_role, revoke_role, activate_charter, tick>;

struct founded {
  std::string provider;
  std::vector<credential> credentials;
  timestamp at;
  std::vector<timestamp> warnings_due; ///< ascending
  CHARTER_FIELDS(founded, provider, credentials, at, warnings_due)
};
struct credential_added {
  charter::credential credential;
  timestamp at;
  std::vector<timestamp> warnings_due; ///< of all credentials, this one among them; ascending
  CHARTER_FIELDS(credential_added, credential, at, warnings_due)
};
struct role_granted {
  user_id user;
  role_grant grant;
  personal<bytes> salt; ///< of the leaf's commitment: the log doesn't name persons
  CHARTER_FIELDS(role_granted, user, grant, salt)
};
struct role_revoked {
  user_id user;
  charter::role role = charter::role::moderator;
  timestamp at;
  personal<bytes> salt; ///< of the leaf's commitment
  CHARTER_FIELDS(role_revoked, user, role, at, salt)
};
struct charter_activated {
  std::string text;
  digest32 digest{};
  std::string id;
  std::uint32_t version = 0;
  timestamp from;
  timestamp at;
  CHARTER_FIELDS(charter_activated, text, digest, id, version, from, at)
};
/// The operators were warned of expiry, up to this time's warnings.
struct expiry_warned {
  timestamp up_to;
  CHARTER_FIELDS(expiry_warned, up_to)
};
/// An entity's effect that the policy doesn't take. It changes nothing, not even the version.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<founded, credential_added, role_granted, role_revoked, charter_activated, expiry_warned,
                           effect_refused>;

struct charter_version {
  std::string id;
  std::uint32_t version = 0;
  digest32 digest{};
  timestamp from;
  timestamp activated_at;
  std::string text;
  CHARTER_FIELDS(charter_version, id, version, digest, from, activated_at, text)
};
struct state {
  std::uint64_t version = 0; ///< raised by every change but warnings and refused effects
  std::string provider;
  timestamp founded_at;
  std::vector<credential> credentials;
  std::vector<charter_version> charters; ///< in the order of activation
  std::map<user_id, std::vector<role_grant>> roles;
  timestamp warned_up_to;
  std::vector<timestamp> warnings_due; ///< ascending; set with each credential from the charter's lead times
  CHARTER_FIELDS(state, version, provider, founded_at, credentials, charters, roles, warned_up_to, warnings_due)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);
std::optional<timestamp> due(const state& s);

} // namespace policies

/// What every decision sees of the policy. Immutable and shared; a change makes a new one.
struct policy_view {
  policies::state facts;
  std::vector<std::shared_ptr<const rule_book>> books; ///< of `facts.charters`, in that order

  std::uint64_t version() const { return facts.version; }
  /// By which an act at that time is judged (article 10); null before the first.
  const rule_book* book_at(timestamp at) const;
};

/// The rule book in force now. Errors: `unavailable` without policy or charter (I18).
result<const rule_book*> rules_of(const context& in);
/// Whether a credential of the provider lets anyone do this now. Errors: `unavailable`, `credential_missing`.
status pass_gate(const context& in, act what);
/// Whether the caller's roles allow the act; the system's own acts pass. An act of staff that the charter gives to no
/// role is nobody's. Errors: `unavailable`, `forbidden`, citing the power's rule.
status may_act(const context& in, act what, bool first = true);
bool has_role(const context& in, user_id user, role r);
/// Of the given user; empty without policy.
std::vector<role> roles_of(const policy_view* policy, user_id user);

} // namespace charter
