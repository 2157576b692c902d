#pragma once
// Every bound in one place, each with its reason (I12). Bytes and counts; times are charter::duration.
// What a charter may decide (pseudonyms per person, deadlines) is not here but in the charter file.

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "domain/time.hpp"

namespace charter::limits {

using namespace std::chrono_literals;

// -- text a person writes -----------------------------------------------------------
inline constexpr std::size_t pseudonym_bytes_max = 64;    // fits every script's longest sensible name
inline constexpr std::size_t title_bytes_max = 256;       // one line
inline constexpr std::size_t profile_bytes_max = 2'000;   // a paragraph or two
inline constexpr std::size_t post_bytes_max = 20'000;     // a long article; more belongs on a web site
inline constexpr std::size_t link_bytes_max = 2'000;      // longer ones don't survive other people's software
inline constexpr std::size_t message_bytes_max = 8'000;   // chat
inline constexpr std::size_t statement_bytes_max = 5'000; // facts of a decision, as the DSA database bounds them
inline constexpr std::size_t password_bytes_max = 1'024;  // hashing cost does not depend on it, memory does
inline constexpr std::size_t key_bytes_max = 64;          // a key of the charter's tables
inline constexpr std::size_t evidence_max = 32;           // references per complaint, decision or report

// -- what one entity holds ----------------------------------------------------------
inline constexpr std::size_t subscriptions_max = 2'000;  // per user
inline constexpr std::size_t blocks_max = 1'000;         // per user
inline constexpr std::size_t sessions_max = 32;          // per user; the oldest gives way
inline constexpr std::size_t accounts_per_user_max = 64; // accounts that a user edits
inline constexpr std::size_t organisations_per_user_max = 16;
inline constexpr std::size_t editors_max = 32; // per account; a change of standing waits for each
inline constexpr std::size_t accounts_per_organisation_max = 256;
inline constexpr std::size_t post_versions_max = 50;      // earlier wordings, which a post's row carries
inline constexpr std::size_t answers_remembered_max = 16; // refusals of sagas, so that a late question finds them
inline constexpr std::size_t credentials_max = 32;        // per provider or organisation
inline constexpr std::size_t restrictions_max = 64;       // in force at one time
inline constexpr std::size_t group_members_max = 500;     // beyond that it is a public account (article 2)
inline constexpr std::size_t tickets_max = 8;             // open registration tickets per person
inline constexpr std::size_t disclosures_open_max = 16;   // per person, undecided
inline constexpr std::size_t case_notes_max = 200;        // per case
inline constexpr std::size_t roles_max = 10'000;          // staff of one provider

// -- pace ---------------------------------------------------------------------------
inline constexpr std::uint32_t first_contacts_per_day = 20; // strangers that one user may write to first
inline constexpr duration ticket_lifetime = 15min;          // from verified identity to registration
inline constexpr duration session_lifetime = 30 * 24h;
inline constexpr duration command_age_max = 24h;      // older command ids are refused
inline constexpr duration command_results_kept = 25h; // so a retry within its age finds its answer
inline constexpr duration clock_skew_max = 5min;      // a command id from further ahead is refused

// -- machinery ----------------------------------------------------------------------
inline constexpr std::size_t snapshot_every_events = 256;    // replay of one entity stays under a millisecond
inline constexpr std::size_t batch_events_max = 1'024;       // one journal batch
inline constexpr std::size_t batch_bytes_max = 512 * 1024;   // one etcd value
inline constexpr std::size_t record_bytes_max = 256 * 1024;  // one change, twice within a batch
inline constexpr std::size_t leaf_bytes_max = 65'535;        // tlog-tiles' entry bundles count in two bytes
inline constexpr std::size_t entity_commands_max = 1'024;    // waiting at one entity; then `unavailable`
inline constexpr std::size_t shard_commands_max = 16'384;    // waiting at one shard
inline constexpr std::size_t effects_in_flight_max = 1'024;  // per (source shard, target shard)
inline constexpr std::size_t passwords_waiting_max = 64;     // at 50 ms each, three seconds' worth
inline constexpr std::size_t identity_attempts_max = 10'000; // verifications begun and not completed
inline constexpr std::size_t page_items_max = 200;           // one page of any list
inline constexpr std::size_t page_items_default = 50;
inline constexpr std::size_t search_rows_max = 5'000;            // rows that one search or filter looks at, under 20 ms
inline constexpr std::size_t chats_listed_max = 2'000;           // of one user; they are ordered by activity in memory
inline constexpr std::size_t export_messages_max = 5'000;        // newest first; the rest is in chat.history
inline constexpr std::size_t export_bytes_max = 3 * 1024 * 1024; // of messages: the answer has to fit an outbox
inline constexpr duration request_deadline = 10s;                // any request between actors
inline constexpr duration entity_idle_before_passivation = 60s;
inline constexpr duration erased_within = 60s;      // from the answer until no file holds it (I16)
inline constexpr int crashes_before_quarantine = 3; // on the same command, or on replay

} // namespace charter::limits
