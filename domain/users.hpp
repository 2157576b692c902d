#pragma once
// A user: a pseudonym, its agreement, its sessions, whom it follows and what holds it back.
//
// Article 6: a verified identity on file behind any pseudonym (I7), seven items signed one by one. Registration is a
// saga: it claims the name and a place among the person's pseudonyms, and ends `registered` or releases both.
// A million of these live at once: the state is small, passwords and notices are rows.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/context.hpp"
#include "domain/notice.hpp"
#include "domain/rare.hpp"
#include "domain/standing.hpp"

namespace charter::users {

// -- commands -----------------------------------------------------------------------

/// Anyone with a ticket. Awaits the saga. Errors: `identity_required`, `agreement_required`, `conflict` (name taken),
/// `credential_missing` (the provider's), `invalid_params`.
struct register_ {
  personal_text pseudonym;
  name_id name;                   ///< hash of its normal form
  personal<identity_id> identity; ///< whose ticket it is
  digest32 ticket{};
  personal_text password_hash; ///< Argon2id, encoded
  std::uint32_t agreement_version = 0;
  digest32 agreement_digest{};    ///< of canonical_text(agreement), as shown to the person
  std::vector<std::string> items; ///< signed, one by one
  std::string language;           ///< BCP 47
  CHARTER_FIELDS(register_, pseudonym, name, identity, ticket, password_hash, agreement_version, agreement_digest,
                 items, language)
};
/// Errors: `agreement_required` when version, digest or items are not the current ones.
struct sign_agreement {
  std::uint32_t version = 0;
  digest32 digest{};
  std::vector<std::string> items;
  CHARTER_FIELDS(sign_agreement, version, digest, items)
};
/// System, after the password was verified. The token stays with the client; its hash is kept.
struct open_session {
  digest32 token_hash{};
  std::string device; ///< as the client names itself
  CHARTER_FIELDS(open_session, token_hash, device)
};
/// One session by number, or all but `keep`.
struct close_session {
  std::optional<std::uint64_t> session; ///< empty: all
  std::optional<std::uint64_t> keep;
  CHARTER_FIELDS(close_session, session, keep)
};
/// System, after the old password was verified. Ends all other sessions.
struct set_password {
  personal_text password_hash;
  std::optional<std::uint64_t> keep; ///< session that asked
  CHARTER_FIELDS(set_password, password_hash, keep)
};
/// A new pseudonym awaits its claim; the rest is immediate.
struct update {
  std::optional<personal_text> pseudonym;
  std::optional<name_id> name; ///< goes with the pseudonym
  std::optional<personal_text> about;
  std::optional<std::string> language;
  CHARTER_FIELDS(update, pseudonym, name, about, language)
};
struct block {
  user_id who;
  chat_id direct; ///< the two users' direct chat, whether it exists or not
  CHARTER_FIELDS(block, who, direct)
};
struct unblock {
  user_id who;
  chat_id direct;
  CHARTER_FIELDS(unblock, who, direct)
};
struct subscribe {
  account_id account;
  CHARTER_FIELDS(subscribe, account)
};
struct unsubscribe {
  account_id account;
  CHARTER_FIELDS(unsubscribe, account)
};
/// Ends the user: sessions, subscriptions and rights on accounts go, the pseudonym and profile are erased. Never
/// refused because of a sanction.
struct close {
  std::vector<chat_id> chats; ///< that the user is a member of; read where the command enters
  CHARTER_FIELDS(close, chats)
};

// Effects from other entities.
struct name_answer {
  name_id name;
  bool granted = false;
  CHARTER_FIELDS(name_answer, name, granted)
};
struct place_answer {
  bool granted = false;
  errc why = errc::conflict;
  std::string region;
  std::string detail; ///< of a refusal
  rule_ref rule;
  CHARTER_FIELDS(place_answer, granted, why, region, detail, rule)
};
struct notify {
  charter::notice notice;
  CHARTER_FIELDS(notify, notice)
};
/// From an account that wants this user as an editor: begins the edge; answered by accounts::editor_standing.
struct begin_edge {
  account_id account;
  std::uint64_t invitation = 0; ///< the account's own number for it; comes back with every standing
  CHARTER_FIELDS(begin_edge, account, invitation)
};
struct end_edge {
  account_id account;
  CHARTER_FIELDS(end_edge, account)
};
/// An account has journaled this standing.
struct standing_confirmed {
  account_id account;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(standing_confirmed, account, sequence)
};
/// From a case: a sanction on the user's public acts (chats are outside governance). Answered by
/// cases::enforcement_confirmed once every account that the user edits has journaled it.
struct restrict_ {
  restriction what;
  CHARTER_FIELDS(restrict_, what)
};
struct lift {
  case_id sanction;
  CHARTER_FIELDS(lift, sanction)
};
/// From a direct chat that a user wants to open with a stranger; answered by chats::contact_answer.
struct ask_first_contact {
  user_id peer;
  bool initiator = false; ///< true at the one who writes first (pace), false at the other (blocks)
  CHARTER_FIELDS(ask_first_contact, peer, initiator)
};
struct organisation_registered {
  organisation_id organisation;
  CHARTER_FIELDS(organisation_registered, organisation)
};
struct tick {
  CHARTER_NO_FIELDS(tick)
};

using command =
    std::variant<register_, sign_agreement, open_session, close_session, set_password, update, block, unblock,
                 subscribe, unsubscribe, close, name_answer, place_answer, notify, begin_edge, end_edge,
                 standing_confirmed, restrict_, lift, ask_first_contact, organisation_registered, tick>;

// -- events -------------------------------------------------------------------------

struct registration_started {
  personal_text pseudonym;
  name_id name;
  personal<identity_id> identity;
  personal_text password_hash;
  std::uint32_t agreement_version = 0;
  digest32 agreement_digest{};
  std::string language;
  timestamp at;
  CHARTER_FIELDS(registration_started, pseudonym, name, identity, password_hash, agreement_version, agreement_digest,
                 language, at)
};
struct registration_step {
  bool name = false; ///< the name's answer, else the place's
  bool granted = false;
  errc why = errc::conflict;
  std::string region;
  CHARTER_FIELDS(registration_step, name, granted, why, region)
};
struct registered {
  std::string region;
  timestamp at;
  CHARTER_FIELDS(registered, region, at)
};
struct registration_failed {
  errc why = errc::conflict;
  std::string detail;
  rule_ref rule;
  CHARTER_FIELDS(registration_failed, why, detail, rule)
};
struct agreement_signed {
  std::uint32_t version = 0;
  digest32 digest{};
  timestamp at;
  CHARTER_FIELDS(agreement_signed, version, digest, at)
};
struct session_opened {
  std::uint64_t session = 0; ///< numbered per user, from 1
  digest32 token_hash{};
  std::string device;
  timestamp at;
  timestamp until;
  CHARTER_FIELDS(session_opened, session, token_hash, device, at, until)
};
struct sessions_closed {
  std::vector<std::uint64_t> sessions;
  std::vector<digest32> token_hashes; ///< of the same, for the index
  CHARTER_FIELDS(sessions_closed, sessions, token_hashes)
};
struct password_set {
  personal_text password_hash;
  timestamp at;
  CHARTER_FIELDS(password_set, password_hash, at)
};
struct profile_updated {
  std::optional<personal_text> about;
  std::optional<std::string> language;
  CHARTER_FIELDS(profile_updated, about, language)
};
struct rename_started {
  personal_text pseudonym;
  name_id name;
  CHARTER_FIELDS(rename_started, pseudonym, name)
};
struct renamed {
  personal_text pseudonym;
  name_id name;
  CHARTER_FIELDS(renamed, pseudonym, name)
};
struct rename_failed {
  name_id name;
  CHARTER_FIELDS(rename_failed, name)
};
struct blocked {
  user_id who;
  CHARTER_FIELDS(blocked, who)
};
struct unblocked {
  user_id who;
  CHARTER_FIELDS(unblocked, who)
};
struct subscribed {
  account_id account;
  timestamp at;
  CHARTER_FIELDS(subscribed, account, at)
};
struct unsubscribed {
  account_id account;
  CHARTER_FIELDS(unsubscribed, account)
};
struct noticed {
  std::uint64_t number = 0; ///< in the user's stream of notices (I4)
  timestamp at;
  charter::notice notice;
  CHARTER_FIELDS(noticed, number, at, notice)
};
struct edge_begun {
  account_id account;
  std::uint64_t invitation = 0;
  CHARTER_FIELDS(edge_begun, account, invitation)
};
struct edge_ended {
  account_id account;
  CHARTER_FIELDS(edge_ended, account)
};
/// The user's standing changed; `waiting` accounts are being told.
struct standing_changed {
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(standing_changed, sequence)
};
struct standing_seen {
  account_id account;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(standing_seen, account, sequence)
};
struct restricted {
  restriction what;
  std::uint64_t sequence = 0; ///< of the standing that carries it
  CHARTER_FIELDS(restricted, what, sequence)
};
struct restriction_lifted {
  case_id sanction;
  std::uint64_t sequence = 0;
  CHARTER_FIELDS(restriction_lifted, sanction, sequence)
};
struct first_contact_answered {
  user_id peer;
  bool initiator = false;
  bool allowed = false;
  timestamp at;
  CHARTER_FIELDS(first_contact_answered, peer, initiator, allowed, at)
};
struct organisation_linked {
  organisation_id organisation;
  CHARTER_FIELDS(organisation_linked, organisation)
};
struct closed {
  timestamp at;
  CHARTER_FIELDS(closed, at)
};
/// An effect that no longer applies (the user is closed, say). It changes nothing.
struct effect_refused {
  std::string why;
  CHARTER_FIELDS(effect_refused, why)
};

using event = std::variant<registration_started, registration_step, registered, registration_failed, agreement_signed,
                           session_opened, sessions_closed, password_set, profile_updated, rename_started, renamed,
                           rename_failed, blocked, unblocked, subscribed, unsubscribed, noticed, edge_begun, edge_ended,
                           standing_changed, standing_seen, restricted, restriction_lifted, first_contact_answered,
                           organisation_linked, closed, effect_refused>;

// -- state --------------------------------------------------------------------------

enum class status : std::uint8_t { none, registering, active, failed, closed };
CHARTER_ENUM(status, 0, none, registering, active, failed, closed)

struct session_state {
  std::uint64_t number = 0;
  digest32 token_hash{};
  std::string device;
  timestamp at;
  timestamp until;
  CHARTER_FIELDS(session_state, number, token_hash, device, at, until)
};
struct rename {
  personal_text pseudonym;
  name_id name;
  CHARTER_FIELDS(rename, pseudonym, name)
};
struct edge {
  account_id account;
  std::uint64_t seen = 0; ///< highest standing sequence that it has confirmed
  std::uint64_t invitation = 0;
  CHARTER_FIELDS(edge, account, seen, invitation)
};
/// A restriction or a lift that not every account has journaled yet; then the case is told.
struct pending_enforcement {
  case_id sanction;
  std::uint64_t sequence = 0;
  bool lifting = false;
  CHARTER_FIELDS(pending_enforcement, sanction, sequence, lifting)
};
struct state {
  users::status status = status::none;
  bool name_granted = false;
  bool place_granted = false;
  errc failure = errc::internal; ///< why the registration failed
  std::uint32_t agreement_version = 0;
  personal_text pseudonym;
  name_id name;
  personal<identity_id> identity; ///< opaque; leaves the user only towards the vault
  std::string region;
  std::string language;
  rare<personal_text> about;
  digest32 agreement_digest{};
  timestamp agreement_at;
  timestamp registered_at;
  std::uint64_t last_session = 0;
  std::uint64_t last_notice = 0;
  std::uint64_t standing_sequence = 0;
  std::vector<account_id> subscriptions; ///< in the order of subscribing
  restrictions held;
  rare_list<session_state> sessions;
  rare_list<user_id> blocks;
  rare_list<edge> edges; ///< accounts that the user edits
  rare_list<organisation_id> organisations;
  rare_list<pending_enforcement> pending;
  rare_list<rename> renaming;         ///< one at most
  rare_list<name_id> rename_failures; ///< the last few, so that a repeated command finds its answer
  timestamp contacts_since;           ///< start of the current day's count
  std::uint32_t contacts = 0;
  rare<std::string> failure_detail;
  rare<rule_ref> failure_rule;
  CHARTER_FIELDS(state, status, name_granted, place_granted, failure, pseudonym, name, identity, region, language,
                 about, agreement_version, agreement_digest, agreement_at, registered_at, last_session, last_notice,
                 standing_sequence, sessions, subscriptions, blocks, edges, organisations, held, pending, renaming,
                 rename_failures, contacts_since, contacts, failure_detail, failure_rule)
};

result<decision<event>> decide(const state& s, const command& c, const context& in);
void evolve(state& s, const event& e);
std::optional<timestamp> due(const state& s);

/// How a saga ended: registration (key: the user's own id), a rename (key: the new name's id). Empty: not yet.
std::optional<charter::status> outcome(const state& s, const id_bytes& key);

user_standing standing_of(const state& s);

} // namespace charter::users
