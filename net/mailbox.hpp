#pragma once
// What other threads ask of an I/O thread, in order.
//
// Any thread puts, the owning thread takes. The owner is woken once per empty-to-non-empty, which is what makes it
// cheap (see the measured facts on the Asio bridge). Bounded: `put_bounded` answers false when it is full (I12).

#include <functional>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "net/counters.hpp"
#include "net/server.hpp"

namespace charter::net {

struct send_task {
  session_number to;
  shared_frame message;
};
struct publish_task {
  push what;
  std::shared_ptr<const std::vector<session_number>> to;
};
struct close_task {
  session_number session;
  std::uint16_t code;
  std::string reason;
};
struct respond_task {
  session_number connection;
  std::uint64_t request;
  http_response response;
};
struct adopt_task {
  int descriptor;
  std::string address;
  bool tls;
};
struct run_task {
  std::function<void()> run;
};
using io_task = std::variant<send_task, publish_task, close_task, respond_task, adopt_task, run_task>;

class io_thread;

class mailbox {
public:
  mailbox(io_thread& owner, std::function<void()> wake, std::size_t tasks_max, counters& counts)
      : owner_(owner), wake_(std::move(wake)), tasks_max_(tasks_max), counts_(counts) {}

  /// False when full or closed.
  bool put_bounded(io_task task) { return put(std::move(task), tasks_max_); }
  /// For tasks that are bounded elsewhere (one per connection or request). False when closed.
  bool put(io_task task) { return put(std::move(task), SIZE_MAX); }

  std::vector<io_task> take() {
    std::lock_guard lock(mutex_);
    auto taken = std::exchange(tasks_, {});
    counts_.sub(counter::mailbox_tasks, taken.size());
    return taken;
  }

  /// The owner is about to go: whatever comes later is refused.
  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }

  void belongs_to(std::thread::id thread) { owner_thread_ = thread; }
  /// The owner, if this is its thread; null elsewhere.
  io_thread* owner_here() const { return std::this_thread::get_id() == owner_thread_ ? &owner_ : nullptr; }

private:
  bool put(io_task task, std::size_t tasks_max) {
    std::lock_guard lock(mutex_);
    if (closed_ || tasks_.size() >= tasks_max) {
      counts_.add(counter::mailbox_refused);
      return false;
    }
    tasks_.push_back(std::move(task));
    counts_.add(counter::mailbox_tasks);
    // Under the lock, so that nobody wakes an owner that is gone.
    if (tasks_.size() == 1)
      wake_();
    return true;
  }

  io_thread& owner_;
  std::function<void()> wake_;
  std::size_t tasks_max_;
  counters& counts_;
  std::atomic<std::thread::id> owner_thread_{};
  std::mutex mutex_;
  std::vector<io_task> tasks_;
  bool closed_ = false;
};

} // namespace charter::net
