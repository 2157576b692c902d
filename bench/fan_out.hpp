#pragma once
// Posts to many subscribers, and when each of them has come to each: what fan-out is measured with, whatever the
// server.
//
// A dialect says how clients of one kind of server talk. A post counts as delivered with the last byte of its frame,
// and the next one leaves when all subscribers have one, or at its time. One thread.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/crowd.hpp"

namespace charter::bench {

class dialect {
public:
  virtual ~dialect() = default;

  virtual crowd::upgrade subscriber(std::size_t number) const = 0;
  virtual crowd::upgrade publisher() const = 0;
  /// The upgrade was answered: says what has to be said. True when no answer is needed.
  virtual bool greet(crowd& all, crowd::member who, bool publishes) = 0;
  struct heard {
    bool ready = false;    ///< the greeting is over
    std::size_t posts = 0; ///< that are whole with this message
  };
  /// Throws std::runtime_error when the server refuses something, or skips posts.
  virtual heard hear(crowd& all, crowd::member who, bool publishes, std::string_view message) = 0;
  /// Sends so many posts off.
  virtual void publish(crowd& all, std::span<const crowd::member> publishers, std::size_t count) = 0;
};

class fan_out {
public:
  using clock = std::chrono::steady_clock;

  /// Connects everybody, and waits until all are ready. Throws std::runtime_error when that takes too long.
  fan_out(crowd::server where, dialect& how, std::size_t subscribers, std::size_t publishers);

  struct arrival {
    std::size_t post; ///< of this run, from 0
    clock::time_point at;
  };
  struct outcome {
    double seconds = 0;
    std::size_t deliveries = 0;
    std::size_t bytes = 0;                    ///< of payload, of all deliveries
    std::vector<clock::time_point> published; ///< by post: when it was due
    std::vector<arrival> arrivals;            ///< of runs at a rate
  };

  /// So many posts are under way all the time; with 1, each waits until everybody has the one before.
  outcome in_flight(std::size_t posts, std::size_t window);
  /// Posts leave at fixed times, whatever has become of those before.
  outcome at_rate(std::size_t posts, std::chrono::milliseconds between);
  /// Nothing is published; pings are answered.
  void idle(std::chrono::seconds length);

private:
  void await_ready(std::size_t count);
  void on_message(crowd::member who, std::string_view message);
  void begin(std::size_t posts, bool keeps_arrivals);
  void publish(std::size_t count);
  void turn(std::chrono::milliseconds wait);
  outcome finish();

  crowd all_;
  dialect& how_;
  std::size_t subscribers_;
  std::vector<crowd::member> publishers_; ///< after the subscribers
  std::size_t ready_ = 0;
  std::vector<std::size_t> heard_;   ///< by subscriber, posts of this run
  std::vector<std::size_t> arrived_; ///< by post, subscribers who have it
  std::size_t complete_ = 0;         ///< posts that all have
  bool keeps_arrivals_ = false;
  clock::time_point began_;
  clock::time_point last_event_;
  outcome run_;
};

} // namespace charter::bench
