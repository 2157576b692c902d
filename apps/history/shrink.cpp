#include "apps/history/shrink.hpp"

#include <algorithm>
#include <optional>

namespace charter::history {

namespace {

/// A change of which nothing is known but that it was asked for; nothing if a call only looks.
std::optional<call> forgotten(call c) {
  if (c.only_looks())
    return std::nullopt;
  c.deadline = never;
  c.number = 0;
  return c;
}

class shrinking {
public:
  shrinking(std::span<const call> calls, const account_model& start, const bounds& each, std::size_t trials_max)
      : calls_(calls.begin(), calls.end()), start_(start), each_(each), trials_left_(trials_max),
        known_(calls.size(), true) {
    std::stable_sort(calls_.begin(), calls_.end(), [](const call& a, const call& b) { return a.invoked < b.invoked; });
  }

  core run() {
    cut_off();
    for (auto size = facts() / 2; size > 1; size /= 2)
      drop(size);
    while (drop(1)) // until each was tried in vain: what is needed may change as others go
      continue;
    core out;
    out.until = until_;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (is_fact(i))
        out.facts.push_back(calls_[i]);
      else if (auto rest = forgotten(calls_[i]); rest && rest->invoked <= until_)
        out.possible.push_back(*rest);
    }
    return out;
  }

private:
  bool is_fact(std::size_t i) const { return known_[i] && calls_[i].deadline <= until_ && calls_[i].must_happen(); }

  std::size_t facts() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      count += is_fact(i);
    return count;
  }

  bool is_impossible() {
    std::vector<call> left;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (calls_[i].invoked > until_)
        continue;
      if (is_fact(i))
        left.push_back(calls_[i]);
      else if (auto rest = forgotten(calls_[i]))
        left.push_back(*rest);
    }
    auto within = each_;
    within.trials = std::min(within.trials, trials_left_);
    auto result = linearize(left, start_, within);
    trials_left_ -= std::min(trials_left_, result.trials + left.size());
    return result.found == verdict::impossible;
  }

  /// Finds the earliest answer up to which it is impossible, by halves. Undecided counts as possible: then a later one.
  void cut_off() {
    std::vector<instant> answers;
    for (const auto& c : calls_)
      if (c.must_happen())
        answers.push_back(c.deadline);
    std::sort(answers.begin(), answers.end());
    std::size_t low = 0;
    auto high = answers.size() - 1; // known to be impossible
    while (low < high) {
      const auto middle = low + (high - low) / 2;
      until_ = answers[middle];
      if (is_impossible())
        high = middle;
      else
        low = middle + 1;
    }
    until_ = answers[high];
  }

  /// Drops facts in runs of `size`, from the earliest on. Whether some could go.
  bool drop(std::size_t size) {
    bool gained = false;
    std::vector<std::size_t> run;
    auto try_run = [&] {
      for (auto i : run)
        known_[i] = false;
      if (trials_left_ > 0 && is_impossible())
        gained = true;
      else
        for (auto i : run)
          known_[i] = true;
      run.clear();
    };
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if (is_fact(i))
        run.push_back(i);
      if (run.size() == size)
        try_run();
    }
    if (!run.empty())
      try_run();
    return gained && trials_left_ > 0;
  }

  std::vector<call> calls_;
  account_model start_;
  bounds each_;
  std::size_t trials_left_;
  std::vector<bool> known_;
  instant until_ = never;
};

} // namespace

core shrink(std::span<const call> calls, const account_model& start, const bounds& each, std::size_t trials_max) {
  return shrinking(calls, start, each, trials_max).run();
}

} // namespace charter::history
