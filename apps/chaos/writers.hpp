#pragma once
// Who changes something: editors who publish, a moderator who suspends and lifts, readers who come and go. And one who
// looks.

#include "apps/chaos/worker.hpp"

namespace charter::chaos {

/// One of several who post to the same account. Who is patient still listens when a node that was paused wakes, and
/// hears what it says then.
class publisher : public worker {
public:
  publisher(scene& where, const member_of_cast& who, std::size_t home, std::uint64_t seed, std::size_t account,
            bool is_patient)
      : worker(where, who, home, seed, is_patient), account_(account) {}
  void work() override;

private:
  std::size_t account_;
};

/// Suspends one account and lifts it again, all the time; or suspends it for some seconds, which nobody lifts. In the
/// end nothing is in force.
class moderator : public worker {
public:
  /// `may_be_short`: the charter allows suspensions of seconds.
  moderator(scene& where, const member_of_cast& who, std::size_t home, std::uint64_t seed, std::size_t account,
            bool may_be_short)
      : worker(where, who, home, seed), account_(account), may_be_short_(may_be_short) {}
  void work() override;

private:
  carried_out suspend(std::chrono::milliseconds length);
  void suspend_for_a_while();
  void suspend_and_lift();
  void lift(const std::string& sanction);

  std::size_t account_;
  bool may_be_short_;
};

/// Follows accounts and leaves them, at random.
class joiner : public worker {
public:
  using worker::worker;
  void work() override;
};

/// Asks one node after the other how many posts there are. A node shows what it has folded, which may be behind: so
/// what it says is recorded as seen, and not as the number of that moment.
class onlooker : public worker {
public:
  using worker::worker;
  void work() override;
};

/// The operation that a command is recorded as.
history::operation operation_on(history::operation_kind kind, const std::string& account);

} // namespace charter::chaos
