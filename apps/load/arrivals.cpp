#include "apps/load/arrivals.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace charter::load {

namespace {

/// By the hour, from five in the morning.
constexpr std::array by_hour{0.00, 0.12, 0.31, 0.47, 0.55, 0.60, 0.66, 0.74, 0.67, 0.60, 0.60, 0.64,
                             0.71, 0.79, 0.90, 1.00, 0.98, 0.79, 0.52, 0.31, 0.15, 0.07, 0.03, 0.01};

constexpr double seconds(std::chrono::nanoseconds length) { return std::chrono::duration<double>(length).count(); }

} // namespace

double activity(double day) {
  auto hour = (day - std::floor(day)) * by_hour.size();
  auto before = static_cast<std::size_t>(hour) % by_hour.size();
  auto share = hour - std::floor(hour);
  return by_hour[before] * (1 - share) + by_hour[(before + 1) % by_hour.size()] * share;
}

double day_curve::at(std::chrono::nanoseconds since_start) const {
  return night + (1 - night) * activity(seconds(since_start) / seconds(length));
}

std::optional<std::chrono::nanoseconds> arrivals::next(std::mt19937_64& random) {
  if (per_second_ <= 0)
    return {};
  std::exponential_distribution<double> gap{per_second_};
  std::uniform_real_distribution<double> chance{0, 1};
  while ((at_s_ += gap(random)) < seconds(day_.length)) {
    auto at = std::chrono::nanoseconds{static_cast<std::int64_t>(at_s_ * 1e9)};
    if (chance(random) < day_.at(at))
      return at;
  }
  return {};
}

} // namespace charter::load
