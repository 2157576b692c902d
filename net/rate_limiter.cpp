#include "net/rate_limiter.hpp"

#include <algorithm>

namespace charter::net {

std::chrono::nanoseconds rate_bucket::take(monotonic now, const rate& r, double tokens) {
  if (r.per_second <= 0)
    return {};
  auto cost = [&](double n) {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(n * 1e9 / r.per_second, 1e18)));
  };
  auto begin = std::max(empty_until_, now);
  auto after = begin + cost(tokens);
  auto wait = after - (now + cost(std::max(r.burst, tokens)));
  if (wait > std::chrono::nanoseconds{0})
    return wait;
  empty_until_ = after;
  return {};
}

std::chrono::nanoseconds rate_limiter::take(std::string_view key, monotonic now, double tokens) {
  if (rate_.per_second <= 0)
    return {};
  auto found = table_.find(key);
  if (found != table_.end()) {
    by_age_.splice(by_age_.end(), by_age_, found->second);
    return found->second->bucket.take(now, rate_, tokens);
  }
  if (table_.size() >= keys_max_ && !make_room(now)) {
    ++shared_count_;
    return overflow_.take(now, rate_, tokens);
  }
  by_age_.push_back({std::string(key), {}});
  auto added = std::prev(by_age_.end());
  table_.emplace(added->key, added);
  return added->bucket.take(now, rate_, tokens);
}

bool rate_limiter::make_room(monotonic now) {
  // The least recently used ones are the likeliest to be full again; looking at a few keeps this constant in time.
  constexpr int looked_at_max = 8;
  auto at = by_age_.begin();
  for (int i = 0; i < looked_at_max && at != by_age_.end(); ++i, ++at)
    if (at->bucket.is_full(now)) {
      table_.erase(at->key);
      by_age_.erase(at);
      return true;
    }
  return false;
}

} // namespace charter::net
