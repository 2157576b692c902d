#include "apps/charter/live_feed.hpp"

namespace charter::cli {

std::optional<hole> stream_counter::begin(const std::string& stream, std::uint64_t head) {
  auto [known, is_new] = places_.try_emplace(stream, place{head, head, 0});
  auto& last = known->second.last;
  if (is_new || head <= last)
    return {};
  hole missed{last + 1, head};
  last = head;
  return missed;
}

stream_counter::verdict stream_counter::take(const std::string& stream, std::uint64_t number) {
  auto [known, is_new] = places_.try_emplace(stream, place{number, number, number});
  if (is_new)
    return {true, {}};
  auto& p = known->second;
  if (number <= p.last) {
    bool came_while_joining = number <= p.joined && number > p.early;
    if (came_while_joining)
      p.early = number;
    return {came_while_joining, {}};
  }
  verdict v{true, {}};
  if (number > p.last + 1)
    v.missing = hole{p.last + 1, number - 1};
  p.last = number;
  p.early = number;
  return v;
}

void stream_counter::rewind(const std::string& stream, std::uint64_t number) {
  if (auto known = places_.find(stream); known != places_.end())
    known->second.last = number;
}

} // namespace charter::cli
