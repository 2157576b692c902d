#pragma once
// Everybody who writes at the same time, each on a connection and a thread of their own; and what is checked of it all.

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "apps/crash/cast.hpp"
#include "apps/crash/moderator.hpp"
#include "apps/crash/own_state.hpp"
#include "apps/crash/stream.hpp"

namespace charter::crash {

class load {
public:
  /// The scene's server runs. Throws std::runtime_error when somebody can't log in.
  load(scene& where, const cast& who, std::uint64_t seed);

  /// Until the server is killed. `holds`: it is to be killed under a suspension.
  void begin(bool holds);
  void join();

  /// After the restart: what was acknowledged is there; what had no answer is asked again; and then nothing is in
  /// doubt.
  void look_back();
  /// Of everybody, from the beginning.
  tally counts() const;

private:
  void check_followers();

  scene& scene_;
  cast cast_;
  tour::person anybody_;
  std::deque<stream> streams_;
  std::vector<std::unique_ptr<writer>> writers_;
  std::vector<follower*> followers_;
  moderator* moderator_ = nullptr;
  std::vector<std::thread> threads_;
};

} // namespace charter::crash
