#pragma once
// What the campaign claims, and what spoke against it. Any thread.

#include "apps/tour/claims.hpp"

namespace charter::chaos {

/// In the order in which they are printed; the sentences stand in findings.cpp.
enum class claim { faults, returns, answers, order, gate, once, streams, speculation, rows, healed, journals, tables };
inline constexpr std::size_t claim_count = 12;

/// Of the history checker's finding.
claim claim_of(int invariant);

class findings : public tour::claims {
public:
  findings();
  /// As tour::claims.
  void saw(claim about, bool as_claimed, const std::string& otherwise) {
    claims::saw(static_cast<std::size_t>(about), as_claimed, otherwise);
  }
  /// Likewise, without a finding.
  void held(claim about) { saw(about, true, {}); }
};

} // namespace charter::chaos
