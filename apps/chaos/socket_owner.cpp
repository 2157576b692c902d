#include "apps/chaos/socket_owner.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace charter::chaos {

namespace {

/// "0100007F:1F90"
std::optional<std::uint16_t> port_of(const std::string& address) {
  auto colon = address.find(':');
  std::uint16_t port = 0;
  if (colon == address.npos)
    return std::nullopt;
  auto end = address.data() + address.size();
  auto parsed = std::from_chars(address.data() + colon + 1, end, port, 16);
  return parsed.ec == std::errc{} && parsed.ptr == end ? std::optional{port} : std::nullopt;
}

/// "socket:[4711]", as the links in PID/fd have it.
std::optional<std::string> socket_in(const char* table, std::uint16_t from, std::uint16_t to) {
  std::ifstream in{table};
  std::string line;
  std::getline(in, line); // the columns' names
  while (std::getline(in, line)) {
    std::istringstream columns{line};
    std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
    columns >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >> timeout >> inode;
    if (columns && port_of(local) == from && port_of(remote) == to)
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
