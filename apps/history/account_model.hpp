#pragma once
// An account as one who asks one thing at a time would find it: the sequential model that a history has to agree with.
//
//   publish      outside a suspension: accepted, and gets the next number; under one: refused
//   suspend      in force from here on (several may be at once)
//   lift         ends one that is in force; refused otherwise
//   subscribe    one follower more, or none if it follows already; unsubscribe likewise
//   read         the last number; the count of followers
//
// Posts and followers don't touch each other, so an account is two objects, and by the locality of linearizability
// (Herlihy and Wing 1990, theorem 1) each is checked for itself.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "apps/history/recording.hpp"

namespace charter::history {

/// What may have taken effect once between two moments: an operation with all its attempts and all that is known of it.
struct call {
  enum class kind : std::uint8_t {
    publish,
    suspend,
    lift,
    subscribe,
    unsubscribe,
    join, ///< subscribe of somebody who asks for nothing else: one follower more, whoever it is
    // These only look:
    publish_refused,
    lift_refused,
    read_posts,     ///< exactly `number`
    read_followers, ///< likewise
    seen,           ///< somebody had post `number`, so there were as many by then
  };
  kind what = kind::publish;
  instant invoked{0};
  instant deadline = never;  ///< took effect by then; `never`: took effect some time or not at all
  std::uint64_t number = 0;  ///< of the post or read; 0 of a publish: any
  std::uint32_t subject = 0; ///< which sanction, or which follower
  std::size_t source = none; ///< index of a recording's operation, or of its sighting if `seen`

  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  bool must_happen() const { return deadline != never; }
  bool only_looks() const { return what >= kind::publish_refused; }
};

/// Stands for a set, or a state: different ones have different 128 bits, but for a chance of 10^-27 in a million.
struct fingerprint {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  enum class of : std::uint64_t { call, sanction, follower, posts, followers };
  static fingerprint make(of what, std::uint64_t number);
  /// Adds an element to a set, or takes it out.
  fingerprint& operator^=(const fingerprint& x);
  friend bool operator==(const fingerprint&, const fingerprint&) = default;
};

class account_model {
public:
  enum class effect : std::uint8_t {
    impossible, ///< the model answers something else
    none,       ///< answers this, and stays as it is
    change,
  };

  account_model(std::uint64_t posts, std::vector<bool> in_force, std::vector<bool> following);

  effect apply(const call& c);
  /// Takes the last `change` back.
  void undo(const call& c);

  std::uint64_t posts() const { return posts_; }
  std::uint64_t suspensions() const { return suspensions_; }
  bool is_in_force(std::uint32_t sanction) const { return in_force_[sanction]; }
  /// Of the whole state, as far as it differs from the start.
  fingerprint state() const;

private:
  effect set_sanction(std::uint32_t which, bool to);
  effect set_follower(std::uint32_t who, bool to);

  std::uint64_t posts_ = 0;
  std::vector<bool> in_force_;
  std::uint64_t suspensions_ = 0;
  std::vector<bool> following_;
  std::uint64_t followers_ = 0;
  fingerprint flipped_; ///< sanctions and followers that are not as they were at the start
};

} // namespace charter::history
