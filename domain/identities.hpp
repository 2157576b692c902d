#pragma once
// A person's identity, sealed. One person, one entity (I15): its id comes from a keyed slow digest of the document.
//
// Lives in the vault's shards. What is sealed here only storage/vault can open; this aggregate counts pseudonyms,
// spends registration tickets and guards openings: two different privacy officers, a cited basis, and a published log
// entry that came first (I10). Articles 5.3 and 6.1.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"

namespace charter::identities {

/// An identity provider has verified this person. System only (the vault's actor).
struct verify {
  personal<bytes> sealed;      ///< AES-256-GCM under the person's data key
  personal<bytes> wrapped_key; ///< that key under the vault's key-encryption key
  std::string provider;        ///< which identity provider
  std::string region;          ///< GB/T 2260 code of the document's province; coarse enough to leave the vault
  digest32 ticket{};           ///< SHA-256 of the registration ticket
  CHARTER_FIELDS(verify, sealed, wrapped_key, provider, region, ticket)
};

/// From a user that registers, as an effect. Answered by users::place_answer.
/// Refused: a ticket unknown, spent or over; more pseudonyms than the charter allows.
struct claim_place {
  user_id user;
  digest32 ticket{};
  CHARTER_FIELDS(claim_place, user, ticket)
};
/// From that user, as an effect: the registration failed, or the user closed.
struct release_place {
  user_id user;
  bool registration_failed = false; ///< gives the ticket back too, so that a taken pseudonym costs no verification
  CHARTER_FIELDS(release_place, user, registration_failed)
};

/// First privacy officer. Errors: `forbidden`, `invalid_params` (unknown basis).
struct request_disclosure {
  disclosure_id disclosure;
  user_id about;         ///< the pseudonym behind which the person is sought
  std::string basis;     ///< key in the charter's disclosure bases
  std::string reference; ///< file number of the lawful request
  personal_text reason;
  bool same_person = false; ///< the officer is the person: the vault's own answer, never the client's
  CHARTER_FIELDS(request_disclosure, disclosure, about, basis, reference, reason, same_person)
};
/// Another privacy officer, another person. Errors: `forbidden`, `conflict`.
struct decide_disclosure {
  disclosure_id disclosure;
  bool approve = false;
  std::string reason;
  bool same_person = false; ///< as the requester, or as the person sought
  CHARTER_FIELDS(decide_disclosure, disclosure, approve, reason, same_person)
};
/// Either of the two officers, while the approval lasts. Answered once the log entry is durable and served (I10).
struct open {
  disclosure_id disclosure;
  CHARTER_FIELDS(open, disclosure)
};
/// The audit log has the entry; as an effect.
struct leaf_logged {
  disclosure_id disclosure;
  std::uint64_t leaf = 0;
  CHARTER_FIELDS(leaf_logged, disclosure, leaf)
};
/// Tells persons what they couldn't be told before; after the last user is closed and retention is over, destroys the
/// data key.
struct tick {
  CHARTER_NO_FIELDS(tick)
};
using command =
    std::variant<verify, claim_place, release_place, request_disclosure, decide_disclosure, open, leaf_logged, tick>;

struct verified {
  personal<bytes> sealed;
  personal<bytes> wrapped_key;
  std::string provider;
  std::string region;
  digest32 ticket{};
  timestamp at;
  timestamp ticket_until;
  std::optional<timestamp> keep_until; ///< unless a user comes to it
  CHARTER_FIELDS(verified, sealed, wrapped_key, provider, region, ticket, at, ticket_until, keep_until)
};
struct place_claimed {
  user_id user;
  digest32 ticket{};
  CHARTER_FIELDS(place_claimed, user, ticket)
};
struct place_refused {
  user_id user;
  errc why = errc::conflict;
  std::string detail;
  rule_ref rule;
  CHARTER_FIELDS(place_refused, user, why, detail, rule)
};
struct place_released {
  user_id user;
  timestamp at;
  std::optional<timestamp> keep_until; ///< unless another user comes to it, or has; empty: for good
  bool ticket_too = false;             ///< works again until it is over
  CHARTER_FIELDS(place_released, user, at, keep_until, ticket_too)
};
struct disclosure_requested {
  disclosure_id disclosure;
  user_id about;
  user_id by;
  std::string basis;
  std::string reference;
  personal_text reason;
  timestamp at;
  personal<bytes> salt; ///< of the leaf's commitment
  CHARTER_FIELDS(disclosure_requested, disclosure, about, by, basis, reference, reason, at, salt)
};
struct disclosure_decided {
  disclosure_id disclosure;
  user_id by;
  bool approved = false;
  std::string reason;
  timestamp at;
  timestamp usable_until;
  CHARTER_FIELDS(disclosure_decided, disclosure, by, approved, reason, at, usable_until)
};
/// The opening was asked for: the log entry is on its way, nothing is shown yet.
struct opening_begun {
  disclosure_id disclosure;
  user_id by;
  timestamp at;
  std::optional<timestamp> tell_person_at; ///< when the basis forbids telling at once
  CHARTER_FIELDS(opening_begun, disclosure, by, at, tell_person_at)
};
struct opened {
  disclosure_id disclosure;
  std::uint64_t leaf = 0;
  timestamp at;
  CHARTER_FIELDS(opened, disclosure, leaf, at)
};
struct person_told {
  disclosure_id disclosure;
  CHARTER_FIELDS(person_told, disclosure)
};
/// A disclosure goes on, or a newer charter keeps it for longer.
struct kept_longer {
  std::optional<timestamp> until;
  CHARTER_FIELDS(kept_longer, until)
};
struct erased {
  timestamp at;
  CHARTER_FIELDS(erased, at)
};
/// An effect that comes from the wrong entity or no longer applies. It changes nothing.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};
using event = std::variant<verified, place_claimed, place_refused, place_released, disclosure_requested,
                           disclosure_decided, opening_begun, opened, person_told, erased, effect_refused, kept_longer>;

struct ticket_state {
  digest32 hash{};
  timestamp until;
  std::optional<user_id> spent_by;
  CHARTER_FIELDS(ticket_state, hash, until, spent_by)
};
enum class disclosure_status : std::uint8_t { requested, approved, refused, opening, opened };
CHARTER_ENUM(disclosure_status, 0, requested, approved, refused, opening, opened)
struct disclosure_state {
  disclosure_status status = disclosure_status::requested;
  user_id about;
  user_id requested_by;
  user_id decided_by;
  std::string basis;
  std::string reference;
  personal_text reason;
  timestamp requested_at;
  timestamp usable_until;
  std::optional<timestamp> tell_person_at;
  std::uint64_t leaf = 0; ///< of the opening; 0 before it
  personal<bytes> salt;
  bool person_told = false;
  CHARTER_FIELDS(disclosure_state, status, about, requested_by, decided_by, basis, reference, reason, requested_at,
                 usable_until, tell_person_at, leaf, salt, person_told)
};
struct state {
  bool on_file = false;
  personal<bytes> sealed;
  personal<bytes> wrapped_key;
  std::string provider;
  std::string region;
  std::vector<ticket_state> tickets; ///< newest last, limits::tickets_max
  std::set<user_id> users;           ///< pseudonyms of this person
  std::map<disclosure_id, disclosure_state> disclosures;
  std::set<user_id> former_users;       ///< closed ones; who is behind them may still be asked for
  std::optional<timestamp> empty_since; ///< without users; from here the retention runs
  std::optional<timestamp> keep_until;  ///< while it is empty
  CHARTER_FIELDS(state, on_file, sealed, wrapped_key, provider, region, tickets, users, disclosures, former_users,
                 empty_since, keep_until)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);
std::optional<timestamp> due(const state& s);

/// An opening (key: the disclosure's id): its entry is in the log, or not yet.
std::optional<status> outcome(const state& s, const id_bytes& key);

} // namespace charter::identities
