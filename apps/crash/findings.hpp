#pragma once
// What the crash test claims, how often each claim was put to the test, and what spoke against it.
//
// Any thread may report. Nothing is printed before it is asked for.

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace charter::crash {

/// In the order in which they are printed; the sentences stand in findings.cpp.
enum class claim { serves, journal, posts, messages, own_state, sanctions, gate, once, effects, numbers };
inline constexpr std::size_t claim_count = 10;

class findings {
public:
  /// One look at what a claim says. `otherwise` tells what was found instead.
  void saw(claim about, bool as_claimed, const std::string& otherwise);

  /// What was found instead, one line each; of each claim the first ones, since one loss often shows in many places.
  std::vector<std::string> told() const;
  bool all_well() const;
  /// For standard output: a line of TAP for each claim. What was never put to the test is skipped.
  std::string tap() const;

private:
  struct record {
    std::size_t seen = 0;
    std::size_t missed = 0;
    std::vector<std::string> told;
  };
  mutable std::mutex mutex_;
  std::array<record, claim_count> records_{};
};

} // namespace charter::crash
