#include "apps/history/account_model.hpp"

#include <algorithm>
#include <utility>

namespace charter::history {

namespace {

/// splitmix64: a different, well mixed number for each.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

std::uint64_t count(const std::vector<bool>& all) {
  return static_cast<std::uint64_t>(std::count(all.begin(), all.end(), true));
}

} // namespace

fingerprint fingerprint::make(of what, std::uint64_t number) {
  const auto high = mixed(number ^ mixed(static_cast<std::uint64_t>(what)));
  return {high, mixed(high ^ number)};
}

fingerprint& fingerprint::operator^=(const fingerprint& x) {
  high ^= x.high;
  low ^= x.low;
  return *this;
}

account_model::account_model(std::uint64_t posts, std::vector<bool> in_force, std::vector<bool> following)
    : posts_(posts), in_force_(std::move(in_force)), suspensions_(count(in_force_)), following_(std::move(following)),
      followers_(count(following_)) {}

fingerprint account_model::state() const {
  auto all = flipped_;
  all ^= fingerprint::make(fingerprint::of::posts, posts_);
  all ^= fingerprint::make(fingerprint::of::followers, followers_);
  return all;
}

account_model::effect account_model::set_sanction(std::uint32_t which, bool to) {
  if (in_force_[which] == to)
    return effect::none;
  in_force_[which] = to;
  to ? ++suspensions_ : --suspensions_;
  flipped_ ^= fingerprint::make(fingerprint::of::sanction, which);
  return effect::change;
}

account_model::effect account_model::set_follower(std::uint32_t who, bool to) {
  if (following_[who] == to)
    return effect::none;
  following_[who] = to;
  to ? ++followers_ : --followers_;
  flipped_ ^= fingerprint::make(fingerprint::of::follower, who);
  return effect::change;
}

account_model::effect account_model::apply(const call& c) {
  auto if_so = [](bool so) { return so ? effect::none : effect::impossible; };
  switch (c.what) {
    case call::kind::publish:
      if (suspensions_ > 0 || (c.number != 0 && c.number != posts_ + 1))
        return effect::impossible;
      ++posts_;
      return effect::change;
    case call::kind::suspend: return set_sanction(c.subject, true);
    case call::kind::lift: return in_force_[c.subject] ? set_sanction(c.subject, false) : effect::impossible;
    case call::kind::subscribe: return set_follower(c.subject, true);
    case call::kind::unsubscribe: return set_follower(c.subject, false);
    case call::kind::join: ++followers_; return effect::change;
    case call::kind::publish_refused: return if_so(suspensions_ > 0);
    case call::kind::lift_refused: return if_so(!in_force_[c.subject]);
    case call::kind::read_posts: return if_so(posts_ == c.number);
    case call::kind::read_followers: return if_so(followers_ == c.number);
    case call::kind::seen: return if_so(posts_ >= c.number);
  }
  return effect::impossible;
}

void account_model::undo(const call& c) {
  switch (c.what) {
    case call::kind::publish: --posts_; break;
    case call::kind::suspend: set_sanction(c.subject, false); break;
    case call::kind::lift: set_sanction(c.subject, true); break;
    case call::kind::subscribe: set_follower(c.subject, false); break;
    case call::kind::unsubscribe: set_follower(c.subject, true); break;
    case call::kind::join: --followers_; break;
    default: break; // only looks
  }
}

} // namespace charter::history
