#include "apps/load/stream_checker.hpp"

#include <algorithm>
#include <utility>

namespace charter::load {

namespace {

std::string in_words(number_range r) {
  return r.from == r.to ? std::to_string(r.from) : std::to_string(r.from) + " to " + std::to_string(r.to);
}

} // namespace

void stream_checker::connected() {
  if (has_head_ || last_ > 0)
    before_ = reached_;
  // Who is cut off isn't told of anything more, and finds by the next head what it lacks.
  for (auto& h : holes_)
    missing_.push_back(h.what);
  holes_.clear();
  first_ = last_ = base_ = 0;
  has_head_ = is_told_ahead_ = false;
}

void stream_checker::open_hole(number_range what, instant now) {
  if (is_told_ahead_)
    missing_.push_back(what);
  else
    holes_.push_back({what, now});
}

objection stream_checker::head(std::uint64_t last, instant now) {
  has_head_ = true;
  base_ = std::max(base_, last);
  auto covered = first_ > 0 ? std::min(last, first_ - 1) : last;
  if (before_ && covered > *before_)
    missing_.push_back({*before_ + 1, covered});
  reached_ = std::max(reached_, last);
  if (first_ > last + 1)
    open_hole({last + 1, first_ - 1}, now);
  if (before_ && last < *before_)
    return "the stream's head went back from " + std::to_string(*before_) + " to " + std::to_string(last);
  return {};
}

objection stream_checker::pushed(std::uint64_t number, instant now) {
  if (last_ > 0 && number <= last_)
    return number == last_ ? std::to_string(number) + " came twice"
                           : std::to_string(number) + " came after " + std::to_string(last_);
  auto next = std::max(last_, base_) + 1;
  if (number > next && (last_ > 0 || has_head_))
    open_hole({next, number - 1}, now);
  is_told_ahead_ = false;
  if (first_ == 0)
    first_ = number;
  last_ = number;
  reached_ = std::max(reached_, number);
  return {};
}

void stream_checker::told(std::optional<number_range> gap) {
  if (!gap) {
    for (auto& h : holes_)
      missing_.push_back(h.what);
    holes_.clear();
    is_told_ahead_ = true;
    return;
  }
  missing_.push_back(*gap);
  base_ = std::max(base_, gap->to);
  reached_ = std::max(reached_, gap->to);
  std::vector<hole> left;
  for (auto& h : holes_) {
    if (h.what.from < gap->from)
      left.push_back({{h.what.from, std::min(h.what.to, gap->from - 1)}, h.seen});
    if (h.what.to > gap->to)
      left.push_back({{std::max(h.what.from, gap->to + 1), h.what.to}, h.seen});
  }
  holes_ = std::move(left);
}

objection stream_checker::caught_up(number_range asked, const std::vector<std::uint64_t>& numbers) {
  auto next = asked.from;
  for (auto n : numbers) {
    if (n != next)
      return "asked for " + in_words(asked) + ", got " + std::to_string(n) + " in the place of " + std::to_string(next);
    ++next;
  }
  if (next != asked.to + 1)
    return "asked for " + in_words(asked) + ", got nothing from " + std::to_string(next) + " on";
  return {};
}

std::vector<number_range> stream_checker::take_missing() {
  std::sort(missing_.begin(), missing_.end(), [](auto& a, auto& b) { return a.from < b.from; });
  return std::exchange(missing_, {});
}

objection stream_checker::overdue(instant now, std::chrono::nanoseconds patience) {
  for (auto h = holes_.begin(); h != holes_.end(); ++h)
    if (h->seen + patience < now) {
      auto what = h->what;
      holes_.erase(h);
      missing_.push_back(what);
      return in_words(what) + " never came, and nobody told";
    }
  return {};
}

objection stream_checker::ended(std::uint64_t last) const {
  if ((!has_head_ && last_ == 0) || is_told_ahead_ || reached_ >= last)
    return {};
  return in_words({reached_ + 1, last}) + " never came, although it is the newest";
}

} // namespace charter::load
