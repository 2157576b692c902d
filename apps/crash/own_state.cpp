#include "apps/crash/own_state.hpp"

namespace charter::crash {

// -- whom they follow -------------------------------------------------------------------------

std::optional<command> follower::next(generator& random) {
  auto which = std::uniform_int_distribution<std::size_t>{0, accounts_.size() - 1}(random);
  auto& account = accounts_[which];
  return command{follows(account) ? "feed.unsubscribe" : "feed.subscribe", {{"account", account}}};
}

void follower::acknowledged(const command& what, const json&) {
  std::string account = what.params["account"];
  if (what.method == "feed.subscribe")
    followed_.insert(account);
  else
    followed_.erase(account);
}

void follower::check() {
  auto found = look("feed.subscriptions");
  if (!found)
    return;
  std::set<std::string> there;
  for (auto& account : (*found)["accounts"])
    there.insert(account.value("account", ""));
  for (auto& account : accounts_)
    if (!open() || open()->params["account"] != account)
      scene_.found.saw(claim::own_state, there.contains(account) == follows(account),
                       name() + (follows(account) ? " follows " : " does not follow ") + account +
                           " by the last answer, and the server says otherwise");
}

// -- profiles ---------------------------------------------------------------------------------

std::optional<command> profile_writer::next(generator&) {
  return command{"user.update", {{"about", "This is wording " + std::to_string(++changes_) + "."}}};
}

void profile_writer::acknowledged(const command& what, const json&) { about_ = what.params["about"]; }

void profile_writer::check() {
  auto found = look("user.me");
  if (!found)
    return;
  auto there = found->value("about", "");
  bool may_be_newer = open() && open()->params["about"] == there;
  scene_.found.saw(claim::own_state, there == about_ || may_be_newer,
                   name() + "'s profile was acknowledged as \"" + about_ + "\" and is \"" + there + '"');
}

} // namespace charter::crash
