#include "net/arrivals.hpp"

#include <algorithm>

namespace charter::net {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

constexpr double rate_at_first = 500;
constexpr double growth_per_second = 4; ///< e-fold in a quarter of a second
constexpr double less_when_late = 0.8;
constexpr auto less_every = 50ms;     ///< what was let in before is still at work
constexpr auto growth_counted = 50ms; ///< longer pauses say nothing
constexpr seconds burst{0.01};        ///< of what is let in; the thread looks several times in it
constexpr auto postponed_max = 60s;   ///< so far ahead nobody knows the rate

} // namespace

arrivals::arrivals(const transport_limits& bounds)
    : slowest_(bounds.upgrades_per_second_min), fastest_(bounds.upgrades_per_second_max),
      waiting_max_(bounds.upgrades_waiting_max), wait_max_(bounds.upgrade_wait_max),
      rate_(std::clamp(rate_at_first, slowest_, fastest_)) {}

bool arrivals::take(monotonic now) {
  if (late_)
    return slow_bucket_.take(now, {slowest_, 1}).count() == 0;
  return bucket_.take(now, {rate_, std::max(1.0, rate_ * burst.count())}).count() == 0;
}

seconds arrivals::wait_of(std::size_t place) const { return seconds{static_cast<double>(place) / rate_}; }

arrivals::verdict arrivals::come(session_number who, monotonic now) {
  if (line_.empty() && take(now))
    return verdict::welcome;
  if (line_.size() >= waiting_max_ || wait_of(line_.size()) > wait_max_)
    return verdict::postponed;
  line_.emplace(next_ticket_, who);
  tickets_.emplace(who, next_ticket_++);
  return verdict::waits;
}

std::optional<session_number> arrivals::next(monotonic now) {
  if (line_.empty() || !take(now))
    return {};
  auto who = line_.begin()->second;
  leave(who);
  return who;
}

bool arrivals::leave(session_number who) {
  auto found = tickets_.find(who);
  if (found == tickets_.end())
    return false;
  line_.erase(found->second);
  tickets_.erase(found);
  return true;
}

std::chrono::milliseconds arrivals::postpone(monotonic now) {
  auto after_line = now + std::chrono::duration_cast<monotonic::duration>(wait_of(line_.size()));
  auto one = std::chrono::duration_cast<monotonic::duration>(wait_of(1));
  promised_ = std::min(std::max(promised_, after_line) + one, now + monotonic::duration{postponed_max});
  return std::chrono::ceil<std::chrono::milliseconds>(promised_ - now);
}

void arrivals::report(double lateness, monotonic now) {
  late_ = lateness > 1;
  auto since = now - changed_at_;
  if (late_) {
    if (since < less_every)
      return;
    rate_ = std::max(slowest_, rate_ * less_when_late);
  } else if (!line_.empty()) {
    auto grown = seconds{std::min<monotonic::duration>(since, growth_counted)} * growth_per_second;
    rate_ = std::min(fastest_, rate_ * (1 + grown.count()));
  }
  changed_at_ = now;
}

} // namespace charter::net
