#include "apps/chaos/recorder.hpp"

namespace charter::chaos {

namespace {
constexpr recorder::attempt not_taken = ~recorder::attempt{0};
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

history::recording recorder::snapshot() const {
  std::lock_guard lock{mutex_};
  return what_;
}

} // namespace charter::chaos
