#pragma once
// The cluster's bounds, each with its reason (I12).

#include <chrono>
#include <cstddef>

namespace charter::cluster::limits {

using namespace std::chrono_literals;

inline constexpr std::size_t value_bytes_max = 1u << 20; // twice what shards make; etcd takes requests up to 1.5 MiB
inline constexpr std::size_t tail_bytes_max = 32u << 20; // of one shard in etcd: 20 shards stay under a quota of 2 GiB
inline constexpr std::size_t page_batches = 16;          // one page of a tail: 8 MiB of the largest batches
inline constexpr std::size_t group_bytes = 4u << 20;     // what a follower syncs at once
inline constexpr std::size_t moves_per_transaction = 64; // etcd takes 128
inline constexpr std::int64_t reserve_bytes = 1 << 20;   // thousands of reports; etcd takes values up to 1.5 MiB
inline constexpr int claims_max = 64;                    // an owner that appends beats a claim now and then
inline constexpr std::size_t copies_before_trim = 2;     // so that any one disk may be lost (I13)

inline constexpr std::size_t link_bytes_max = 8u << 20; // waiting for one node; some 20,000 commands
inline constexpr int link_frame_bytes_max = 16 << 20;   // what waited, and one message that may be large itself
inline constexpr int link_threads_max = 64;             // two for each node that has dialled us, and some to let in
inline constexpr auto link_rest = 100ms;                // before a link is tried again
inline constexpr auto link_handshake = 3'000ms;         // for TLS, and then for a first stream
inline constexpr auto link_greeting = 4'000ms;          // then who has opened no stream is reported
inline constexpr auto link_pulse = 500ms;               // a killed peer shows at once, a frozen one in 1.5 to 2 seconds
inline constexpr auto link_pulse_patience = 1'000ms;
inline constexpr std::size_t link_strangers_max = 64; // connections without a stream: a node has one, for milliseconds
inline constexpr auto silence = 300ms;                // a link that broke and isn't back: its node is tried without
inline constexpr auto silence_counts_for = 10s;       // twice a lease: who is dead has lost it by then
inline constexpr auto links_rest = 1s;                // one side may notice a broken link so much later than the other

inline constexpr auto retry_while_moving = 200ms; // what clients are told; a shard mostly has an owner again by then
inline constexpr auto remote_pulse = 250ms;       // as shards have it
inline constexpr auto rows_patience = 2s;         // that an answer waits for the rows that show it
inline constexpr auto look_again = 5ms;           // until an owner has folded what others have seen already

inline constexpr std::size_t lent_bytes = 1u << 20; // that one question for records brings, or one larger record
inline constexpr std::size_t lending_max = 16;      // questions for records that wait: each node asks one at a time
inline constexpr auto catch_up_patience = 5s;       // for an answer
inline constexpr auto catch_up_rest = 200ms;        // between two looks whether anything is lacking
inline constexpr auto catch_up_report = 2s;         // between two words on how far it is

inline constexpr auto first_pause = 20ms; // before a transaction is sent again, twice as long each time,
inline constexpr auto longest_pause = 200ms;
inline constexpr auto quiet_watch = 5s;          // then a follower looks for itself whether nothing happened
inline constexpr auto follower_rest = 500ms;     // after trouble
inline constexpr auto lease = 5s;                // a leader that wakes may revoke shorter ones that were kept alive
inline constexpr auto lease_renewal = 1s;        // four may fail
inline constexpr auto trust = lease;             // in what was current then: who hears nothing for longer is cut off
inline constexpr auto hold_down = 10s;           // that a node must have been there before shards are moved to it
inline constexpr auto takeover_patience = 2s;    // until the next replica tries to own what nobody owns
inline constexpr auto claim_rest = 500ms;        // after a claim that failed
inline constexpr std::size_t claims_at_once = 8; // each takes some ten round trips, mostly waiting
inline constexpr std::size_t hand_overs_at_once = 1; // of a node that stays: what moves takes no changes meanwhile
inline constexpr auto memory_period = 10s;    // between two notes of etcd's revision: each is a file that is synced
inline constexpr auto upkeep_period = 1s;     // trimming and compacting this often kept etcd's database at 62 MB
inline constexpr int upkeeps_per_effects = 8; // cursors are written every 16 s

} // namespace charter::cluster::limits
