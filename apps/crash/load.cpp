#include "apps/crash/load.hpp"

#include <algorithm>

#include "apps/tour/trial_data.hpp"

namespace charter::crash {

load::load(scene& where, const cast& who, std::uint64_t seed)
    : scene_(where), cast_(who), anybody_(where.at, "anybody") {
  auto as = [&](const char* name) { return log_in(scene_.at, name); };
  auto add = [&]<class Writer>(std::unique_ptr<Writer> made) {
    auto* there = made.get();
    writers_.push_back(std::move(made));
    return there;
  };
  for (auto& account : cast_.accounts)
    streams_.emplace_back(scene_, posts_of_account, account, tour::person{scene_.at, "anybody"});
  for (auto* owner : {owners[0], owners[1]})
    for (std::size_t i = 0; i < 2; ++i)
      add(std::make_unique<stream_writer>(scene_, as(owner), ++seed, streams_[i]));
  auto* owner = add(std::make_unique<sanctioned_writer>(scene_, as(owners[2]), ++seed, streams_[2]));
  moderator_ = add(std::make_unique<moderator>(scene_, as(moderating), ++seed, cast_.accounts[2], *owner));

  streams_.emplace_back(scene_, messages_of_chat, cast_.chat, as(readers[0]));
  for (auto* reader : readers) {
    add(std::make_unique<stream_writer>(scene_, as(reader), ++seed, streams_.back()));
    add(std::make_unique<profile_writer>(scene_, as(reader), ++seed));
    followers_.push_back(add(std::make_unique<follower>(scene_, as(reader), ++seed, cast_.accounts)));
  }
}

void load::begin(bool holds) {
  moderator_->begin_round(holds);
  for (auto& w : writers_)
    threads_.emplace_back([&w] { w->work(); });
}

void load::join() {
  for (auto& t : threads_)
    t.join();
  threads_.clear();
}

void load::look_back() {
  for (auto& w : writers_)
    w->check();
  for (auto& s : streams_)
    s.check();
  for (auto& w : writers_)
    w->settle();
  for (auto& w : writers_)
    w->check();
  moderator_->check_settled();
  for (auto& s : streams_)
    s.check_tail();
  check_followers();
}

/// Joining and leaving are effects on the account, which arrive a little later than the answer.
void load::check_followers() {
  for (auto& account : cast_.accounts) {
    auto due = std::ranges::count_if(followers_, [&](auto* f) { return f->follows(account); });
    std::int64_t there = -1;
    tour::eventually([&] {
      auto found = anybody_.call("account.get", {{"account", account}});
      there = found ? (*found)["account"].value("followers", std::int64_t{0}) : -1;
      return there == due;
    });
    scene_.found.saw(claim::effects, there == due,
                     account + " has " + std::to_string(due) + " followers and counts " + std::to_string(there));
  }
}

tally load::counts() const {
  tally all;
  for (auto& w : writers_) {
    all.acknowledged += w->counts().acknowledged;
    all.refused += w->counts().refused;
    all.asked_again += w->counts().asked_again;
  }
  return all;
}

} // namespace charter::crash
