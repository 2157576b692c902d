#include "apps/chaos/live_stream.hpp"

#include <algorithm>

#include "domain/ids.hpp"

namespace charter::chaos {

using history::instant;
using history::sighting;
using history::sighting_kind;

namespace {
constexpr std::size_t command_characters = 36;
}

sighting live_stream::made(sighting_kind kind, std::uint64_t number, instant at) const {
  return {kind, subscriber_, account_, at, number, 0, {}};
}

/// The next that it has is `from` to `to`: what lies between is missing.
void live_stream::reach(std::uint64_t from, std::uint64_t to) {
  if (from > reached_ + 1)
    missing_.push_back({reached_ + 1, from - 1});
  reached_ = std::max(reached_, to);
}

void live_stream::begin(std::uint64_t after, instant at, sightings& out) {
  if (std::exchange(has_begun_, true))
    return;
  out.push_back(made(sighting_kind::listen, after, at));
  reach(after + 1, after);
}

void live_stream::listening(std::uint64_t last) {
  head_ = last;
  has_begun_ = false;
}

live_stream::sightings live_stream::pushed(std::uint64_t number, const std::string& command, instant at) {
  sightings out;
  begin(std::min(head_, number - 1), at, out);
  out.push_back(made(sighting_kind::item, number, at));
  out.back().command = command;
  reach(number, number);
  return out;
}

live_stream::sightings live_stream::told_of_gap(std::uint64_t from, std::uint64_t to, instant at) {
  sightings out;
  begin(std::min(head_, from - 1), at, out);
  out.push_back(made(sighting_kind::gap, from, at));
  out.back().to = to;
  missing_.push_back({from, to});
  reached_ = std::max(reached_, to);
  return out;
}

live_stream::sightings live_stream::begun(instant at) {
  sightings out;
  begin(head_, at, out);
  return out;
}

live_stream::sightings live_stream::quiet(instant at) {
  auto out = begun(at);
  out.push_back(made(sighting_kind::quiet, 0, at));
  return out;
}

live_stream::sightings live_stream::given(number_range asked, const std::vector<std::string>& commands,
                                          instant at) const {
  sightings out;
  auto as = [&](sighting s) {
    s.subscriber += " asks";
    out.push_back(std::move(s));
  };
  as(made(sighting_kind::listen, asked.from - 1, at));
  for (std::size_t i = 0; i < commands.size(); ++i) {
    auto item = made(sighting_kind::item, asked.from + i, at);
    item.command = commands[i];
    as(std::move(item));
  }
  return out;
}

std::string command_in(const std::string& text) {
  command_id parsed;
  auto first = text.substr(0, command_characters);
  return parse(first, parsed) ? first : std::string{};
}

} // namespace charter::chaos
