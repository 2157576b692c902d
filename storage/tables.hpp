#pragma once
// Every table of the store: what its keys look like and what its rows hold.
//
// One store serves all shards of a node. *Each row is written by the events of one entity only*, so shards never
// contend, and folding them in any order gives the same rows (I6). Row types stand in stored_rows.hpp.
//
// letter  key                              row                  written by
// F       shard                            position             every fold: how far it went
// E       entity, position                 -                    every change: for replaying one entity
// R       principal, command, entity       command_row          changes with a client's command id
// r       hour, principal, command, entity -                    the same, for expiry
// D       shard, time, entity              -                    change.due
// d       entity                           due_row              the same
// B       entity, item, position           -                    records whose body holds this item's text
// X       shard, position                  erasure_row          events that make a body erasable
// U       user                             user_row             users
// W       user                             personal_text        users: Argon2id, encoded
// N       user, number                     notice_row           users
// T       token hash                       session_row          users
// s       user, session                    token hash           users
// H       name, holder                     -                    users, accounts: who has it
// h       bucket, user                     -                    users: for search, see name_bucket
// A       account                          account_row          accounts
// a       account                          account_head         accounts: what changes with every post
// P       account, number                  stored_post          accounts
// Q       name, account                    -                    accounts: search, and the whole directory in order
// G       facet, value, name, account      -                    accounts: the directory by kind, region …
// e       user, account                    editor_row           accounts
// o       organisation, account            -                    accounts
// O       organisation                     organisation_row     organisations
// w       owner, organisation              -                    organisations
// C       chat                             chat_row             chats
// M       chat, number                     message_row          chats
// m       user, chat                       membership_row       chats
// I       user, chat                       invitation_row       chats
// K       case                             case_row             cases
// q       queue, calm, deadline, case      -                    cases: what waits for the desk; escalated ones first
// t       target, opened at, case          -                    cases
// z       imposed at, case                 -                    cases: sanctions in the order of time
// y       user, opened at, case            party_row            cases
// p       receipt hash                     case                 cases
// V       office, kind, number             office_item          offices
// v       office, kind, number             -                    offices: open ones
// u       kind, due, office, number        -                    offices: open ones by due time
// x       about, office, kind, number      -                    offices
// c       code                             office               offices
// b       office                           code                 offices
// J       disclosure                       disclosure_row       identities
// j       requested at, disclosure         -                    identities
// g       identity, disclosure             -                    identities: for erasing
// k       user, identity                   -                    identities: whom the vault asks about a user
// i       identity, user                   -                    identities: the same, for erasing
// L       leaf number                      entry                audit
// l       -                                size                 audit
// Not folded, but kept by whoever folds the shard:
// S       entity                           snapshot_row
// f       source shard, target shard       effect_cursor

#include <string>

#include "domain/cases.hpp"
#include "domain/ids.hpp"
#include "domain/pages.hpp"
#include "domain/rows.hpp"
#include "domain/time.hpp"
#include "storage/journal.hpp"
#include "storage/keys.hpp"

