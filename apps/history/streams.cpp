#include "apps/history/streams.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace charter::history {

namespace {

/// What one subscriber heard of one account. Says one thing per connection: what follows a hole is askew as well.
class stream {
public:
  stream(std::string subscriber, std::string account, std::vector<finding>& findings)
      : subscriber_(std::move(subscriber)), account_(std::move(account)), findings_(findings) {}

  void hear(const sighting& s, std::uint64_t acknowledged_by_then) {
    switch (s.kind) {
      case sighting_kind::listen:
        next_ = s.number + 1;
        is_listening_ = true;
        has_objected_ = false;
        break;
      case sighting_kind::item:
        if (!is_listening_)
          object("got " + post(s.number) + " before it listened");
        else if (s.number < next_)
          object("got " + post(s.number) + " after " + post(next_ - 1));
        else if (s.number > next_)
          object("got " + post(s.number) + " though " + post(next_) + " is missing, and nobody told of a gap");
        next_ = std::max(next_, s.number + 1);
        break;
      case sighting_kind::gap:
        if (s.number > next_ || s.to < s.number)
          object("was told of a gap from " + std::to_string(s.number) + " to " + std::to_string(s.to) + " when " +
                 post(next_) + " was next");
        next_ = std::max(next_, s.to + 1);
        break;
      case sighting_kind::quiet:
        if (is_listening_ && next_ <= acknowledged_by_then)
          object("never got " + post(next_) + ", though " + post(acknowledged_by_then) +
                 " was acknowledged and all is quiet");
        break;
    }
  }

private:
  static std::string post(std::uint64_t number) { return "post " + std::to_string(number); }

  void object(const std::string& what) {
    if (!std::exchange(has_objected_, true))
      findings_.push_back({4, account_, subscriber_ + " " + what});
  }

  std::string subscriber_;
  std::string account_;
  std::vector<finding>& findings_;
  std::uint64_t next_ = 1;
  bool is_listening_ = false;
  bool has_objected_ = false;
};

/// When which number was acknowledged, per account; the highest so far.
using acknowledgements = std::map<std::string, std::map<instant, std::uint64_t>>;

acknowledgements acknowledgements_of(const recording& what) {
  acknowledgements all;
  for (const auto& op : what.operations)
    if (op.kind == operation_kind::publish && op.result == outcome::ok) {
      auto& number = all[op.account][op.answered];
      number = std::max(number, op.number);
    }
  for (auto& [account, by_time] : all) {
    std::uint64_t highest = 0;
    for (auto& [at, number] : by_time)
      number = highest = std::max(highest, number);
  }
  return all;
}

std::uint64_t acknowledged_by(const std::map<instant, std::uint64_t>& by_time, instant at) {
  auto later = by_time.upper_bound(at);
  return later == by_time.begin() ? 0 : std::prev(later)->second;
}

} // namespace

void check_streams(const recording& what, std::vector<finding>& findings) {
  auto acknowledged = acknowledgements_of(what);
  std::map<std::pair<std::string, std::string>, stream> streams;
  for (const auto& s : what.sightings)
    streams.try_emplace({s.subscriber, s.account}, s.subscriber, s.account, findings)
        .first->second.hear(s, acknowledged_by(acknowledged[s.account], s.at));
}

} // namespace charter::history
