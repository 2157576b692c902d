#pragma once
// Whose a connection of this machine is, as the kernel tells (proc(5): net/tcp, net/tcp6, PID/fd).

#include <cstdint>
#include <optional>
#include <span>

namespace charter::chaos {

/// Which of these processes holds the end that is bound to `from` and connected to `to`. Nothing when none does, or it
/// may not be seen.
std::optional<std::size_t> owner_of_connection(std::uint16_t from, std::uint16_t to, std::span<const int> pids);

} // namespace charter::chaos