namespace charter::storage::tables {

/// Whether the row follows from the journal alone: not so for snapshots, cursors and erasures on their way.
bool is_folded(std::string_view key);

// Names without a number or an id stand for the prefix of a listing.

// -- the shard's own ------------------------------------------------------------------
std::string folded_position(shard_id shard);
std::string folded_positions();
std::string effect_cursor(shard_id source, shard_id target);
std::string effect_cursors(shard_id source);
std::string snapshot(const entity_id& x);
std::string changes_of(const entity_id& x);
std::string change_of(const entity_id& x, position at);
std::string command_results(const entity_id& principal, const command_id& c);
std::string command_result(const entity_id& principal, const command_id& c, const entity_id& x);
std::string result_hour(timestamp at);
std::string result_in_hour(timestamp at, const entity_id& principal, const command_id& c, const entity_id& x);
std::string due_of(const entity_id& x);
std::string due_times(shard_id shard);
std::string due_at(shard_id shard, timestamp at, const entity_id& x);
/// `item`: number of a message or post; 0 for the entity itself.
std::string bodies_of(const entity_id& x, std::uint64_t item);
std::string body_of(const entity_id& x, std::uint64_t item, position at);
std::string erasures(shard_id shard);
std::string erasure(shard_id shard, position at);

// -- users ------------------------------------------------------------------------------
std::string user(const user_id& u);
std::string password(const user_id& u);
std::string notices(const user_id& u);
std::string notice(const user_id& u, std::uint64_t number);
std::string session(const digest32& token_hash);
std::string sessions_of(const user_id& u);
std::string session_of(const user_id& u, std::uint64_t session);
std::string holders(const name_id& name);
std::string holder(const name_id& name, const entity_id& who);
/// Pseudonyms with the same first two letters. A key must not hold a pseudonym, so it holds a hash of these.
std::string name_bucket(std::string_view pseudonym);
std::string in_name_bucket(std::string_view pseudonym, const user_id& u);

// -- accounts ---------------------------------------------------------------------------
enum class facet : char { kind = 'k', region = 'r', category = 'c', right = 'n' };

std::string account(const account_id& a);
std::string account_head(const account_id& a);
std::string posts(const account_id& a);
std::string post(const account_id& a, std::uint64_t number);
std::string account_names();
std::string account_name(std::string_view name, const account_id& a);
std::string directory(facet f, std::string_view value);
std::string in_directory(facet f, std::string_view value, std::string_view name, const account_id& a);
std::string edited_by(const user_id& u);
std::string edited_by(const user_id& u, const account_id& a);
std::string accounts_of(const organisation_id& o);
std::string account_of(const organisation_id& o, const account_id& a);

// -- organisations ----------------------------------------------------------------------
std::string organisation(const organisation_id& o);
std::string owned_by(const user_id& u);
std::string owned_by(const user_id& u, const organisation_id& o);

// -- chats ------------------------------------------------------------------------------
std::string chat(const chat_id& c);
std::string messages(const chat_id& c);
std::string message(const chat_id& c, std::uint64_t number);
std::string memberships(const user_id& u);
std::string membership(const user_id& u, const chat_id& c);
std::string invitations(const user_id& u);
std::string invitation(const user_id& u, const chat_id& c);

// -- cases ------------------------------------------------------------------------------
std::string case_(const case_id& c);
std::string queue(desk_queue q);
std::string in_queue(desk_queue q, bool escalated, timestamp deadline, const case_id& c);
std::string cases_about(const entity_id& target);
std::string case_about(const entity_id& target, timestamp opened_at, const case_id& c);
std::string sanctions();
std::string sanction(timestamp imposed_at, const case_id& c);
std::string cases_of(const user_id& u);
std::string case_of(const user_id& u, timestamp opened_at, const case_id& c);
std::string receipt(const digest32& receipt_hash);

// -- offices ----------------------------------------------------------------------------
std::string office_items(const office_id& o, office_item_kind kind);
std::string office_item(const office_id& o, office_item_kind kind, std::uint64_t number);
std::string open_items(const office_id& o, office_item_kind kind);
std::string open_item(const office_id& o, office_item_kind kind, std::uint64_t number);
std::string open_items_by_due(office_item_kind kind);
std::string open_item_by_due(office_item_kind kind, timestamp due, const office_id& o, std::uint64_t number);
std::string items_about(const entity_id& about);
std::string item_about(const entity_id& about, const office_id& o, office_item_kind kind, std::uint64_t number);
std::string office_code(std::string_view code);
std::string office_of(const office_id& o);

// -- disclosures and the public log -------------------------------------------------------
std::string disclosure(const disclosure_id& d);
std::string disclosures();
std::string disclosure_in_time(timestamp requested_at, const disclosure_id& d);
std::string disclosures_of(const identity_id& i);
std::string disclosure_of(const identity_id& i, const disclosure_id& d);
std::string identities_of(const user_id& u);
std::string identity_of(const user_id& u, const identity_id& i);
std::string users_of(const identity_id& i);
std::string user_of(const identity_id& i, const user_id& u);
std::string log_entries();
std::string log_entry(std::uint64_t number);
std::string log_size();

} // namespace charter::storage::tables
