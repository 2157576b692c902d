#pragma once
// Token buckets, as virtual scheduling (GCRA): one time stamp per bucket instead of a level and a time.
//
// Not thread-safe; each belongs to one thread. Time comes in as an argument, on any monotonic clock. Rates are tokens
// per second, bursts are tokens.

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace charter::net {

using monotonic = std::chrono::steady_clock::time_point;

struct rate {
  double per_second = 0; ///< at most 1e9; 0 or less: no limit
  double burst = 1;      ///< at least 1
};

/// One bucket of eight bytes; the rate stands elsewhere, since thousands of buckets share it.
class rate_bucket {
public:
  /// Takes `tokens` if they are there. Zero: taken. Else how long until they would be; nothing is taken.
  std::chrono::nanoseconds take(monotonic now, const rate& r, double tokens = 1);
  /// Takes what was used already, there or not: what isn't there is owed, and while something is owed not even a `take`
  /// of nothing succeeds.
  void charge(monotonic now, const rate& r, double tokens);
  /// Full again? Then it says nothing that a new one wouldn't.
  bool is_full(monotonic now) const { return empty_until_ <= now; }

private:
  monotonic empty_until_{}; ///< when it will be full, if nothing more is taken
};

/// Buckets by key. At the table's bound, buckets that are full again make room; when there are none, newcomers share
/// one bucket, so that a flood of keys neither grows memory nor gets past the rate (I12).
class rate_limiter {
public:
  rate_limiter(rate r, std::size_t keys_max) : rate_(r), keys_max_(keys_max) {}

  /// As rate_bucket's.
  std::chrono::nanoseconds take(std::string_view key, monotonic now, double tokens = 1);
  void charge(std::string_view key, monotonic now, double tokens);

  std::size_t size() const { return table_.size(); }
  /// How often a newcomer had to share.
  std::uint64_t shared() const { return shared_count_; }

private:
  struct entry {
    std::string key;
    rate_bucket bucket;
  };
  rate_bucket& bucket_of(std::string_view key, monotonic now);
  bool make_room(monotonic now);

  rate rate_;
  std::size_t keys_max_;
  std::list<entry> by_age_;                                                ///< least recently used first
  std::unordered_map<std::string_view, std::list<entry>::iterator> table_; ///< keys live in the list
  rate_bucket overflow_;
  std::uint64_t shared_count_ = 0;
};

} // namespace charter::net
