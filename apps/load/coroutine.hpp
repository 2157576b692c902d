#pragma once
// What a simulated person does, one step after the other: a coroutine that somebody awaits, or that the loop runs.
//
// Starts when it is awaited, belongs to one event loop's thread, and is resumed by that loop alone. An exception goes
// to who awaits it. A task is never dropped half-way: whatever it waits for ends sooner or later, with a failure if
// need be.

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace charter::load {

template <class T>
class task;

namespace detail {

struct promise_base {
  std::coroutine_handle<> awaiting = std::noop_coroutine();
  std::exception_ptr failure;

  struct hand_over {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      return ended.promise().awaiting;
    }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  hand_over final_suspend() noexcept { return {}; }
  void unhandled_exception() { failure = std::current_exception(); }
};

template <class T>
struct promise : promise_base {
  std::optional<T> value;
  task<T> get_return_object();
  void return_value(T x) { value.emplace(std::move(x)); }
  T take() { return std::move(*value); }
};

template <>
struct promise<void> : promise_base {
  task<void> get_return_object();
  void return_void() {}
  void take() {}
};

} // namespace detail

template <class T = void>
class [[nodiscard]] task {
public:
  using promise_type = detail::promise<T>;
  using handle = std::coroutine_handle<promise_type>;

  explicit task(handle h) : handle_(h) {}
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (handle_)
      handle_.destroy();
  }

  bool await_ready() const { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) {
    handle_.promise().awaiting = awaiting;
    return handle_;
  }
  T await_resume() {
    if (handle_.promise().failure)
      std::rethrow_exception(handle_.promise().failure);
    return handle_.promise().take();
  }

private:
  handle handle_;
};

template <class T>
task<T> detail::promise<T>::get_return_object() {
  return task<T>{std::coroutine_handle<promise>::from_promise(*this)};
}
inline task<void> detail::promise<void>::get_return_object() {
  return task<void>{std::coroutine_handle<promise>::from_promise(*this)};
}

} // namespace charter::load
