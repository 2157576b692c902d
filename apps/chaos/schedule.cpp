#include "apps/chaos/schedule.hpp"

#include <algorithm>

#include "domain/result.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

struct named {
  std::string_view name;
  std::string_view text;
  std::chrono::milliseconds least; ///< of its length
  std::chrono::milliseconds most;
};

// A link that is silent is given up after 1.5 to 2 s, a lease after 5 s, and by who hears nothing after 10 s: faults
// end before, between and after.
constexpr named names[] = {
    {"kill-node", "node killed", 500ms, 3'000ms},
    {"kill-member", "etcd's member killed", 500ms, 3'000ms},
    {"kill-leader", "etcd's leader killed", 500ms, 3'000ms},
    {"pause-owner", "owner paused", 2'000ms, 8'000ms},
    {"pause-follower", "follower paused", 2'000ms, 8'000ms},
    {"pause-leader", "etcd's leader paused", 2'000ms, 6'000ms},
    {"cut-leader", "etcd's leader cut off", 2'000ms, 6'000ms},
    {"cut-etcd", "owner cut off from etcd", 2'000ms, 8'000ms},
    {"cut-answers", "etcd's answers cut off", 2'000ms, 12'000ms},
    {"cut-links", "owner's links cut off", 2'000ms, 8'000ms},
    {"delay", "owner's network slow", 2'000ms, 6'000ms},
    {"lose-directory", "owner's directory lost", 500ms, 3'000ms},
    {"fill-disk", "owner's disk full", 2'000ms, 8'000ms},
    {"jump-clock", "owner's clock ahead", 2'000ms, 6'000ms},
    {"clock-behind", "owner's clock behind", 3'000ms, 6'000ms},
    {"upgrade", "owner's version changed", 500ms, 2'000ms},
};
static_assert(std::size(names) == faults.size());

// A clock that is set back makes waits of gRPC late by as much (docs/RELIABILITY.md), so it is by no more than a round
// takes.
constexpr std::uint64_t seconds_ahead_max = 20;
constexpr std::uint64_t seconds_behind_max = 10;

const named& of(fault what) { return names[static_cast<std::size_t>(what)]; }

} // namespace

std::string_view to_text(fault what) { return of(what).text; }
std::string_view to_name(fault what) { return of(what).name; }

std::optional<fault> parse_fault(std::string_view name) {
  for (auto what : faults)
    if (to_name(what) == name)
      return what;
  return std::nullopt;
}

loss loss_of(const round_plan& plan) {
  using enum fault;
  bool cuts = plan.what == cut_leader || plan.what == cut_etcd || plan.what == cut_answers || plan.what == cut_links;
  return cuts ? static_cast<loss>((plan.pick >> 24) % 3) : loss::none;
}

std::string_view to_text(loss how) {
  switch (how) {
    case loss::none: break;
    case loss::silent: return "lost";
    case loss::by_reset: return "lost by resets";
  }
  return {};
}

std::chrono::seconds jump_of(const round_plan& plan) {
  auto up_to = [&](std::uint64_t most) { return std::chrono::seconds{1 + (plan.pick >> 16) % most}; };
  switch (plan.what) {
    case fault::jump_clock: return up_to(seconds_ahead_max);
    case fault::clock_behind: return -up_to(seconds_behind_max);
    default: return {};
  }
}

schedule::schedule(std::uint64_t seed, std::vector<fault> among) : random_(seed), among_(std::move(among)) {
  CHARTER_ASSERT(!among_.empty());
}

std::chrono::milliseconds schedule::between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  return least + std::chrono::milliseconds{below(static_cast<std::uint64_t>((most - least).count()) + 1)};
}

round_plan schedule::next() {
  if (left_.empty()) {
    left_ = among_;
    for (auto i = left_.size(); i > 1; --i)
      std::swap(left_[i - 1], left_[below(i)]);
  }
  round_plan out;
  out.what = left_.back();
  left_.pop_back();
  out.lead = between(500ms, 1'500ms);
  out.length = between(of(out.what).least, of(out.what).most);
  out.pick = random_();
  return out;
}

} // namespace charter::chaos
