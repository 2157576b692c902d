#pragma once
// Everybody who works at the same time, and what is looked at when all is quiet.

#include <memory>
#include <thread>

#include "apps/chaos/cast.hpp"
#include "apps/chaos/follower.hpp"

namespace charter::chaos {

inline constexpr std::size_t moderated_accounts = 2; ///< the first ones; the others may be written to all the time

struct final_counts {
  std::uint64_t posts = 0; ///< that a node shows
  std::uint64_t acknowledged = 0;
  std::uint64_t lost = 0;       ///< acknowledged, and not there under its number
  std::uint64_t duplicated = 0; ///< one command, several numbers
};

class load {
public:
  /// `short_suspensions`: the charter allows some of seconds.
  load(scene& where, const cast& who, std::uint64_t seed, bool short_suspensions);
  ~load() { end(); }

  void begin();
  /// Nobody begins anything any more; returns when nothing is open.
  void end();
  /// After `end`: every node shows the same, and followers have everything. Recorded as well.
  final_counts look_when_quiet();

private:
  using numbers = std::map<std::string, std::uint64_t>;
  struct shown {
    std::uint64_t posts = 0;
    std::uint64_t followers = 0;
    friend bool operator==(const shown&, const shown&) = default;
  };
  std::optional<shown> show(const std::string& account, std::size_t node);
  std::optional<shown> at_rest(const std::string& account);
  void read_all(const std::string& account, std::uint64_t last, std::size_t node, final_counts& counts);
  void compare(const std::string& account, const std::vector<std::string>& commands, const std::string& where,
               final_counts& counts);

  scene& scene_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<follower*> followers_;
  std::vector<std::thread> threads_;
  std::map<std::string, std::map<std::uint64_t, std::string>> acknowledged_; ///< by account and number: the command
};

} // namespace charter::chaos
