#pragma once
// Tasks side by side, on one loop.

#include <coroutine>
#include <cstddef>

#include "apps/load/event_loop.hpp"

namespace charter::load {

/// Opens when as many have arrived; one task awaits it.
class latch {
public:
  latch(event_loop& loop, std::size_t expected) : loop_(loop), expected_(expected) {}
  void arrive() {
    if (--expected_ == 0 && waiting_)
      loop_.resume_soon(waiting_);
  }

  bool await_ready() const { return expected_ == 0; }
  void await_suspend(std::coroutine_handle<> h) { waiting_ = h; }
  void await_resume() const {}

private:
  event_loop& loop_;
  std::size_t expected_;
  std::coroutine_handle<> waiting_;
};

namespace detail {

template <class One>
task<> take_turns(std::size_t& next, std::size_t n, const One& one, latch& ended) {
  while (next < n)
    co_await one(next++);
  ended.arrive();
}

} // namespace detail

/// `one(i)`, a task, for every i below n, so many at once.
template <class One>
task<> each_of(event_loop& loop, std::size_t n, std::size_t at_once, One one) {
  std::size_t next = 0;
  latch ended{loop, at_once};
  for (std::size_t i = 0; i < at_once; ++i)
    loop.spawn(detail::take_turns(next, n, one, ended));
  co_await ended;
}

} // namespace charter::load
