#include "apps/chaos/clock_ledger.hpp"

#include <algorithm>

namespace charter::chaos {

void clock_ledger::set(instant at, instant behind, instant ahead) { periods_.push_back({at, behind, ahead}); }

std::optional<history::instant> clock_ledger::earliest(instant until, instant now) const {
  for (std::size_t i = 0; i < periods_.size(); ++i) {
    auto& p = periods_[i];
    auto end = i + 1 < periods_.size() ? std::min(periods_[i + 1].from, now) : now;
    auto at = std::max(p.from, until - p.ahead);
    if (at <= end)
      return at;
  }
  return std::nullopt;
}

std::optional<history::instant> clock_ledger::latest(instant until, instant now) const {
  auto out = until;
  for (std::size_t i = 0; i < periods_.size(); ++i) {
    auto& p = periods_[i];
    bool is_last = i + 1 == periods_.size();
    if (p.from < until + p.behind) // within it a clock showed less, to its end or until then
      out = std::max(out, is_last ? until + p.behind : std::min(periods_[i + 1].from, until + p.behind));
  }
  return out <= now ? std::optional{out} : std::nullopt;
}

} // namespace charter::chaos
