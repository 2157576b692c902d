#pragma once
// One thread that waits for all sockets at once (epoll), for points in time, and runs the tasks of everybody simulated.
//
// Tasks are resumed between two rounds of events and never from within one, so what a task destroys isn't in use.
// What can fail: the kernel refuses an epoll instance; then the constructor throws std::system_error.

#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <map>
#include <vector>

#include "apps/load/coroutine.hpp"

namespace charter::load {

using steady = std::chrono::steady_clock;
using instant = steady::time_point;

/// Something with a descriptor.
class watcher {
public:
  /// EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP; may come without cause.
  virtual void on_ready(std::uint32_t events) = 0;

protected:
  ~watcher() = default;
};

class event_loop {
public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  // -- tasks --------------------------------------------------------------------------
  /// Begins it now. If it throws, `run` throws the same.
  void spawn(task<> work);
  /// Until every task has ended, or one has thrown.
  void run();
  void resume_soon(std::coroutine_handle<> waiting) { ready_.push_back(waiting); }

  /// co_await loop.until(t)
  auto until(instant due) {
    struct awaiter {
      event_loop& loop;
      instant due;
      bool await_ready() const { return due <= steady::now(); }
      void await_suspend(std::coroutine_handle<> h) { loop.timers_.emplace(due, h); }
      void await_resume() const {}
    };
    return awaiter{*this, due};
  }
  auto pause(std::chrono::nanoseconds length) { return until(steady::now() + length); }

  // -- descriptors --------------------------------------------------------------------
  void watch(int descriptor, std::uint32_t events, watcher& to);
  void change(int descriptor, std::uint32_t events);
  /// Before the descriptor is closed.
  void forget(int descriptor);

private:
  struct detached;
  detached run_to_end(task<> work);
  void resume_ready();
  void wait();

  int epoll_;
  std::vector<watcher*> watchers_; ///< by descriptor
  std::multimap<instant, std::coroutine_handle<>> timers_;
  std::vector<std::coroutine_handle<>> ready_;
  std::size_t tasks_ = 0;
  std::exception_ptr failure_;
};

} // namespace charter::load
