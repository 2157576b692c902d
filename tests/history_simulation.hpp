#pragma once
// An account with many clients at once, under a seed: everybody asks, waits and gives up at random; answers get lost,
// and what was given up may still take effect later. It is correct, unless it is told to break one thing once.

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "apps/history/recording.hpp"

namespace charter::history_test {

using namespace charter::history;

enum class fault {
  none,
  accepts_under_suspension,
  refuses_without_suspension,
  loses_acknowledged_post,
  gives_number_twice,
  skips_number,
  reads_stale,
  counts_wrong,
  applies_repeat_again,
  hides_item,
  repeats_item,
};

class simulation {
public:
  simulation(std::uint64_t seed, fault wrong) : random_(seed), wrong_(wrong) {
    if (wrong == fault::refuses_without_suspension)
      loss_ = 0; // a suspension without an answer would excuse the refusal
    listen("always", 0);
  }

  recording run(int steps) {
    const auto break_at = below(steps / 2) + steps / 4;
    for (int i = 0; i < steps; ++i) {
      if (i == break_at)
        break_something();
      step();
    }
    for (auto& open : open_)
      record(open.what, outcome::unknown);
    open_.clear();
    while (deliver())
      continue;
    for (auto& [subscriber, cursor] : cursors_)
      see(sighting_kind::quiet, subscriber);
    return std::move(out_);
  }

private:
  struct attempt {
    operation what;
    bool applied = false;
  };

  int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  bool chance(double p) { return std::bernoulli_distribution(p)(random_); }
  instant tick() { return now_ += std::chrono::microseconds{1 + below(100)}; }

  void step() {
    switch (below(6)) {
      case 0:
      case 1:
        if (open_.size() < 6)
          open_.push_back({ask(), false});
        break;
      case 2:
        if (!open_.empty())
          apply(open_[std::size_t(below(int(open_.size())))]);
        break;
      case 3: finish_one(); break;
      case 4:
        if (!given_up_.empty() && chance(0.3))
          apply(given_up_[std::size_t(below(int(given_up_.size())))]);
        break;
      case 5:
        if (cursors_.size() < 4 && chance(0.05))
          listen("subscriber-" + std::to_string(cursors_.size()), posts_.size());
        deliver();
        break;
    }
  }

  // -- asking ------------------------------------------------------------------------------

  operation make(operation_kind kind) {
    operation op;
    op.kind = kind;
    op.account = "acc";
    op.client = "client-" + std::to_string(below(8));
    op.invoked = tick();
    if (kind != operation_kind::read)
      op.command = "command-" + std::to_string(++commands_);
    if (kind == operation_kind::suspend)
      sanctions_.push_back(op.sanction = "sanction-" + std::to_string(sanctions_.size() + 1));
    return op;
  }

  operation ask() {
    if (!given_up_.empty() && chance(0.3)) { // once more, under the same id
      auto again = given_up_[std::size_t(below(int(given_up_.size())))].what;
      if (again.kind == operation_kind::publish) {
        again.invoked = tick();
        again.number = 0;
        return again;
      }
    }
    const auto dice = below(20);
    if (dice < 10)
      return make(operation_kind::publish);
    if (dice < 13)
      return make(operation_kind::read);
    if (dice < 15)
      return make(operation_kind::subscribe);
    if (dice < 16)
      return make(operation_kind::unsubscribe);
    if (dice < 17)
      return make(operation_kind::suspend);
    if (sanctions_.empty())
      return make(operation_kind::read);
    auto lift = make(operation_kind::lift);
    lift.sanction = sanctions_[std::size_t(below(int(sanctions_.size())))];
    return lift;
  }

  void finish_one() {
    if (open_.empty())
      return;
    const auto i = std::size_t(below(int(open_.size())));
    auto done = open_[i];
    if (!done.applied && !chance(loss_))
      return;
    open_.erase(open_.begin() + std::ptrdiff_t(i));
    if (!done.applied || chance(loss_)) {
      record(done.what, outcome::unknown);
      given_up_.push_back(done);
    } else {
      done.what.answered = tick();
      record(done.what, done.what.result);
    }
  }

  void record(operation op, outcome result) {
    op.result = result;
    if (result == outcome::unknown) {
      op.answered = never;
      op.number = 0;
      op.posts = op.followers = std::nullopt;
    }
    out_.operations.push_back(std::move(op));
  }

  // -- the account -------------------------------------------------------------------------

  void apply(attempt& a) {
    if (!std::exchange(a.applied, true))
      answer(a.what);
  }

  void answer(operation& op) {
    op.result = outcome::ok;
    switch (op.kind) {
      case operation_kind::publish:
        if (auto known = numbers_.find(op.command); known != numbers_.end()) {
          op.number = known->second;
        } else if (!in_force_.empty()) {
          op.result = outcome::refused;
        } else {
          posts_.push_back(op.command);
          op.number = numbers_[op.command] = posts_.size();
        }
        break;
      case operation_kind::subscribe: followers_.insert(op.client); break;
      case operation_kind::unsubscribe: followers_.erase(op.client); break;
      case operation_kind::suspend: in_force_.insert(op.sanction); break;
      case operation_kind::lift: op.result = in_force_.erase(op.sanction) > 0 ? outcome::ok : outcome::refused; break;
      case operation_kind::read:
        op.posts = posts_.size();
        op.followers = followers_.size();
        break;
    }
  }

