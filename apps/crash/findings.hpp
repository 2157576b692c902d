#pragma once
// What the crash test claims, and what spoke against it. Any thread.

#include "apps/tour/claims.hpp"

namespace charter::crash {

/// In the order in which they are printed; the sentences stand in findings.cpp.
enum class claim { serves, journal, posts, messages, own_state, sanctions, gate, once, effects, numbers };
inline constexpr std::size_t claim_count = 10;

class findings : public tour::claims {
public:
  findings();
  /// As tour::claims.
  void saw(claim about, bool as_claimed, const std::string& otherwise) {
    claims::saw(static_cast<std::size_t>(about), as_claimed, otherwise);
  }
};

} // namespace charter::crash
