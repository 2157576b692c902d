#pragma once
// What waits to be written to a stream: bounded, and taken out in frames of what came together.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>

#include "cluster/limits.hpp"
#include "cluster/link/link.pb.h"

namespace charter::cluster {

class link_outbox {
public:
  /// False when it is closed, or too much waits.
  bool put(std::string message) {
    std::lock_guard lock{mutex_};
    if (closed_ || bytes_ + message.size() > limits::link_bytes_max)
      return false;
    bytes_ += message.size();
    next_.add_messages(std::move(message));
    filled_.notify_one();
    return true;
  }

  /// Waits for something; nothing when it is closed.
  std::optional<link::Frame> take() {
    std::unique_lock lock{mutex_};
    filled_.wait(lock, [&] { return closed_ || next_.messages_size() > 0; });
    if (closed_)
      return {};
    bytes_ = 0;
    return std::exchange(next_, {});
  }

  void close() {
    std::lock_guard lock{mutex_};
    closed_ = true;
    filled_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable filled_;
  link::Frame next_;
  std::size_t bytes_ = 0;
  bool closed_ = false;
};

} // namespace charter::cluster
