#pragma once
// A sleep that a request to stop ends.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace charter::cluster {

/// False when told to stop.
inline bool wait(std::chrono::milliseconds how_long, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock{mutex};
  never.wait_for(lock, stop, how_long, [] { return false; });
  return !stop.stop_requested();
}

} // namespace charter::cluster
