#include "apps/history/linearize.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace charter::history {

namespace {

using effect = account_model::effect;

struct fingerprint_hash {
  std::size_t operator()(const fingerprint& x) const noexcept { return x.low; }
};

/// The invocations and answers of calls that did happen, by time, as a list from which calls are taken and to which
/// they are given back, last taken first. Places are numbered from 1; 0 is before the first.
class timeline {
public:
  explicit timeline(std::span<const call> calls) : calls_(calls), places_(calls.size()) {
    for (std::size_t i = 0; i < calls.size(); ++i)
      if (calls[i].must_happen()) {
        points_.push_back({calls[i].invoked, false, i});
        points_.push_back({calls[i].deadline, true, i});
      }
    // What begins as another ends overlaps it: a clock that stands still is no proof of an order.
    std::sort(points_.begin(), points_.end(), [](const point& a, const point& b) {
      return std::tie(a.at, a.is_answer, a.call) < std::tie(b.at, b.is_answer, b.call);
    });
    for (std::size_t at = 0; at < points_.size() + 2; ++at) {
      next_.push_back(at + 1);
      previous_.push_back(at == 0 ? 0 : at - 1);
    }
    for (std::size_t i = 0; i < points_.size(); ++i)
      (points_[i].is_answer ? places_[points_[i].call].answer : places_[points_[i].call].invocation) = i + 1;
  }

  bool empty() const { return next_[0] > points_.size(); }
  std::size_t first() const { return next_[0]; }
  std::size_t after(std::size_t at) const { return next_[at]; }
  std::size_t after_call(std::size_t i) const { return next_[places_[i].invocation]; }
  std::size_t call_at(std::size_t at) const { return points_[at - 1].call; }
  /// Before the first answer: nothing has to be taken before it.
  bool is_open(std::size_t at) const { return at <= points_.size() && !points_[at - 1].is_answer; }
  instant time_of(std::size_t at) const { return at <= points_.size() ? points_[at - 1].at : never; }

  void take(std::size_t i) {
    for (auto at : {places_[i].invocation, places_[i].answer}) {
      next_[previous_[at]] = next_[at];
      previous_[next_[at]] = previous_[at];
    }
  }
  void give_back(std::size_t i) {
    for (auto at : {places_[i].answer, places_[i].invocation}) {
      next_[previous_[at]] = at;
      previous_[next_[at]] = at;
    }
  }
  bool is_answer_of(std::size_t at, std::size_t i) const { return at == places_[i].answer; }

private:
  struct point {
    instant at{0};
    bool is_answer = false;
    std::size_t call = 0;
  };
  struct places {
    std::size_t invocation = 0;
    std::size_t answer = 0;
  };
  std::span<const call> calls_;
  std::vector<places> places_;
  std::vector<point> points_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> previous_;
};

class search {
public:
  search(std::span<const call> calls, const account_model& start, const bounds& within)
      : calls_(calls), model_(start), within_(within), list_(calls) {
    std::map<std::tuple<call::kind, std::uint32_t>, std::size_t> known;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (calls[i].must_happen()) {
        if (calls[i].what == call::kind::publish && calls[i].number > 0)
          claimed_.insert(calls[i].number);
        most_posts_ = std::max(most_posts_, posts_before(calls[i]));
        continue;
      }
      auto [found, is_first] = known.try_emplace({calls[i].what, calls[i].subject}, lost_.size());
      if (is_first)
        lost_.emplace_back();
      lost_[found->second].calls.push_back(i);
    }
    for (auto& alike : lost_)
      std::stable_sort(alike.calls.begin(), alike.calls.end(),
                       [&](std::size_t a, std::size_t b) { return calls[a].invoked < calls[b].invoked; });
  }

  search_result run() {
    search_result out;
    out.found = explore();
    if (out.found == verdict::ordered)
      for (const auto& step : steps_)
        out.order.push_back(step.call);
    out.configurations = configurations_;
    out.trials = trials_;
    return out;
  }

private:
  static constexpr std::size_t none = call::none;

