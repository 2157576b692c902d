#include "apps/chaos/recorder.hpp"

namespace charter::chaos {

namespace {
constexpr recorder::attempt not_taken = ~recorder::attempt{0};
constexpr std::chrono::milliseconds slack{20}; // times are told in milliseconds, and clocks drift
} // namespace

recorder::attempt recorder::ask(history::operation what) {
  std::lock_guard lock{mutex_};
  ++asked_;
  if (!take())
    return not_taken;
  what.invoked = now();
  what.answered = history::never;
  what.result = history::outcome::unknown;
  what_.operations.push_back(std::move(what));
  return what_.operations.size() - 1;
}

void recorder::answer(attempt which, history::outcome result, std::uint64_t number) {
  auto at = now();
  std::lock_guard lock{mutex_};
  ++answered_;
  if (which == not_taken)
    return;
  auto& op = what_.operations[which];
  op.result = result;
  op.number = number;
  op.answered = at;
}

void recorder::name_sanction(std::span<const attempt> attempts, const std::string& sanction) {
  std::lock_guard lock{mutex_};
  for (auto i : attempts)
    if (i != not_taken)
      what_.operations[i].sanction = sanction;
}

void recorder::add(history::operation what) {
  std::lock_guard lock{mutex_};
  if (take())
    what_.operations.push_back(std::move(what));
}

void recorder::see(history::sighting what) {
  std::lock_guard lock{mutex_};
  if (take())
    what_.sightings.push_back(std::move(what));
}

// -- what ends by itself ----------------------------------------------------------------------

void recorder::ends_by_itself(const std::string& account, const std::string& sanction,
                              std::chrono::system_clock::time_point until) {
  auto left = until - std::chrono::system_clock::now();
  std::lock_guard lock{mutex_};
  ends_.push_back({account, sanction, now() + std::chrono::duration_cast<history::instant>(left)});
}

void recorder::clocks_are(history::instant behind, history::instant ahead) {
  std::lock_guard lock{mutex_};
  clocks_.set(now(), behind, ahead);
}

std::size_t recorder::ending_by_themselves() const {
  std::lock_guard lock{mutex_};
  return ends_.size();
}

/// One that can't have been yet has no time at all; one that needn't have been is unknown.
history::operation recorder::lift_of(const timed_end& end, history::instant now) const {
  history::operation out;
  out.kind = history::operation_kind::lift;
  out.account = end.account;
  out.client = "its time";
  out.sanction = end.sanction;
  out.invoked = clocks_.earliest(end.until - slack, now).value_or(history::never);
  if (auto over = clocks_.latest(end.until + slack, now)) {
    out.answered = *over;
    out.result = history::outcome::ok;
  }
  return out;
}

history::recording recorder::snapshot() const {
  std::lock_guard lock{mutex_};
  auto out = what_;
  for (auto& end : ends_)
    if (auto lift = lift_of(end, now()); lift.invoked != history::never)
      out.operations.push_back(std::move(lift));
  return out;
}

} // namespace charter::chaos
