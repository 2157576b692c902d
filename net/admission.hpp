#pragma once
// How many connections are open, overall and per address, and how fast one address may open them.
//
// Shared by the acceptor and all I/O threads, under one lock that is taken once per connection's begin and end. The
// table can't outgrow the number of open connections.

#include <mutex>
#include <string>
#include <unordered_map>

#include "net/limits.hpp"
#include "net/rate_limiter.hpp"

namespace charter::net {

class admission {
public:
  enum class verdict { welcome, full, address_full, address_too_fast };

  explicit admission(const transport_limits& bounds)
      : bounds_(bounds), rates_({bounds.accepts_per_address, bounds.accepts_burst}, addresses_remembered) {}

  /// `exempt`: neither the bound nor the rate of one address applies.
  verdict enter(const std::string& address, bool exempt, monotonic now) {
    std::lock_guard lock(mutex_);
    if (total_ >= bounds_.connections_max)
      return verdict::full;
    auto key = network_of(address);
    auto at = open_.find(key);
    if (!exempt && at != open_.end() && at->second >= bounds_.connections_per_address_max)
      return verdict::address_full;
    if (!exempt && rates_.take(key, now).count() > 0)
      return verdict::address_too_fast;
    ++total_;
    ++open_[key];
    return verdict::welcome;
  }

  void leave(const std::string& address) {
    std::lock_guard lock(mutex_);
    --total_;
    if (auto at = open_.find(network_of(address)); at != open_.end() && --at->second == 0)
      open_.erase(at);
  }

  static constexpr std::size_t addresses_remembered = 65'536;

  /// One customer of an IPv6 provider holds a /64 at least, so addresses within it count as one.
  static std::string network_of(const std::string& address) {
    if (address.find(':') == address.npos)
      return address;
    std::size_t groups = 0;
    for (std::size_t i = 0; i < address.size(); ++i) {
      bool is_gap = address.compare(i, 2, "::") == 0;
      if (is_gap || (address[i] == ':' && ++groups == 4))
        return address.substr(0, i);
    }
    return address;
  }

private:
  transport_limits bounds_;
  std::mutex mutex_;
  std::size_t total_ = 0;
  std::unordered_map<std::string, std::size_t> open_;
  rate_limiter rates_;
};

} // namespace charter::net
