#pragma once
// An organisation of one of article 7's kinds: its credentials, its accounts and what holds it back.
//
// Credentials are declared by its owner and count only once a moderator has confirmed them in a review. Its standing
// (kind, confirmed credentials, approval, restrictions) is copied to every account of it; see domain/standing.hpp.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"
#include "domain/standing.hpp"

namespace charter::organisations {

/// By a user with signed agreement. Errors: `invalid_params` (unknown kind, region), `credential_missing`,
/// `agreement_required`.
struct register_ {
  std::string kind;   ///< key in the charter's `organisations`, not a personal one
  std::string name;   ///< official name
  std::string region; ///< GB/T 2260 code
  std::vector<credential> credentials;
  user_standing standing; ///< of the caller; read where the command enters
  CHARTER_FIELDS(register_, kind, name, region, credentials, standing)
};
/// By the owner. Counts once confirmed.
struct add_credential {
  charter::credential credential;
  CHARTER_FIELDS(add_credential, credential)
};

// Effects.
/// From a case: a review confirmed these credentials (by kind and number), and granted an approval if there is one.
struct confirm {
  std::vector<credential> credentials;
  std::optional<special_approval> approval;
  CHARTER_FIELDS(confirm, credentials, approval)
};
/// From an account of this organisation: begins the edge; answered by accounts::organisation_standing.
struct begin_edge {
  account_id account;
  user_id applicant; ///< must be the owner or a member
  CHARTER_FIELDS(begin_edge, account, applicant)
};
struct standing_confirmed {
  account_id account;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(standing_confirmed, account, sequence)
};
/// From a case. Answered by cases::enforcement_confirmed when every account has journaled it.
struct restrict_ {
  restriction what;
  CHARTER_FIELDS(restrict_, what)
};
struct lift {
  case_id sanction;
  CHARTER_FIELDS(lift, sanction)
};
using command = std::variant<register_, add_credential, confirm, begin_edge, standing_confirmed, restrict_, lift>;

struct registered {
  std::string kind;
  std::string name;
  std::string region;
  user_id owner;
  std::vector<credential> credentials;
  timestamp at;
  CHARTER_FIELDS(registered, kind, name, region, owner, credentials, at)
};
struct credential_declared {
  charter::credential credential;
  timestamp at;
  CHARTER_FIELDS(credential_declared, credential, at)
};
struct confirmed {
  std::vector<credential> credentials;
  std::optional<special_approval> approval;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(confirmed, credentials, approval, sequence)
};
struct edge_begun {
  account_id account;
  CHARTER_FIELDS(edge_begun, account)
};
struct standing_seen {
  account_id account;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(standing_seen, account, sequence)
};
struct restricted {
  restriction what;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(restricted, what, sequence)
};
struct restriction_lifted {
  case_id sanction;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(restriction_lifted, sanction, sequence)
};
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<registered, credential_declared, confirmed, edge_begun, standing_seen, restricted,
                           restriction_lifted, effect_refused>;

struct edge {
  account_id account;
  std::uint64_t seen = 0;
  CHARTER_FIELDS(edge, account, seen)
};
struct pending_enforcement {
  case_id sanction;
  std::uint64_t sequence = 0;
  bool lifting = false;
  CHARTER_FIELDS(pending_enforcement, sanction, sequence, lifting)
};
struct state {
  bool exists = false;
  std::string kind;
  std::string name;
  std::string region;
  user_id owner;
  timestamp registered_at;
  std::vector<credential> declared;
  std::vector<credential> confirmed;
  std::optional<special_approval> approval;
  std::vector<edge> edges; ///< its accounts
  restrictions held;
  std::vector<pending_enforcement> pending;
  std::uint64_t standing_sequence = 0;
  CHARTER_FIELDS(state, exists, kind, name, region, owner, registered_at, declared, confirmed, approval, edges, held,
                 pending, standing_sequence)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);

organisation_standing standing_of(const state& s);

} // namespace charter::organisations
