#include "apps/chaos/recovery.hpp"

#include <algorithm>

namespace charter::chaos {

using history::instant;

void recovery::answered(std::size_t account, std::size_t node, bool accepted, instant invoked, instant answered) {
  std::lock_guard lock{mutex_};
  if (accepted && invoked >= fault_ && !first_[account])
    first_[account] = answered - fault_;
  if (invoked >= over_)
    through_[account][node] = true;
}

void recovery::fault_begins(instant at) {
  std::lock_guard lock{mutex_};
  fault_ = at;
  over_ = history::never;
  std::ranges::fill(first_, std::nullopt);
}

void recovery::fault_is_over(instant at) {
  std::lock_guard lock{mutex_};
  over_ = at;
  for (auto& nodes : through_)
    std::fill(nodes.begin(), nodes.end(), false);
}

std::optional<instant> recovery::after_fault(std::size_t account) const {
  std::lock_guard lock{mutex_};
  return first_[account];
}

bool recovery::every_account() const {
  std::lock_guard lock{mutex_};
  return std::ranges::all_of(through_, [](auto& nodes) { return std::ranges::count(nodes, true) > 0; });
}

bool recovery::every_node() const {
  std::lock_guard lock{mutex_};
  for (std::size_t node = 0; node < through_.front().size(); ++node)
    if (std::ranges::none_of(through_, [&](auto& nodes) { return nodes[node]; }))
      return false;
  return true;
}

std::optional<instant> median(std::vector<instant> of) {
  if (of.empty())
    return std::nullopt;
  std::ranges::sort(of);
  return of[of.size() / 2];
}

} // namespace charter::chaos
