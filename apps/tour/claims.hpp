#pragma once
// What a test claims, how often each claim was put to the test, and what spoke against it: for tests that look at the
// same things over and over, from many threads.
//
// Any thread may report. Nothing is printed before it is asked for.

#include <cstddef>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace charter::tour {

class claims {
public:
  /// `test`: its name in the TAP; `all`: a sentence for each claim, which goes by its place. Both outlive this.
  claims(std::string_view test, std::span<const std::string_view> all) : test_(test), all_(all), records_(all.size()) {}

  /// One look at what a claim says. `otherwise` tells what was found instead.
  void saw(std::size_t about, bool as_claimed, const std::string& otherwise);

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
  std::string_view test_;
  std::span<const std::string_view> all_;
  mutable std::mutex mutex_;
  std::vector<record> records_;
};

} // namespace charter::tour