  /// Calls without an answer that can't be told apart: they are taken in the order in which they were asked for.
  struct alike {
    std::vector<std::size_t> calls;
    std::size_t taken = 0;
  };
  struct step {
    std::size_t call;
    effect what;
    std::size_t group;      ///< in lost_, or none
    bool is_choice = false; ///< something else could be done instead
  };
  /// How many calls of a group were taken.
  struct spent {
    std::uint32_t group;
    std::uint32_t calls;
  };
  /// What to try next: first the calls that did happen, then those that may have.
  struct choice {
    std::size_t at = 0;       ///< in the list
    std::size_t group = none; ///< in lost_
  };

  effect try_call(std::size_t i) {
    ++trials_;
    const auto& c = calls_[i];
    // Numbers only go up: who takes one that was given to somebody else leads nowhere.
    if (c.what == call::kind::publish && c.number == 0 && claimed_.contains(model_.posts() + 1))
      return effect::impossible;
    return model_.apply(c);
  }

  void take(const step& s) {
    steps_.push_back(s);
    if (s.group != none) {
      ++lost_[s.group].taken;
      return;
    }
    list_.take(s.call);
    taken_ ^= fingerprint::make(fingerprint::of::call, s.call);
  }

  step give_back() {
    auto last = steps_.back();
    steps_.pop_back();
    if (last.group == none) {
      list_.give_back(last.call);
      taken_ ^= fingerprint::make(fingerprint::of::call, last.call);
    } else {
      --lost_[last.group].taken;
    }
    if (last.what == effect::change)
      model_.undo(calls_[last.call]);
    return last;
  }

  /// Takes all that only looks, and fits.
  void settle() {
    for (auto at = list_.first(); list_.is_open(at);) {
      const auto i = list_.call_at(at);
      auto following = list_.after(at);
      if (calls_[i].only_looks() && try_call(i) == effect::none) {
        // Its answer may have been the first one, and more calls stand open. What didn't fit before doesn't fit now.
        if (list_.is_answer_of(following, i))
          following = list_.after(following);
        take({i, effect::none, none});
      }
      at = following;
    }
  }

  /// Takes the next call that may change something. False: there is none.
  bool advance(choice& next) {
    for (; next.group == none; next.at = list_.after(next.at)) {
      if (!list_.is_open(next.at)) {
        next.group = 0;
        break;
      }
      const auto i = list_.call_at(next.at);
      if (calls_[i].only_looks())
        continue;
      if (auto what = try_call(i); what != effect::impossible) {
        take({i, what, none, true});
        return true;
      }
    }
    if (next.group == lost_.size())
      return false;
    const auto now = needs();
    for (; next.group < lost_.size(); ++next.group) {
      const auto i = next_of(lost_[next.group], now.first_answer);
      if (i == none || !is_needed(calls_[i], now))
        continue;
      if (auto what = try_call(i); what == effect::change) { // else it may as well not have happened
        take({i, what, next.group, true});
        return true;
      }
    }
    return false;
  }

  // -- lost calls, just in time ----------------------------------------------------------------
  //
  // In an order, move each lost call to a later place as long as all others still get their answers. Then what follows
  // it, perhaps after other lost calls, is what needs it; so it needn't be tried while nothing of that kind stands
  // open.

  struct needed {
    instant first_answer = never;
    bool acceptance = false;          ///< a publish that was accepted
    bool refusal = false;             ///< one that was refused; nothing is in force, or it would have been taken
    bool suspension = false;          ///< after which lost publishes might come too late
    bool count = false;               ///< a read of the followers
    std::uint64_t posts = 0;          ///< as many posts
    std::vector<std::uint32_t> lifts; ///< of sanctions that have to be in force
    std::vector<std::uint32_t> refused_lifts; ///< of some that must not be
  };

  needed needs() const {
    needed out;
    auto at = list_.first();
    for (; list_.is_open(at); at = list_.after(at)) {
      const auto& c = calls_[list_.call_at(at)];
      switch (c.what) {
        case call::kind::publish:
          out.acceptance = true;
          out.posts = std::max(out.posts, posts_before(c));
          break;
        case call::kind::publish_refused: out.refusal = true; break;
        case call::kind::suspend: out.suspension = true; break;
        case call::kind::lift: out.lifts.push_back(c.subject); break;
        case call::kind::lift_refused: out.refused_lifts.push_back(c.subject); break;
        case call::kind::read_posts:
        case call::kind::seen: out.posts = std::max(out.posts, posts_before(c)); break;
        case call::kind::read_followers: out.count = true; break;
        default: break;
      }
    }
    out.first_answer = list_.time_of(at);
    return out;
  }

