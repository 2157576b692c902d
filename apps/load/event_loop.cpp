#include "apps/load/event_loop.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include <sys/epoll.h>
#include <unistd.h>

namespace charter::load {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t events_at_once = 512;

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

epoll_event event_for(int descriptor, std::uint32_t events) {
  epoll_event e{};
  e.events = events;
  e.data.fd = descriptor;
  return e;
}

timespec timespec_of(std::chrono::nanoseconds length) {
  auto whole = std::chrono::duration_cast<std::chrono::seconds>(length);
  return {static_cast<time_t>(whole.count()), static_cast<long>((length - whole).count())};
}

} // namespace

/// Nobody awaits it; it frees itself.
struct event_loop::detached {
  struct promise_type {
    detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

event_loop::event_loop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0)
    throw_errno("epoll_create1");
}

event_loop::~event_loop() { ::close(epoll_); }

// -- tasks ------------------------------------------------------------------------------

event_loop::detached event_loop::run_to_end(task<> work) {
  ++tasks_;
  try {
    co_await work;
  } catch (...) {
    failure_ = std::current_exception();
  }
  --tasks_;
}

void event_loop::spawn(task<> work) { run_to_end(std::move(work)); }

void event_loop::resume_ready() {
  while (!ready_.empty() && !failure_) {
    std::vector<std::coroutine_handle<>> now;
    now.swap(ready_);
    for (auto& waiting : now)
      waiting.resume();
  }
}

void event_loop::run() {
  while (true) {
    resume_ready();
    if (failure_)
      std::rethrow_exception(std::exchange(failure_, {}));
    if (tasks_ == 0)
      return;
    wait();
    for (auto now = steady::now(); !timers_.empty() && timers_.begin()->first <= now;) {
      ready_.push_back(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
  }
}

// -- descriptors ------------------------------------------------------------------------

void event_loop::watch(int descriptor, std::uint32_t events, watcher& to) {
  auto at = static_cast<std::size_t>(descriptor);
  if (watchers_.size() <= at)
    watchers_.resize(at + 1);
  watchers_[at] = &to;
  auto e = event_for(descriptor, events);
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &e) != 0)
    throw_errno("epoll_ctl");
}

void event_loop::change(int descriptor, std::uint32_t events) {
  auto e = event_for(descriptor, events);
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &e) != 0)
    throw_errno("epoll_ctl");
}

void event_loop::forget(int descriptor) {
  watchers_[static_cast<std::size_t>(descriptor)] = nullptr;
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
}

void event_loop::wait() {
  constexpr std::chrono::nanoseconds longest = 1s;
  auto length = longest;
  if (!timers_.empty())
    length = std::clamp<std::chrono::nanoseconds>(timers_.begin()->first - steady::now(), 0ns, longest);
  auto limit = timespec_of(length);
  std::array<epoll_event, events_at_once> events;
  auto n = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &limit, nullptr);
  if (n < 0 && errno != EINTR)
    throw_errno("epoll_pwait2");
  for (int i = 0; i < n; ++i) {
    auto& e = events[static_cast<std::size_t>(i)];
    // An earlier event of this round may have closed it.
    if (auto* to = watchers_[static_cast<std::size_t>(e.data.fd)])
      to->on_ready(e.events);
  }
}

} // namespace charter::load
