#pragma once
// A network between processes of one machine that can be cut and slowed down: what comes in at one port of loopback
// goes out to another one, unless its route holds it back.
//
// A route may be held for everybody, or for one of those who connect, if it tells them apart.
//
// What is held isn't lost. It arrives when the route is free again, as TCP brings it after a cut: late packets of who
// was replaced meanwhile are what a fence is for. A connection that is begun while its route is held begins afterwards.
// A thread of its own; the rest may be called from any.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace charter::chaos {

struct route {
  std::uint16_t from = 0; ///< who connects there
  std::uint16_t to = 0;   ///< is connected to that
};

/// One of those who connect: a number below `askers_max`.
using asker = std::size_t;
inline constexpr asker askers_max = 8;
/// Who has connected from that port to the other one. Called in the relay's thread, once for each connection.
using who_fn = std::function<std::optional<asker>(std::uint16_t from, std::uint16_t to)>;

enum class direction : std::uint8_t {
  there, ///< from who connected
  back,
};

class relay {
public:
  /// Throws boost::system::system_error when a port is taken.
  explicit relay(const std::vector<route>& routes, who_fn who = {});
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  void hold(std::size_t route, direction way, bool held);
  /// Only what that one connected for. Whom `who` doesn't know, this doesn't concern.
  void hold(std::size_t route, asker of, direction way, bool held);
  /// Both ways; zero: not at all.
  void delay(std::size_t route, std::chrono::milliseconds by);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace charter::chaos
