#pragma once
// A network between processes of one machine that can be cut and slowed down: what comes in at one port of loopback
// goes out to another one, unless its route is cut.
//
// A route may be cut for everybody, or for one of those who connect, if it tells them apart. Who one is may not be
// known at once, so that is asked again for two seconds; whom nobody knows by then is a stranger, and counted.
//
// What is held isn't lost. It arrives when the route is free again, as TCP brings it after a cut: late packets of who
// was replaced meanwhile are what a fence is for. A connection that is begun while its route is held begins afterwards.
// What is lost never arrives: its connection is reset when the route is free again, since nothing can follow on a hole.
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

/// What becomes of what goes one way.
enum class passing : std::uint8_t {
  free,
  held,  ///< it waits
  lost,  ///< it is thrown away, and whoever waits for an answer isn't told why before the route is free
  reset, ///< likewise, and its connection is reset at once (RST), as is every new one
};

/// What was done to connections, from the beginning on.
struct tally {
  std::uint64_t held_bytes = 0; ///< that waited, without what waited behind them
  std::uint64_t lost_bytes = 0;
  std::uint64_t delayed_bytes = 0;
  std::uint64_t resets = 0;
  std::uint64_t kept_out = 0; ///< connections that couldn't begin at once
};

class relay {
public:
  /// Throws boost::system::system_error when a port is taken.
  explicit relay(const std::vector<route>& routes, who_fn who = {});
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  void set(std::size_t route, direction way, passing how);
  /// Only what that one connected for. Whom `who` doesn't know, this doesn't concern.
  void set(std::size_t route, asker of, direction way, passing how);
  /// Both ways; zero: not at all.
  void delay(std::size_t route, std::chrono::milliseconds by);

  tally counted() const;
  /// Open connections of that route whose owner nobody knows.
  std::size_t strangers(std::size_t route) const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace charter::chaos
