#include "apps/chaos/socket_owner.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace charter::chaos {

namespace {

/// As the tables have the end of an address.
std::string port_text(std::uint16_t port) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), ":%04X", static_cast<unsigned>(port));
  return text.data();
}

/// "socket:[4711]", as the links in PID/fd have it. A line is "0: 0100007F:1F90 0100007F:0050 01 …", and there may be
/// tens of thousands: most are passed over at their first port.
std::optional<std::string> socket_in(const char* table, std::uint16_t from, std::uint16_t to) {
  constexpr std::size_t columns_before_inode = 6; // after the addresses
  auto local = port_text(from) + ' ', remote = port_text(to);
  std::ifstream in{table};
  for (std::string line; std::getline(in, line);) {
    auto at = line.find(local);
    if (at == line.npos)
      continue;
    std::istringstream rest{line.substr(at + local.size())};
    std::string column, inode;
    rest >> column;
    if (!column.ends_with(remote))
      continue;
    for (std::size_t i = 0; i < columns_before_inode; ++i)
      rest >> column;
    if (rest >> inode)
      return "socket:[" + inode + "]";
  }
  return std::nullopt;
}

bool holds(int pid, const std::string& socket) {
  std::error_code gone;
  std::filesystem::directory_iterator files{"/proc/" + std::to_string(pid) + "/fd", gone};
  for (; !gone && files != std::filesystem::directory_iterator{}; files.increment(gone)) {
    std::error_code closed;
    if (std::filesystem::read_symlink(files->path(), closed) == socket)
      return true;
  }
  return false;
}

} // namespace

std::optional<std::size_t> owner_of_connection(std::uint16_t from, std::uint16_t to, std::span<const int> pids) {
  auto socket = socket_in("/proc/net/tcp", from, to);
  if (!socket)
    socket = socket_in("/proc/net/tcp6", from, to); // IPv4 over a socket of the newer kind
  for (std::size_t i = 0; socket && i < pids.size(); ++i)
    if (pids[i] > 0 && holds(pids[i], *socket))
      return i;
  return std::nullopt;
}

} // namespace charter::chaos
