#pragma once
// What a follower hears of one account over all its connections, as sightings; and what it has to ask for, because it
// came while no connection stood. Pure.
//
// `feed.listen` reads the heads after it began to listen, so a push may come that isn't newer than the head: then the
// stream begins with that one.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "apps/history/recording.hpp"

namespace charter::chaos {

struct number_range {
  std::uint64_t from = 0;
  std::uint64_t to = 0; ///< included
  friend bool operator==(const number_range&, const number_range&) = default;
};

class live_stream {
public:
  using sightings = std::vector<history::sighting>;

  live_stream(std::string subscriber, std::string account)
      : subscriber_(std::move(subscriber)), account_(std::move(account)) {}

  /// A new connection listens; the account's last number is `last`.
  void listening(std::uint64_t last);
  sightings pushed(std::uint64_t number, const std::string& command, history::instant at);
  sightings told_of_gap(std::uint64_t from, std::uint64_t to, history::instant at);
  /// Nothing has come yet, so it begins after the head.
  sightings begun(history::instant at);
  sightings quiet(history::instant at);

  /// What it was given for `asked`: a stream of its own.
  sightings given(number_range asked, const std::vector<std::string>& commands, history::instant at) const;

  /// Taken once.
  std::vector<number_range> take_missing() { return std::exchange(missing_, {}); }
  void ask_again(number_range range) { missing_.push_back(range); }
  bool has_missing() const { return !missing_.empty(); }
  /// It has everything up to here, or it is missing.
  std::uint64_t reached() const { return reached_; }

private:
  history::sighting made(history::sighting_kind kind, std::uint64_t number, history::instant at) const;
  void reach(std::uint64_t from, std::uint64_t to);
  /// As late as possible, since the first push may be older than the head.
  void begin(std::uint64_t after, history::instant at, sightings& out);

  std::string subscriber_;
  std::string account_;
  std::uint64_t head_ = 0;
  bool has_begun_ = true; ///< on this connection; true before the first one, which has to listen first
  std::uint64_t reached_ = 0;
  std::vector<number_range> missing_;
};

/// What a post's text begins with: the command that made it. Empty if it isn't one of ours.
std::string command_in(const std::string& text);

} // namespace charter::chaos
