#pragma once
// Figures for Prometheus: what the transport and the actors count.

#include <string>
#include <vector>

#include "net/counters.hpp"

namespace charter::net {

/// One that another part of the process has.
struct figure {
  std::string name;   ///< without the "charter_" in front; that of a counter ends with "_total"
  bool level = false; ///< it goes down again
  std::uint64_t value = 0;
};

/// The text exposition format, version 0.0.4.
std::string metrics_text(const counters& transport, std::uint64_t room_bytes, const std::vector<figure>& others);

} // namespace charter::net
