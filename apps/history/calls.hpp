#pragma once
// From a recording to the calls that have to be put in order: attempts under one command id become one call [I3], and
// what subscribers saw says more about publishes whose answer was lost.

#include <map>
#include <string>
#include <vector>

#include "apps/history/account_model.hpp"
#include "apps/history/recording.hpp"

namespace charter::history {

/// Something that must not be.
struct finding {
  int invariant = 0; ///< of docs/ARCHITECTURE.md
  std::string account;
  std::string text; ///< a sentence, perhaps with lines of evidence below
};

struct account_calls {
  account_model start{0, {}, {}};
  std::vector<call> posts;     ///< publish, suspend, lift, and reads of the last number
  std::vector<call> followers; ///< subscribe, unsubscribe, and reads of the count
};

/// By account. What contradicts itself before any order is looked for becomes a finding.
std::map<std::string, account_calls> calls_of(const recording& what, std::vector<finding>& findings);

} // namespace charter::history