  /// How many posts there have to be before it.
  static std::uint64_t posts_before(const call& c) {
    switch (c.what) {
      case call::kind::publish: return c.number == 0 ? 0 : c.number - 1;
      case call::kind::read_posts:
      case call::kind::seen: return c.number;
      default: return 0;
    }
  }

  bool is_needed(const call& lost, const needed& now) const {
    const auto has = [](const std::vector<std::uint32_t>& all, std::uint32_t one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    const bool lacks_posts = now.posts > model_.posts();
    const bool may_be_late = model_.posts() < most_posts_;
    switch (lost.what) {
      case call::kind::publish: return lacks_posts || (may_be_late && (now.suspension || now.refusal));
      case call::kind::suspend: return (now.refusal && model_.suspensions() == 0) || has(now.lifts, lost.subject);
      case call::kind::lift:
        return has(now.refused_lifts, lost.subject) ||
               ((now.acceptance || lacks_posts || (may_be_late && now.suspension)) && can_lift_all(now.first_answer));
      default: return now.count;
    }
  }

  /// Whether lost calls can lift all that is in force: one less, and still nobody may publish.
  bool can_lift_all(instant first_answer) const {
    std::uint64_t can = 0;
    for (const auto& group : lost_)
      if (auto i = next_of(group, first_answer); i != none && calls_[i].what == call::kind::lift)
        can += model_.is_in_force(calls_[i].subject);
    return can == model_.suspensions();
  }

  /// The next one of a group that was asked for by then, or none.
  std::size_t next_of(const alike& group, instant first_answer) const {
    if (group.taken == group.calls.size() || calls_[group.calls[group.taken]].invoked > first_answer)
      return none;
    return group.calls[group.taken];
  }

  /// Back to the last choice, and on behind it. False: there was none.
  bool go_back(choice& next) {
    while (!steps_.empty()) {
      auto last = give_back();
      if (!last.is_choice)
        continue;
      if (last.group == none)
        next = {list_.after_call(last.call), none};
      else
        next = {0, last.group + 1};
      return true;
    }
    return false;
  }

  /// Whether no configuration with the same calls taken and in the same state was here before with as many lost calls
  /// to spare, or more: what leads from here to the end would have led there from that one.
  bool is_new() {
    auto where = taken_;
    where ^= model_.state();
    std::vector<spent> now;
    for (std::uint32_t group = 0; group < lost_.size(); ++group)
      if (lost_[group].taken > 0)
        now.push_back({group, static_cast<std::uint32_t>(lost_[group].taken)});
    auto& before = seen_[where];
    trials_ += before.size();
    for (const auto& other : before)
      if (spends_no_more(other, now))
        return false;
    before.push_back(std::move(now));
    ++configurations_;
    return true;
  }

  static bool spends_no_more(const std::vector<spent>& a, const std::vector<spent>& b) {
    auto at = b.begin();
    for (const auto& one : a) {
      at = std::find_if(at, b.end(), [&](const spent& other) { return other.group == one.group; });
      if (at == b.end() || at->calls < one.calls)
        return false;
    }
    return true;
  }

  verdict explore() {
    settle();
    choice next{list_.first(), none};
    while (!list_.empty()) {
      if (configurations_ > within_.configurations || trials_ > within_.trials)
        return verdict::undecided;
      bool is_way_on = advance(next);
      if (is_way_on) {
        settle();
        is_way_on = is_new();
        next = {list_.first(), none};
      }
      if (!is_way_on && !go_back(next))
        return verdict::impossible;
    }
    return verdict::ordered;
  }

  std::span<const call> calls_;
  account_model model_;
  bounds within_;
  timeline list_; ///< of the calls that did happen
  std::vector<alike> lost_;
  std::unordered_set<std::uint64_t> claimed_; ///< numbers of posts that did happen
  std::uint64_t most_posts_ = 0;              ///< that any call needs

  std::vector<step> steps_;
  fingerprint taken_; ///< calls that did happen
  std::unordered_map<fingerprint, std::vector<std::vector<spent>>, fingerprint_hash> seen_;
  std::size_t configurations_ = 0;
  std::size_t trials_ = 0;
};

} // namespace

search_result linearize(std::span<const call> calls, const account_model& start, const bounds& within) {
  return search(calls, start, within).run();
}

} // namespace charter::history
