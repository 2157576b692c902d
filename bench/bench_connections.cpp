// Thousands of idle sessions: what memory each takes, and what their pings take of a core.
//
// Followers log in with their upgrade, listen to their feed, and then nothing happens but a ping in thirty seconds.
// Beside charterd a bare epoll loop that sends the same pings to as many sockets (floor_send.cpp). Each round starts
// its server anew, so memory is what the sessions add to an empty server.
//
// Other servers, as far as they are installed (peers.hpp), have the same subscribers as in fan-out; only their memory
// is told, since each has pings of its own kind.
//
//   --tls        through TLS, and charterd alone
//   --no-peers   without other servers; a quick run is so anyway

#include <optional>

#include "bench/dialects.hpp"
#include "bench/harness.hpp"
#include "bench/peers.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto between_pings = 30s;      // net/limits.hpp
constexpr auto idle = 2 * between_pings; // each socket is pinged twice, whenever it was opened
constexpr auto settling = 70s;           // until the users who came are passivated (domain/limits.hpp)

/// `settles`: none when only memory is told.
samples idle_round(std::optional<std::chrono::seconds> settles, pid_t pid, crowd::server where, dialect& how,
                   std::size_t sockets) {
  auto empty = rss_bytes(pid);
  auto began = std::chrono::steady_clock::now();
  fan_out all{where, how, sockets, 0};
  std::chrono::duration<double> opening = std::chrono::steady_clock::now() - began;
  samples taken{
      {"kb_per_connection",
       (static_cast<double>(rss_bytes(pid)) - static_cast<double>(empty)) / 1024 / static_cast<double>(sockets), "KB"},
      {"opened_per_s", static_cast<double>(sockets) / opening.count(), "1/s"}};
  if (settles) {
    all.idle(*settles);
    auto cpu = cpu_seconds(pid).value_or(0);
    all.idle(idle);
    cpu = cpu_seconds(pid).value_or(0) - cpu;
    taken.push_back({"idle_cpu_percent", cpu / std::chrono::duration<double>(idle).count() * 100, "%"});
  }
  return taken;
}

samples charter_round(bool waits, bool tls, std::size_t sockets) {
  own_charterd server{{.tls = tls}};
  charter_dialect how{server, 0};
  return idle_round(waits ? std::optional{settling} : std::nullopt, server.pid(), server.where(), how, sockets);
}

samples floor_round(bool waits, std::size_t sockets) {
  temporary_directory directory;
  child_process server{
      {program("bench/floor_send"), "--pings", std::to_string(between_pings.count())}, server_core, directory / "log"};
  auto port = static_cast<std::uint16_t>(std::stoi(server.await("serving on port ")));
  floor_dialect how{false};
  return idle_round(waits ? std::optional{1s} : std::nullopt, server.pid(), {port}, how, sockets);
}

samples peer_round(const std::string& name, std::size_t sockets) {
  peer server{name};
  auto how = dialect_of(name, 0);
  return idle_round(std::nullopt, server.pid(), server.where(), *how, sockets);
}

void run(harness& h) {
  pin_to_core(client_core);
  std::size_t sockets = h.quick() ? 5'000 : 15'000;
  allow_descriptors(sockets + 1'000);
  bool tls = h.has("--tls"), waits = !h.quick();
  std::vector<subject> subjects{{"charter", [&] { return charter_round(waits, tls, sockets); }}};
  if (!tls)
    subjects.push_back({"floor", [&] { return floor_round(waits, sockets); }});
  std::vector<std::string> peers;
  if (!tls && !h.quick() && !h.has("--no-peers"))
    peers = installed_peers();
  for (auto& name : peers)
    subjects.push_back({name, [&] { return peer_round(name, sockets); }, true});
  h.compare("idle-" + std::to_string(sockets), h.quick() ? 2 : 3, subjects);
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  return charter::bench::run_benchmark("connections", argc, argv, charter::bench::run, {"--tls", "--no-peers"});
}
