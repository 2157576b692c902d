#include "net/rate_limiter.hpp"

#include <algorithm>

namespace charter::net {

namespace {

std::chrono::nanoseconds time_for(double tokens, const rate& r) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::min(tokens * 1e9 / r.per_second, 1e18)));
}

} // namespace

std::chrono::nanoseconds rate_bucket::take(monotonic now, const rate& r, double tokens) {
  if (r.per_second <= 0)
    return {};
  auto after = std::max(empty_until_, now) + time_for(tokens, r);
  auto wait = after - (now + time_for(std::max(r.burst, tokens), r));
  if (wait > std::chrono::nanoseconds{0})
    return wait;
  empty_until_ = after;
  return {};
}

void rate_bucket::charge(monotonic now, const rate& r, double tokens) {
  if (r.per_second > 0)
    empty_until_ = std::max(empty_until_, now) + time_for(tokens, r);
}

std::chrono::nanoseconds rate_limiter::take(std::string_view key, monotonic now, double tokens) {
  return rate_.per_second <= 0 ? std::chrono::nanoseconds{} : bucket_of(key, now).take(now, rate_, tokens);
}

void rate_limiter::charge(std::string_view key, monotonic now, double tokens) {
  if (rate_.per_second > 0)
    bucket_of(key, now).charge(now, rate_, tokens);
}

rate_bucket& rate_limiter::bucket_of(std::string_view key, monotonic now) {
  auto found = table_.find(key);
  if (found != table_.end()) {
    by_age_.splice(by_age_.end(), by_age_, found->second);
    return found->second->bucket;
  }
  if (table_.size() >= keys_max_ && !make_room(now)) {
    ++shared_count_;
    return overflow_;
  }
  by_age_.push_back({std::string(key), {}});
  auto added = std::prev(by_age_.end());
  table_.emplace(added->key, added);
  return added->bucket;
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
