#pragma once
// How often each value was seen, over nine decades and within one per cent: the log-linear buckets of Gil Tene's HDR
// histogram (hdrhistogram.org), of which Debian has no C or C++ package.
//
// Pure. Latencies go in as microseconds from the time at which something was due, not from when it was sent: what a
// stall held up counts in full, which is the correction for coordinated omission.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace charter::load {

class histogram {
public:
  void record(std::uint64_t value, std::uint64_t times = 1);
  void add(const histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; } ///< exact
  double mean() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }
  /// The least value that at least `percent` of all values don't exceed, up to 0.8 % too high; 0 when empty.
  std::uint64_t at_percentile(double percent) const;
  /// Upwards: each bucket that isn't empty, with its highest value and how many are in it.
  void each(const std::function<void(std::uint64_t value, std::uint64_t times)>& visit) const;

private:
  // Below 2^8 each value has its bucket; above, each power of two has 2^7.
  static constexpr unsigned linear_bits = 8;
  static constexpr unsigned value_bits = 40; // 12 days of microseconds; what is longer counts as that
  static constexpr std::size_t half = std::size_t{1} << (linear_bits - 1);
  static constexpr std::size_t buckets = (value_bits - linear_bits + 2) * half;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t highest_in(std::size_t bucket);

  std::unique_ptr<std::array<std::uint64_t, buckets>> times_; ///< null while empty: most methods are never called
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

} // namespace charter::load
