#pragma once
// Clients of one node of a cluster: publishers, and subscribers. Each set belongs to a thread of its own while it runs;
// what is counted may be asked from any.

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "bench/cluster_under_test.hpp"

namespace charter::bench {

/// What the owner of an account asks, with so long a text that doesn't compress.
std::string publish_request(const std::string& account, std::size_t text_bytes);

/// Under one command id again and again, for ten seconds at most, while the shard moves (as it may just after etcd was
/// kept busy, or a node has died). Throws when it is refused otherwise.
void publish(chaos::caller& publisher, const std::string& account, const std::string& text);

/// Publishers that have one post under way each, until they are told to stop. A refused one counts for nothing.
class publishers_at {
public:
  /// Waits until all are connected. `text_bytes`: of each post.
  publishers_at(const cluster_under_test& which, std::size_t node, std::size_t count, std::size_t text_bytes);

  void run(const std::atomic<bool>& stop);
  std::size_t acknowledged() const { return acknowledged_; }

private:
  bool ready() const;
  void ask(crowd::member who);
  void on_answer(crowd::member who, std::string_view message);

  crowd all_;
  std::vector<std::string> requests_;
  std::size_t open_ = 0;
  std::vector<crowd::member> refused_; ///< `unavailable`: they ask again after a pause
  bool stopping_ = false;
  std::atomic<std::size_t> acknowledged_{0};
};

/// Subscribers of one account at one node, who listen.
class subscribers_at {
public:
  /// Waits until all are connected.
  subscribers_at(const cluster_under_test& which, std::size_t node, std::size_t count, std::string account);

  void run(const std::atomic<bool>& stop);
  std::size_t heard() const { return heard_; }
  /// When each post came first; to be read when `run` is over.
  const std::vector<std::chrono::steady_clock::time_point>& times() const { return times_; }

private:
  void await(std::size_t listening);
  void on_message(std::string_view message);

  std::string account_;
  std::string listen_;
  crowd all_;
  std::size_t listening_ = 0;
  std::vector<std::chrono::steady_clock::time_point> times_;
  std::atomic<std::size_t> heard_{0};
};

/// Runs each on a thread; the first exception is thrown again when all are done.
template <class Each>
class on_threads {
public:
  explicit on_threads(std::vector<std::unique_ptr<Each>>& all) {
    for (auto& one : all)
      threads_.emplace_back([this, &one] {
        try {
          one->run(stop_);
        } catch (...) {
          std::lock_guard lock{mutex_};
          failure_ = std::current_exception();
        }
      });
  }
  ~on_threads() { end(); }
  void finish() {
    end();
    if (failure_)
      std::rethrow_exception(failure_);
  }

private:
  void end() {
    stop_ = true;
    threads_.clear();
  }
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;
};

} // namespace charter::bench
