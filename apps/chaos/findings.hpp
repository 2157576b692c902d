#pragma once
// What the campaign claims, how often each claim was put to the test, and what spoke against it. Any thread.

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

namespace charter::chaos {

/// In the order in which they are printed; the sentences stand in findings.cpp.
enum class claim { returns, answers, order, gate, refusals, once, streams, speculation, rows, journals };
inline constexpr std::size_t claim_count = 10;

/// Of the history checker's finding.
claim claim_of(int invariant);

class findings {
public:
  /// One look at what a claim says. `otherwise` tells what was found instead.
  void saw(claim about, bool as_claimed, const std::string& otherwise);
  /// Likewise, without a finding.
  void held(claim about) { saw(about, true, {}); }

  /// What was found instead; of each claim the first ones.
  std::vector<std::string> told() const;
  /// But for what is known not to hold.
  bool all_well() const;
  /// For standard output: a line of TAP for each claim. What was never put to the test is skipped, and what is known
  /// not to hold is still to be done.
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

} // namespace charter::chaos
