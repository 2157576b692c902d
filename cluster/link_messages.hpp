#pragma once
// What nodes ask each other over links, as MessagePack records: commands and looks for shards that the other owns, and
// records of shards that it keeps. And what they tell each other without an answer: who is there, and who types.
//
// Fields are appended, never reordered; what a node doesn't know yet it isn't sent (cluster/protocol.hpp).
// Pure. What can fail: `internal` for bytes that are no such message.

#include <string>
#include <variant>

#include "actors/interfaces.hpp"

namespace charter::cluster {

/// An envelope without what stays in the process.
struct asked_command {
  entity_id to;
  std::uint8_t origin = 0;
  entity_id by;
  command_id command;
  digest32 parameters{};
  digest32 entropy{};
  std::optional<charter::cause> cause;
  any_command what;
  CHARTER_FIELDS(asked_command, to, origin, by, command, parameters, entropy, cause, what)
};
struct asked_look {
  entity_id entity;
  position seen = 0; ///< the asker's rows show as much of the shard: what it gets must not be older
  CHARTER_FIELDS(asked_look, entity, seen)
};
/// Part of the shard's log, from whoever has it on disk.
struct asked_records {
  position from = 0;
  CHARTER_FIELDS(asked_records, from)
};

/// Of users who somebody watches: soft state, which a lost link or a new process makes anew.
struct user_presence {
  user_id user;
  std::uint8_t state = 0; ///< net::availability
  CHARTER_FIELDS(user_presence, user, state)
};
struct told_presence {
  bool anew = false;                 ///< whom the sender watched before, it doesn't any more
  bool ask = false;                  ///< the sender has forgotten whom the other watches
  std::vector<user_id> watch;        ///< the sender's sockets want to know of these from now on,
  std::vector<user_id> forget;       ///< and of these no more
  std::vector<user_presence> states; ///< at the sender's sockets
  CHARTER_FIELDS(told_presence, anew, ask, watch, forget, states)
};
struct told_typing {
  chat_id chat;
  user_id user;
  CHARTER_FIELDS(told_typing, chat, user)
};

/// Whether the rows have as much of the shard (cluster/everywhere.hpp). Answered when they have.
struct asked_rows {
  position at = 0;
  CHARTER_FIELDS(asked_rows, at)
};

/// What time it is (cluster/clock_watch.hpp).
struct asked_time {
  CHARTER_NO_FIELDS(asked_time)
};

/// Numbers with these bits are of questions for records (cluster/catch_up.hpp), for the time, and for rows, others of a
/// shard's stand-in.
inline constexpr std::uint64_t records_number_bit = std::uint64_t{1} << 63;
inline constexpr std::uint64_t clock_number_bit = std::uint64_t{1} << 62;
inline constexpr std::uint64_t rows_number_bit = std::uint64_t{1} << 61;

struct link_question {
  std::uint64_t number = 0; ///< of the asking node, for the answer; with the shard 0 where none comes
  shard_id shard = 0;
  std::variant<asked_command, asked_look, asked_records, told_presence, told_typing, asked_time, asked_rows> what;
  CHARTER_FIELDS(link_question, number, shard, what)
};

/// As many as fit, in the form that batches have in etcd: it brings a checksum (cluster/log_batch.hpp).
struct given_records {
  bytes batch;
  CHARTER_FIELDS(given_records, batch)
};

struct given_time {
  timestamp now;
  CHARTER_FIELDS(given_time, now)
};

/// They have as much.
struct given_rows {
  CHARTER_NO_FIELDS(given_rows)
};

struct link_answer {
  std::uint64_t number = 0;
  shard_id shard = 0;
  position at = 0; ///< the shard's journal had as much when it was answered: rows that show the outcome have it, too
  std::variant<refusal, answer, any_state, given_records, given_time, given_rows> outcome;
  CHARTER_FIELDS(link_answer, number, shard, at, outcome)
};

asked_command asked(envelope e);
/// Errors: `internal` for a caller of no known origin.
result<envelope> envelope_of(asked_command c);

std::string encode_question(const link_question& q);
std::string encode_answer(const link_answer& a);
result<link_question> decode_question(std::string_view text);
result<link_answer> decode_answer(std::string_view text);

} // namespace charter::cluster
