#pragma once
// Figures for Prometheus: what the transport and the actors count.

#include <string>

#include "net/counters.hpp"

namespace charter::net {

/// The text exposition format, version 0.0.4.
std::string metrics_text(const counters& transport, std::uint64_t room_bytes);

} // namespace charter::net
