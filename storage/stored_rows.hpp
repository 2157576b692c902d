#pragma once
// What the rows of storage/tables.hpp hold. Encoded as records (domain/codec/record.hpp): fields are appended only.
//
// Personal data stands in rows only where the events that erase it are folded to remove it again; see fold.hpp.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "domain/accounts.hpp"
#include "domain/answers.hpp"
#include "domain/cases.hpp"
#include "domain/change.hpp"
#include "domain/chats.hpp"
#include "domain/identities.hpp"
#include "domain/notice.hpp"
#include "domain/organisations.hpp"
#include "domain/pages.hpp"
#include "domain/rows.hpp"
#include "domain/standing.hpp"
#include "domain/users.hpp"

namespace charter::storage {

// -- the shard's own ------------------------------------------------------------------

/// An entity at a position of its shard's journal. `marks`: per source shard, the last effect that it took (I3).
struct snapshot_row {
  std::uint64_t position = 0;
  std::vector<cause> marks;
  bytes state;
  CHARTER_FIELDS(snapshot_row, position, marks, state)
};

/// Effects up to and with this one have arrived at the target shard.
struct effect_cursor {
  std::uint64_t position = 0;
  std::uint32_t index = 0;
  CHARTER_FIELDS(effect_cursor, position, index)
};

/// What a client's command came to, so that a repeated one finds the same answer.
struct command_row {
  digest32 parameters{};
  entity_id entity;
  charter::answer answer = done{};
  std::optional<id_bytes> awaiting;
  timestamp at;
  CHARTER_FIELDS(command_row, parameters, entity, answer, awaiting, at)
};

struct due_row {
  shard_id shard = 0;
  timestamp at;
  CHARTER_FIELDS(due_row, shard, at)
};

/// A range of rows that held what was erased: compact it, so that no file holds it.
struct key_range {
  std::string from;
  std::string to;
  CHARTER_FIELDS(key_range, from, to)
};
/// A record's body that has to go. Stays until the journal has erased it.
struct erasure_row {
  entity_id entity;      ///< whose record it is
  bool in_state = false; ///< the text is also in the entity's state: its snapshot has to be written anew first
  std::vector<key_range> rows;
  CHARTER_FIELDS(erasure_row, entity, in_state, rows)
};

// -- users ------------------------------------------------------------------------------

struct user_row {
  users::status status = users::status::none;
  personal_text pseudonym; ///< erased when closed
  name_id name;
  personal_text about;
  std::string region; ///< of the document; for filing, never shown
  timestamp registered_at;
  std::uint64_t last_notice = 0;
  bool name_answered = false; ///< of the registration
  bool place_answered = false;
  CHARTER_FIELDS(user_row, status, pseudonym, name, about, region, registered_at, last_notice, name_answered,
                 place_answered)
};

using notice_row = notice_view;

struct session_row {
  user_id user;
  std::uint64_t session = 0;
  std::string device;
  timestamp at;
  timestamp until;
  CHARTER_FIELDS(session_row, user, session, device, at, until)
};

// -- accounts ---------------------------------------------------------------------------

struct account_editor {
  user_id user;
  accounts::editor_role role = accounts::editor_role::editor;
  bool active = false;
  CHARTER_FIELDS(account_editor, user, role, active)
};
struct account_row {
  std::string name;
  name_id name_key;
  std::string description;
  std::string category;
  std::string kind;
  std::string region;
  std::optional<organisation_id> organisation;
  news_right requested = news_right::none;
  std::optional<organisation_standing> organisation_copy;
  restrictions held;
  std::vector<account_editor> editors;
  timestamp opened_at;
  std::optional<special_approval> approval; ///< of a personal account
  CHARTER_FIELDS(account_row, name, name_key, description, category, kind, region, organisation, requested,
                 organisation_copy, held, editors, opened_at, approval)
};
/// Apart from account_row, since every post rewrites it.
struct account_head {
  std::uint64_t last_number = 0;
  timestamp last_at;
  std::uint64_t last_position = 0; ///< in the account's shard
  std::uint64_t followers = 0;
  CHARTER_FIELDS(account_head, last_number, last_at, last_position, followers)
};

struct stored_post {
  post_row post;
  std::uint64_t position = 0; ///< of `published`, in the account's shard; feeds are merged by it
  rule_ref withheld_rule;
  std::optional<timestamp> withdrawn_at;
  CHARTER_FIELDS(stored_post, post, position, withheld_rule, withdrawn_at)
};

struct editor_row {
  accounts::editor_role role = accounts::editor_role::editor;
  bool active = false;
  CHARTER_FIELDS(editor_row, role, active)
};

// -- organisations ----------------------------------------------------------------------

struct organisation_row {
  std::string kind;
  std::string name;
  std::string region;
  user_id owner;
  timestamp registered_at;
  std::vector<credential> declared;
  std::vector<credential> confirmed;
  std::optional<special_approval> approval;
  restrictions held;
  CHARTER_FIELDS(organisation_row, kind, name, region, owner, registered_at, declared, confirmed, approval, held)
};

// -- chats ------------------------------------------------------------------------------

struct chat_row {
  chats::chat_kind kind = chats::chat_kind::direct;
  personal_text title; ///< of a group
  std::uint64_t members = 0;
  std::uint64_t last_number = 0;
  timestamp last_at;
  CHARTER_FIELDS(chat_row, kind, title, members, last_number, last_at)
};
struct membership_row {
  std::optional<user_id> peer; ///< of a direct chat
  std::uint64_t from = 0;      ///< sees messages after this number
  std::uint64_t read = 0;
  timestamp joined_at;
  CHARTER_FIELDS(membership_row, peer, from, read, joined_at)
};
struct invitation_row {
  user_id by;
  timestamp at;
  CHARTER_FIELDS(invitation_row, by, at)
};

// -- cases ------------------------------------------------------------------------------

struct case_sanction {
  cases::measure measure;
  cases::reasons reasons;
  std::vector<user_id> by;
  timestamp at;
  std::optional<timestamp> until;
  timestamp appeal_until;
  severity weight = severity::minor;
  sanction_step recommended = sanction_step::warn;
  bool enforced = false;
  bool refused = false; ///< there was nothing to restrict: no strike
  std::optional<timestamp> lifted_at;
  bool over = false;
  bool overturned = false;
  std::string lift_reason;
  CHARTER_FIELDS(case_sanction, measure, reasons, by, at, until, appeal_until, weight, recommended, enforced, refused,
                 lifted_at, over, overturned, lift_reason)
};
struct case_row {
  cases::case_kind kind = cases::case_kind::application;
  cases::case_status status = cases::case_status::opening;
  timestamp opened_at;
  due_times due; ///< of what the desk, or the applicant, has to do next
  bool escalated = false;
  user_id assignee;
  std::optional<desk_queue> queue; ///< where it waits
  std::string lane;
  std::string region;
  user_id by; ///< applicant or complainant; empty: not signed in
  std::optional<cases::target> target;
  std::vector<user_id> notify;
  std::string title; ///< name applied for, or key of the complaint's reason
  std::optional<severity> weight;
  news_right requested = news_right::none;
  std::optional<account_id> account; ///< that an application asks for
  bool account_open = false;
  std::optional<cases::verdict> verdict;
  std::string reason;
  rule_ref rule;
  std::optional<timestamp> decided_at;
  std::optional<case_sanction> sanction;
  std::optional<appeal_view> appeal;
  bool restriction_pending = false; ///< not every entity has journaled it yet
  bool withholding_pending = false;
  bool withheld = false; ///< the post that it is about
  CHARTER_FIELDS(case_row, kind, status, opened_at, due, escalated, assignee, queue, lane, region, by, target, notify,
                 title, weight, requested, account, account_open, verdict, reason, rule, decided_at, sanction, appeal,
                 restriction_pending, withholding_pending, withheld)
};

enum class party_role : std::uint8_t { applicant = 1, complainant, concerned };
CHARTER_ENUM(party_role, 1, applicant, complainant, concerned)
struct party_row {
  std::set<party_role> roles;
  CHARTER_FIELDS(party_row, roles)
};

// -- disclosures ------------------------------------------------------------------------

struct disclosure_row {
  identity_id identity; ///< empty once the person is erased, as is view.about
  disclosure_view view;
  CHARTER_FIELDS(disclosure_row, identity, view)
};

} // namespace charter::storage