  // -- streams -----------------------------------------------------------------------------

  sighting& see(sighting_kind kind, const std::string& subscriber) {
    sighting s;
    s.kind = kind;
    s.subscriber = subscriber;
    s.account = "acc";
    s.at = tick();
    return out_.sightings.emplace_back(std::move(s));
  }

  void listen(const std::string& subscriber, std::uint64_t after) {
    see(sighting_kind::listen, subscriber).number = after;
    cursors_[subscriber] = after;
  }

  /// The next post to somebody who doesn't have it yet; false if all have all.
  bool deliver() {
    std::vector<std::string> behind;
    for (const auto& [subscriber, cursor] : cursors_)
      if (cursor < posts_.size())
        behind.push_back(subscriber);
    if (behind.empty())
      return false;
    const auto& who = behind[std::size_t(below(int(behind.size())))];
    auto& cursor = cursors_[who];
    if (who != "always" && chance(0.1)) {
      auto& gap = see(sighting_kind::gap, who);
      gap.number = cursor + 1;
      gap.to = cursor = posts_.size();
      return true;
    }
    auto& item = see(sighting_kind::item, who);
    item.number = ++cursor;
    item.command = posts_[cursor - 1];
    return true;
  }

  // -- breaking it -------------------------------------------------------------------------

  /// While nothing else happens: asked, applied and answered.
  operation& at_once(operation_kind kind, bool lie = false) {
    auto op = make(kind);
    if (lie)
      op.result = outcome::ok;
    else
      answer(op);
    op.answered = tick();
    return out_.operations.emplace_back(std::move(op));
  }

  void free_of_sanctions() {
    while (!in_force_.empty()) {
      auto lift = make(operation_kind::lift);
      lift.sanction = *in_force_.begin();
      answer(lift);
      lift.answered = tick();
      out_.operations.push_back(lift);
    }
  }

  void forget_last_post() {
    numbers_.erase(posts_.back());
    posts_.pop_back();
    for (auto& [subscriber, cursor] : cursors_)
      cursor = std::min<std::uint64_t>(cursor, posts_.size());
  }

  void break_something() {
    if (wrong_ == fault::none)
      return;
    // What is on its way might excuse it.
    while (!open_.empty()) {
      apply(open_.back());
      open_.back().what.answered = tick();
      record(open_.back().what, open_.back().what.result);
      open_.pop_back();
    }
    free_of_sanctions();
    switch (wrong_) {
      case fault::none: break;
      case fault::accepts_under_suspension: {
        at_once(operation_kind::suspend);
        auto& op = at_once(operation_kind::publish, true);
        posts_.push_back(op.command);
        op.number = numbers_[op.command] = posts_.size();
        break;
      }
      case fault::refuses_without_suspension:
        // Sanctions that are on their way would excuse it.
        std::erase_if(open_, [](const attempt& a) { return a.what.kind == operation_kind::suspend; });
        free_of_sanctions();
        at_once(operation_kind::publish, true).result = outcome::refused;
        break;
      case fault::loses_acknowledged_post:
        at_once(operation_kind::publish);
        forget_last_post();
        at_once(operation_kind::publish);
        break;
      case fault::gives_number_twice: {
        at_once(operation_kind::publish);
        at_once(operation_kind::publish, true).number = posts_.size();
        break;
      }
      case fault::skips_number:
        posts_.push_back("command-of-nobody");
        at_once(operation_kind::publish);
        break;
      case fault::reads_stale:
        at_once(operation_kind::publish);
        at_once(operation_kind::read, true).posts = posts_.size() - 1;
        break;
      case fault::counts_wrong: at_once(operation_kind::read, true).followers = 100; break;
      case fault::applies_repeat_again: {
        auto op = at_once(operation_kind::publish);
        posts_.push_back(op.command);
        op.invoked = tick();
        op.answered = tick();
        op.number = posts_.size();
        out_.operations.push_back(op);
        break;
      }
      case fault::hides_item:
      case fault::repeats_item:
        at_once(operation_kind::publish);
        while (deliver())
          continue;
        at_once(operation_kind::publish);
        cursors_["always"] += wrong_ == fault::hides_item ? 1 : std::uint64_t(-1);
        at_once(operation_kind::publish);
        break;
    }
  }

  std::mt19937_64 random_;
  fault wrong_;
  double loss_ = 0.2;
  instant now_{0};
  std::uint64_t commands_ = 0;
  recording out_;

  std::vector<std::string> posts_; ///< their commands
  std::map<std::string, std::uint64_t> numbers_;
  std::set<std::string> in_force_;
  std::set<std::string> followers_;
  std::vector<std::string> sanctions_;

  std::vector<attempt> open_;
  std::vector<attempt> given_up_;
  std::map<std::string, std::uint64_t> cursors_;
};

} // namespace charter::history_test
