#pragma once
// What clients saw: who asked for what, when, what was answered, and which posts came. The history checker's input
// (docs/HISTORY.md), written by tests and load generators, and read by outside checkers as JSON lines.
//
// All times are of one clock. An operation took effect, if it did, at one moment between asking and answer; without an
// answer, at any moment after asking, or never. A recording has every publish, suspend and lift of its accounts from
// the start on, whatever became of them, and every subscribe if a read counts followers; the rest may be a sample.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

namespace charter::history {

using instant = std::chrono::nanoseconds; ///< since the recorder began
inline constexpr instant never = instant::max();

enum class operation_kind : std::uint8_t {
  publish,
  subscribe,   ///< idempotent: who follows already is told "done", as in Charter
  unsubscribe, ///< likewise
  suspend,     ///< a sanction that forbids every post; one that is timed is lifted by the recorder, see docs/HISTORY.md
  lift,
  read, ///< of the last number, of the count of followers, or of both
};

enum class outcome : std::uint8_t {
  ok,
  refused, ///< publish: by a sanction. Other refusals change nothing and say nothing: leave them out.
  unknown, ///< no answer, or one that promises nothing (`unavailable`)
};

/// One attempt. Attempts under one command id count as one operation, which takes effect once [I3].
struct operation {
  operation_kind kind = operation_kind::publish;
  std::string account;
  std::string client;  ///< who asked; of subscribe and unsubscribe the follower
  std::string command; ///< command id; empty for reads
  instant invoked{0};
  instant answered = never; ///< `never` if the outcome is unknown
  outcome result = outcome::unknown;
  std::uint64_t number = 0;               ///< of the post, from 1
  std::string sanction;                   ///< that suspend imposes, or lift ends
  std::optional<std::uint64_t> posts;     ///< read: the last number
  std::optional<std::uint64_t> followers; ///< read: how many
};

enum class sighting_kind : std::uint8_t {
  listen, ///< the subscriber hears from `number` + 1 on; again after a reconnect
  item,   ///< post `number` came
  gap,    ///< it was told that `number` to `to` won't come
  quiet,  ///< nobody published any more, and it had time enough to hear of all
};

/// One event of a subscriber's stream. What it asks for to fill a gap is a stream of its own, under another name.
struct sighting {
  sighting_kind kind = sighting_kind::item;
  std::string subscriber;
  std::string account;
  instant at{0};
  std::uint64_t number = 0;
  std::uint64_t to = 0;
  std::string command; ///< of the publish that made the item, if the recorder can tell (from its text)
};

/// What an account was when the recording began; a new account needs none.
struct beginning {
  std::string account;
  std::uint64_t posts = 0;
  std::vector<std::string> sanctions; ///< in force
  std::vector<std::string> followers;
};

struct recording {
  std::vector<beginning> beginnings;
  std::vector<operation> operations;
  std::vector<sighting> sightings; ///< of each subscriber in the order in which it saw them
};

// -- JSON lines -------------------------------------------------------------------------

inline constexpr std::size_t line_bytes_max = 64 * 1024; // a beginning with two thousand followers
inline constexpr std::size_t lines_max = 10'000'000;     // 2 GB of text; more is a mistake
inline constexpr std::size_t mistakes_max = 20;          // then nobody reads on

/// One object a line, in the format of docs/HISTORY.md.
void write(std::ostream& out, const recording& what);

struct read_result {
  recording what;
  std::vector<std::string> mistakes; ///< "line 3: …"; if there is one, `what` isn't to be used
};
read_result read(std::istream& in);

/// "publish", as in the format.
const char* to_text(operation_kind kind);

} // namespace charter::history
