#pragma once
// Followers as the protocol wants them: each knows which posts it has, asks for what it was not sent, and comes back
// when its connection is lost. One of them more publishes at fixed times.
//
// Everything happens in `turn`, on one thread.

#include <map>
#include <queue>
#include <random>
#include <set>

#include "bench/crowd.hpp"
#include "bench/own_charterd.hpp"

namespace charter::bench {

class followers {
public:
  using clock = std::chrono::steady_clock;
  struct settings {
    std::size_t count = 0;
    std::size_t text_bytes = 200;
    std::size_t segment_bytes = 0; ///< see crowd::server
  };

  /// Connects all; they listen then.
  followers(const own_charterd& server, settings s);

  /// From now on, one post after the other.
  void publish_every(std::chrono::milliseconds between);
  void publish_no_more() { between_ = {}; }
  /// Waits for what happens or is due next, at most for a moment.
  void turn();

  /// Reads nothing until it is resumed.
  void pause(std::size_t who) { all_.pause(who); }
  void resume(std::size_t who) { all_.resume(who); }
  /// Its connection breaks now; it comes back at that time, and again later as long as it is refused.
  void lose(std::size_t who, clock::time_point back);

  std::size_t count() const { return known_.size(); }
  /// Those who listen, and have had all posts once since they came.
  std::size_t present() const { return present_; }
  /// Posts that were published, and that it doesn't have.
  std::uint64_t missing(std::size_t who) const { return published_ - known_[who].up_to - known_[who].beyond.size(); }
  /// Posts are numbered from 1.
  std::uint64_t published() const { return published_; }
  clock::time_point due(std::uint64_t number) const { return due_[number - 1]; }
  /// Connections that were refused or lost without `lose`.
  std::size_t refused() const { return refused_; }
  /// Posts that somebody had to ask for.
  std::uint64_t asked_for() const { return asked_for_; }

  /// A live push has come.
  std::function<void(std::size_t who, std::uint64_t number, clock::time_point at)> arrived;

private:
  struct knowledge {
    bool listening = false;
    bool present = false;
    bool asking = false;
    std::uint64_t heard_of = 0;     ///< the highest number
    std::uint64_t up_to = 0;        ///< it has all posts up to this one
    std::set<std::uint64_t> beyond; ///< and these
  };

  void on_opened(crowd::member who);
  void on_message(crowd::member who, std::string_view message);
  void learn(std::size_t who, std::uint64_t number);
  void catch_up(std::size_t who, std::uint64_t number);
  void publish();

  const own_charterd& server_;
  crowd all_;
  std::string listen_, publish_;
  std::vector<knowledge> known_;
  std::vector<crowd::member> publishers_;
  std::size_t present_ = 0;
  std::uint64_t published_ = 0; ///< sent off
  std::vector<clock::time_point> due_;
  std::chrono::milliseconds between_{0};
  clock::time_point next_post_;
  using return_time = std::pair<clock::time_point, std::size_t>;
  std::priority_queue<return_time, std::vector<return_time>, std::greater<>> away_;
  std::mt19937 random_{1};
  std::size_t refused_ = 0;
  std::uint64_t asked_for_ = 0;
};

/// Turns until that holds. Throws std::runtime_error if it takes longer than `patience`.
template <class Condition>
void turn_until(followers& all, std::chrono::seconds patience, const std::string& what, Condition holds) {
  auto until = followers::clock::now() + patience;
  while (!holds()) {
    if (followers::clock::now() > until)
      throw std::runtime_error(what + " took more than " + std::to_string(patience.count()) + " s");
    all.turn();
  }
}

} // namespace charter::bench
