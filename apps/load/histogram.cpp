#include "apps/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace charter::load {

std::size_t histogram::bucket_of(std::uint64_t value) {
  value = std::min(value, (std::uint64_t{1} << value_bits) - 1);
  auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= linear_bits)
    return value;
  auto shift = width - linear_bits;
  return shift * half + (value >> shift);
}

std::uint64_t histogram::highest_in(std::size_t bucket) {
  if (bucket < 2 * half)
    return bucket;
  auto shift = bucket / half - 1;
  return ((bucket - shift * half + 1) << shift) - 1;
}

void histogram::record(std::uint64_t value, std::uint64_t times) {
  if (!times_)
    times_ = std::make_unique<std::array<std::uint64_t, buckets>>();
  (*times_)[bucket_of(value)] += times;
  count_ += times;
  max_ = std::max(max_, value);
  sum_ += static_cast<double>(value) * static_cast<double>(times);
}

void histogram::add(const histogram& other) {
  if (!other.times_)
    return;
  if (!times_)
    times_ = std::make_unique<std::array<std::uint64_t, buckets>>();
  for (std::size_t i = 0; i < buckets; ++i)
    (*times_)[i] += (*other.times_)[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

void histogram::clear() {
  if (times_)
    times_->fill(0);
  count_ = max_ = 0;
  sum_ = 0;
}

std::uint64_t histogram::at_percentile(double percent) const {
  if (count_ == 0)
    return 0;
  auto wanted = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(percent / 100 * double(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets; ++i)
    if ((seen += (*times_)[i]) >= wanted)
      return std::min(highest_in(i), max_);
  return max_;
}

void histogram::each(const std::function<void(std::uint64_t, std::uint64_t)>& visit) const {
  for (std::size_t i = 0; times_ && i < buckets; ++i)
    if ((*times_)[i] > 0)
      visit(std::min(highest_in(i), max_), (*times_)[i]);
}

} // namespace charter::load
