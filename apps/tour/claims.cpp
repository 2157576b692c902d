#include "apps/tour/claims.hpp"

#include <algorithm>

namespace charter::tour {

namespace {
constexpr std::size_t told_max = 5; // of each claim
}

void claims::saw(std::size_t about, bool as_claimed, const std::string& otherwise) {
  std::lock_guard lock{mutex_};
  auto& r = records_.at(about);
  ++r.seen;
  if (as_claimed)
    return;
  ++r.missed;
  if (r.told.size() < told_max)
    r.told.push_back(otherwise);
}

std::vector<std::string> claims::told() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> out;
  for (auto& r : records_) {
    out.insert(out.end(), r.told.begin(), r.told.end());
    if (r.missed > r.told.size())
      out.push_back("and " + std::to_string(r.missed - r.told.size()) + " more like the last");
  }
  return out;
}

bool claims::all_well() const {
  std::lock_guard lock{mutex_};
  return std::ranges::all_of(records_, [](auto& r) { return r.missed == 0; });
}

std::string claims::tap() const {
  std::lock_guard lock{mutex_};
  std::string out;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto& r = records_[i];
    out += (r.missed == 0 ? "ok - " : "not ok - ") + std::string{test_} + ": " + std::string{all_[i]};
    if (r.seen == 0)
      out += " # SKIP it didn't come up";
    out += '\n';
  }
  return out;
}

} // namespace charter::tour
