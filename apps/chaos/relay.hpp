#pragma once
// A network between processes of one machine that can be cut and slowed down: what comes in at one port of loopback
// goes out to another one, unless its route holds it back.
//
// What is held isn't lost. It arrives when the route is free again, as TCP brings it after a cut: late packets of who
// was replaced meanwhile are what a fence is for. A connection that is begun while its route is held begins afterwards.
// A thread of its own; the rest may be called from any.

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace charter::chaos {

struct route {
  std::uint16_t from = 0; ///< who connects there
  std::uint16_t to = 0;   ///< is connected to that
};

enum class direction : std::uint8_t {
  there, ///< from who connected
  back,
};

class relay {
public:
  /// Throws boost::system::system_error when a port is taken.
  explicit relay(const std::vector<route>& routes);
  ~relay();
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  void hold(std::size_t route, direction way, bool held);
  /// Both ways; zero: not at all.
  void delay(std::size_t route, std::chrono::milliseconds by);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace charter::chaos
