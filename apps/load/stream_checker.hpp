#pragma once
// What one subscriber has seen of one stream, held against invariant 4: a stream's numbers have no hole and no repeat,
// and every subscriber sees a prefix in order, or is told of the gap.
//
// Pure: the caller says what came in and at what time, and asks the server for what this says is missing. A hole may be
// seen shortly before it is told, since pushes and the word of a gap come by different ways; it must be told in time.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace charter::load {

struct number_range {
  std::uint64_t from = 0;
  std::uint64_t to = 0; ///< included
  friend bool operator==(const number_range&, const number_range&) = default;
};

/// One sentence without its subject ("7 came after 9"), or nothing when all is well.
using objection = std::optional<std::string>;

class stream_checker {
public:
  using instant = std::chrono::steady_clock::time_point;

  /// A new connection: its pushes begin anew. What was seen before stays.
  void connected();
  /// The server says that pushes go on from there: the stream's last number by now. Pushes up to it may still come,
  /// since the head was read after listening began.
  objection head(std::uint64_t last, instant now);
  /// A push with that number.
  objection pushed(std::uint64_t number, instant now);
  /// stream.gap; without numbers the range is all that is missing now.
  void told(std::optional<number_range> gap);
  /// What the server gave when it was asked for `asked`. Every number has to be there, once and in order.
  objection caught_up(number_range asked, const std::vector<std::uint64_t>& numbers);

  /// What the subscriber has to ask for, in order; taken once.
  std::vector<number_range> take_missing();
  /// Asking didn't work out.
  void ask_again(number_range range) { missing_.push_back(range); }
  bool has_missing() const { return !missing_.empty(); }
  /// A hole that nobody told of within `patience`; each is said once.
  objection overdue(instant now, std::chrono::nanoseconds patience);
  bool has_untold_hole() const { return !holes_.empty(); }
  /// At the end, when all is quiet and this connection still stands: `last` is the stream's last number.
  objection ended(std::uint64_t last) const;
  /// Everything up to here was pushed, told of, or is before the head.
  std::uint64_t reached() const { return reached_; }

private:
  struct hole {
    number_range what;
    instant seen;
  };

  void open_hole(number_range what, instant now);

  // On this connection.
  std::uint64_t first_ = 0; ///< pushed; 0: none yet
  std::uint64_t last_ = 0;  ///< pushed; 0: none yet
  std::uint64_t base_ = 0;  ///< the head, or the end of a gap that was told
  bool has_head_ = false;
  bool is_told_ahead_ = false; ///< a gap without numbers covers the next hole, too
  std::vector<hole> holes_;    ///< nobody told of them yet

  // On any.
  std::optional<std::uint64_t> before_; ///< reached by the connection before; nothing on the first one
  std::uint64_t reached_ = 0;
  std::vector<number_range> missing_; ///< to be asked for
};

} // namespace charter::load
