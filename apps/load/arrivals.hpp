#pragma once
// When things are due: independently of each other and of how fast they are dealt with (an open loop), at a rate that
// follows a day.
//
// Pure. The day is that of people who chat: quiet around five in the morning, busiest in the evening. A run is one such
// day, from five to five, however long it takes.

#include <chrono>
#include <optional>
#include <random>

namespace charter::load {

/// From 0, when everybody sleeps, to 1, when nobody does; `day` from 0 to 1 over the run.
double activity(double day);

struct day_curve {
  std::chrono::nanoseconds length{}; ///< of the run
  double night = 1;                  ///< what is left at night, as a share of the peak; 1: no night

  /// Share of the peak.
  double at(std::chrono::nanoseconds since_start) const;
};

/// Arrivals of a Poisson process whose rate follows the curve, by thinning (Lewis and Shedler, 1979).
class arrivals {
public:
  /// `per_second` at the peak; 0: none ever.
  arrivals(double per_second, day_curve day) : per_second_(per_second), day_(day) {}

  /// The next one, counted from the start; nothing after the run.
  std::optional<std::chrono::nanoseconds> next(std::mt19937_64& random);

private:
  double per_second_;
  day_curve day_;
  double at_s_ = 0;
};

} // namespace charter::load
