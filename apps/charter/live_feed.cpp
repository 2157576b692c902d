#include "apps/charter/live_feed.hpp"

namespace charter::cli {

std::optional<hole> stream_counter::begin(const std::string& stream, std::uint64_t head) {
  auto [known, is_new] = last_.try_emplace(stream, head);
  if (is_new || head <= known->second)
    return {};
  hole missed{known->second + 1, head};
  known->second = head;
  return missed;
}

stream_counter::verdict stream_counter::take(const std::string& stream, std::uint64_t number) {
  auto [known, is_new] = last_.try_emplace(stream, number);
  if (is_new)
    return {true, {}};
  if (number <= known->second)
    return {};
  verdict v{true, {}};
  if (number > known->second + 1)
    v.missing = hole{known->second + 1, number - 1};
  known->second = number;
  return v;
}

} // namespace charter::cli
