#pragma once
// A moderator who warns, limits and suspends one account, and lifts it again, while its owner publishes all the time.
//
// What is checked needs no common clock: from the answer that a limit or suspension holds until its lifting is sent,
// the account's last number must not move, and the owner who tries is refused (I2). A kill in between changes nothing.

#include <map>

#include "apps/crash/stream.hpp"

namespace charter::crash {

/// The owner, for whom being refused as sanctioned is no surprise.
class sanctioned_writer : public stream_writer {
public:
  using stream_writer::stream_writer;
  /// How many notices there are about each sanction (by its id without the prefix). Their numbers are checked on the
  /// way.
  std::map<std::string, int> notices();

protected:
  void refused(const command& what, const refusal& why) override;
};

class moderator : public writer {
public:
  moderator(scene& where, tour::person who, std::uint64_t seed, std::string account, sanctioned_writer& owner)
      : writer(where, std::move(who), seed), account_(std::move(account)), owner_(owner) {}

  /// Before each round: whether, after a few steps, a suspension is to stay until the server is killed.
  void begin_round(bool holds);
  void check() override;
  /// Once nothing is open any more: whether the owner may publish is as acknowledged, and each step was told once.
  void check_settled();

protected:
  std::optional<command> next(generator& random) override;
  void acknowledged(const command& what, const json& answer) override;
  std::chrono::milliseconds pause(generator& random) override;

private:
  struct sanction {
    std::string id;
    std::string step;
    bool lifted = false;
  };
  /// An account that may not publish: where it stood when that was acknowledged.
  struct standstill {
    std::uint64_t posts = 0;
    std::chrono::sys_days day; ///< a limit allows for more on the next one
  };
  const sanction* in_force() const { return imposed_.empty() || imposed_.back().lifted ? nullptr : &imposed_.back(); }
  bool stops_posts() const { return in_force() && in_force()->step != "warn"; }
  command impose();
  std::optional<std::uint64_t> posts();
  void begin_standstill();
  void check_standstill();
  void check_sanction(const sanction& s);
  void check_gate();
  void check_told();

  std::string account_;
  sanctioned_writer& owner_;
  std::vector<sanction> imposed_; ///< only the last one can be in force
  std::optional<standstill> still_;
  bool holds_ = false;
  int steps_ = 0; ///< in this round
};

} // namespace charter::crash
