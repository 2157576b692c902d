#include "apps/load/measurements.hpp"

#include <algorithm>
#include <utility>

namespace charter::load {

void measurements::delivered(std::uint64_t us, bool is_slow) {
  ++all.deliveries;
  if (is_slow)
    return delivery_slow.record(us);
  delivery.record(us);
  this_second_.record(us);
}

void measurements::reconnected(std::uint64_t us) {
  ++all.connects;
  reconnect.record(us);
  reconnect_max_us_ = std::max(reconnect_max_us_, us);
}

void measurements::refusal(errc why) {
  ++all.refusals;
  ++refused[why];
}

const second_sample& measurements::tick(std::uint64_t online, double cpu_seconds) {
  second_sample s;
  s.posts = all.posts - before_.posts;
  s.deliveries = all.deliveries - before_.deliveries;
  s.messages = all.messages - before_.messages;
  s.connects = all.connects - before_.connects;
  s.gaps = all.gaps - before_.gaps;
  s.refusals = all.refusals - before_.refusals;
  s.bytes_received = all.bytes_received - before_.bytes_received;
  s.online = online;
  s.delivery_p50_us = this_second_.at_percentile(50);
  s.delivery_p99_us = this_second_.at_percentile(99);
  s.delivery_max_us = this_second_.max();
  s.reconnect_max_us = std::exchange(reconnect_max_us_, 0);
  s.own_cpu = cpu_seconds - std::exchange(cpu_before_, cpu_seconds);
  before_ = all;
  this_second_.clear();
  seconds.push_back(s);
  return seconds.back();
}

} // namespace charter::load
