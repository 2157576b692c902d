#include "apps/chaos/findings.hpp"

#include <algorithm>
#include <string_view>

namespace charter::chaos {

namespace {

constexpr std::size_t told_max = 5; // of each claim

/// An owner that was replaced and doesn't know so yet refuses by what it knew last: docs/RELIABILITY.md.
constexpr claim known_not_to_hold = claim::refusals;

constexpr std::array<std::string_view, claim_count> sentences{
    "after each fault all nodes and members are back, and every account and every node takes writes",
    "commands are accepted, or refused by a sanction, and none stays without an answer once all is healed",
    "one order explains what accounts answered: nothing acknowledged is lost [I1]",
    "no post is accepted under an acknowledged suspension [I2]",
    "no post is refused unless a suspension is in force",
    "a command that was asked again through another node took effect once [I3]",
    "streams have no hole and no repeat, pushed or asked for, across pauses, deaths and reconnects [I4]",
    "nobody saw a post before it was asked for [I14]",
    "in the end all nodes show the same posts and followers [I3]",
    "stopped in order, the three journals are sound and equal [I5]",
};

} // namespace

claim claim_of(int invariant) {
  switch (invariant) {
    case 2: return claim::gate;
    case 3: return claim::once;
    case 4: return claim::streams;
    case 14: return claim::speculation;
    default: return claim::order;
  }
}

void findings::saw(claim about, bool as_claimed, const std::string& otherwise) {
  std::lock_guard lock{mutex_};
  auto& r = records_[static_cast<std::size_t>(about)];
  ++r.seen;
  if (as_claimed)
    return;
  ++r.missed;
  if (r.told.size() < told_max)
    r.told.push_back(otherwise);
}

std::vector<std::string> findings::told() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> out;
  for (auto& r : records_) {
    out.insert(out.end(), r.told.begin(), r.told.end());
    if (r.missed > r.told.size())
      out.push_back("and " + std::to_string(r.missed - r.told.size()) + " more like the last");
  }
  return out;
}

bool findings::all_well() const {
  std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < claim_count; ++i)
    if (records_[i].missed > 0 && static_cast<claim>(i) != known_not_to_hold)
      return false;
  return true;
}

std::string findings::tap() const {
  std::lock_guard lock{mutex_};
  std::string out;
  for (std::size_t i = 0; i < claim_count; ++i) {
    auto& r = records_[i];
    out += (r.missed == 0 ? "ok - chaos: " : "not ok - chaos: ") + std::string{sentences[i]};
    if (r.seen == 0)
      out += " # SKIP it didn't come up";
    else if (r.missed > 0 && static_cast<claim>(i) == known_not_to_hold)
      out += " # TODO refusals aren't confirmed against the claim";
    out += '\n';
  }
  return out;
}

} // namespace charter::chaos
