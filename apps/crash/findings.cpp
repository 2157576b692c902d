#include "apps/crash/findings.hpp"

#include <algorithm>
#include <string_view>

namespace charter::crash {

namespace {

constexpr std::size_t told_max = 5; // of each claim

constexpr std::array<std::string_view, claim_count> sentences{
    "after each kill the server starts again, is healthy, and takes commands",
    "after each kill the journal is sound (charter journal verify)",
    "an acknowledged post is there, under its number and with its words [I1]",
    "an acknowledged chat message is there, under its number and with its words [I1]",
    "sessions, subscriptions and profiles are as last acknowledged [I1]",
    "an acknowledged sanction stands, and one whose lifting is acknowledged is lifted [I1]",
    "no post gets past an acknowledged limit or suspension, whether the server was killed or not [I2]",
    "a command that is asked again takes effect once, with the answer of the first time [I3]",
    "followers are counted once and the sanctioned are told once, whatever was cut short [I3]",
    "posts, messages and notices are numbered without a hole or a repeat [I4]",
};

} // namespace

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
  return std::ranges::all_of(records_, [](const record& r) { return r.missed == 0; });
}

std::string findings::tap() const {
  std::lock_guard lock{mutex_};
  std::string out;
  for (std::size_t i = 0; i < claim_count; ++i) {
    auto& r = records_[i];
    out += (r.missed == 0 ? "ok - crash: " : "not ok - crash: ") + std::string{sentences[i]};
    out += r.seen == 0 ? " # SKIP it didn't come up\n" : "\n";
  }
  return out;
}

} // namespace charter::crash
