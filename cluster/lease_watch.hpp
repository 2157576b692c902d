#pragma once
// Whether somebody still renews a lease, from how much of it etcd says is left: one that nobody renews only gets
// shorter. Seconds are rounded down. Pure; owned by one thread.

#include <chrono>
#include <optional>
#include <utility>

#include "cluster/etcd/client.hpp"
#include "cluster/limits.hpp"

namespace charter::cluster {

class lease_watch {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `lifetime`: what renewing brings it to.
  explicit lease_watch(std::chrono::seconds lifetime) : lifetime_(lifetime) {}

  /// What was left of it, nothing if it was over, at a moment between these two.
  void look(etcd::lease_id lease, std::optional<std::chrono::seconds> left, time_point asked, time_point answered) {
    using namespace std::chrono_literals;
    if (lease != lease_)
      *this = lease_watch{lifetime_, lease};
    silent_ = !left || *left + 1s + missed_renewals * limits::lease_renewal <= lifetime_;
    if (left && (!has_first_ || *left > first_ + 1s - (asked - since_))) {
      renewals_ += std::exchange(has_first_, true);
      first_ = *left;
      since_ = answered;
    }
  }

  /// It is over, or nobody has renewed it when that was due.
  bool is_silent() const { return silent_; }
  /// Once may be a new leader of etcd, which prolongs all leases.
  bool is_renewed() const { return renewals_ >= renewals_of_the_living; }

private:
  lease_watch(std::chrono::seconds lifetime, etcd::lease_id lease) : lifetime_(lifetime), lease_(lease) {}

  static constexpr int missed_renewals = 2;
  static constexpr int renewals_of_the_living = 3;

  std::chrono::seconds lifetime_;
  etcd::lease_id lease_ = -1;
  bool silent_ = false;
  int renewals_ = 0;
  bool has_first_ = false;
  std::chrono::seconds first_{0}; ///< what was left
  time_point since_{};            ///< when
};

} // namespace charter::cluster
