#include "cluster/membership.hpp"

#include <algorithm>

#include "cluster/roster.hpp"
#include "cluster/waiting.hpp"

namespace charter::cluster {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds glance{100};        // between two decisions
constexpr std::chrono::milliseconds rest{200};          // after trouble
constexpr std::chrono::milliseconds look_period{1'000}; // the watch doesn't bring erased keys: whose lease is over
constexpr std::chrono::seconds patience_to_stop{1};

} // namespace

membership::membership(etcd::client& etcd, replicated_journal& journal, membership_options options)
    : etcd_(etcd), journal_(journal), options_(std::move(options)),
      registration_(etcd, options_.keys, options_.name,
                    {own_protocol(), options_.directory, options_.address, member_phase::behind}, options_.alarm,
                    options_.lease),
      mind_(options_.directory, options_.patience), thread_([this](std::stop_token stop) { run(stop); }) {}

membership::~membership() = default;

void membership::stopped(shard_id shard) {
  std::lock_guard lock{mutex_};
  stopped_.insert(shard);
}

void membership::run(std::stop_token stop) {
  std::string said;
  while (!stop.stop_requested()) {
    auto outcome = watch(stop);
    if (!outcome && outcome.why().code != errc::unavailable && std::exchange(said, outcome.why().detail) != said)
      options_.alarm("membership", outcome.why().detail);
    give_up_lost();
    wait(rest, stop);
  }
}

/// Until the watch breaks.
status membership::watch(const std::stop_token& stop) {
  if (auto seen = look(); !seen)
    return seen;
  auto watcher = etcd_.watch(ranges_of_view(options_.keys, options_.shards), at_ + 1);
  if (!watcher)
    return watcher.why();
  auto look_at = steady_clock::now() + look_period;
  while (!stop.stop_requested()) {
    act();
    auto events = (*watcher)->next(glance);
    if (!events)
      return events.why();
    if (events->empty() && steady_clock::now() < look_at)
      continue;
    if (auto seen = look(); !seen)
      return seen;
    look_at = steady_clock::now() + look_period;
  }
  return done{};
}

status membership::look() {
  auto seen = read_view(etcd_, options_.keys);
  if (!seen)
    return seen.why();
  at_ = seen->at;
  std::erase_if(seen->view.members, [&](auto& named) { // another process as which we aren't found
    return named.second.directory == options_.directory && named.second.process != registration_.process();
  });
  if (seen->view != view_) {
    view_ = std::move(seen->view);
    options_.changed(view_);
  }
  return done{};
}

void membership::act() {
  give_up_lost();
  ask_again_to_stop();
  vacate_stopped();
  if (registration_.is_displaced()) {
    for (auto shard : std::set{serving_})
      begin_stop(shard);
    drained_ = draining_ && stopping_.empty();
    return;
  }
  bool hands_over = draining_ || !options_.clock_is_right();
  auto phase = hands_over               ? member_phase::draining
               : journal_.follows_all() ? member_phase::serving
                                        : member_phase::behind;
  registration_.set(phase);
  mind_.links_are(options_.links_hold(), steady_clock::now());
  auto decided = mind_.decide(view_, serving_, options_.unreachable(), steady_clock::now());
  for (auto shard : decided.let_go)
    begin_stop(shard);
  std::erase_if(decided.claim, [&](auto shard) { return hands_over || stopping_.contains(shard); });
  claim_all(decided.claim);
  for (auto shard : decided.disown)
    if (!stopping_.contains(shard))
      (void)disown(etcd_, options_.keys, shard, options_.directory); // the next round tries again
  auto* us = view_.holder_of(options_.directory);
  drained_ = draining_ && stopping_.empty() && (!us || us->phase == member_phase::draining);
}

/// Shards that another node has claimed. Where the view says so, the claim itself is asked.
void membership::give_up_lost() {
  bool doubtful = std::ranges::any_of(serving_, [&](auto shard) {
    auto found = view_.shards.find(shard);
    return found == view_.shards.end() || found->second.directory != options_.directory;
  });
  if (doubtful)
    (void)journal_.confirm(serving_);
  std::set<shard_id> lost;
  for (auto shard : serving_)
    if (journal_.held(shard) == 0)
      lost.insert(shard);
  for (auto shard : lost) {
    mind_.lost(shard);
    begin_stop(shard);
  }
  if (!lost.empty())
    (void)look(); // whose they are now
}

void membership::begin_stop(shard_id shard) {
  serving_.erase(shard);
  stopping_.insert_or_assign(shard, steady_clock::now());
  if (options_.stop)
    options_.stop(shard);
  else
    stopped(shard);
}

/// Whoever was told to stop one may have failed just then.
void membership::ask_again_to_stop() {
  std::vector<shard_id> late;
  for (auto& [shard, asked] : stopping_)
    if (steady_clock::now() - asked > patience_to_stop)
      late.push_back(shard);
  for (auto shard : late)
    begin_stop(shard);
}

void membership::vacate_stopped() {
  std::set<shard_id> now;
  {
    std::lock_guard lock{mutex_};
    now = stopped_;
  }
  bool changed = false;
  for (auto shard : now) {
    if (!stopping_.contains(shard)) { // said twice
      std::lock_guard lock{mutex_};
      stopped_.erase(shard);
      continue;
    }
    if (auto vacated = journal_.vacate(shard); !vacated)
      continue; // the next round tries again
    stopping_.erase(shard);
    if (auto& owner = view_.shards[shard].directory; owner == options_.directory) {
      owner.clear(); // as the watch will say soon; else it would be ours from before a restart
      changed = true;
    }
    std::lock_guard lock{mutex_};
    stopped_.erase(shard);
  }
  if (changed)
    options_.changed(view_); // when the watch says it, it is no news
}

void membership::claim_all(const std::set<shard_id>& shards) {
  struct attempt {
    shard_id shard;
    result<epoch> outcome = refuse(errc::unavailable, "not tried");
  };
  std::vector<attempt> attempts;
  for (auto shard : shards)
    if (attempts.size() < limits::claims_at_once)
      attempts.push_back({shard});
  {
    std::vector<std::jthread> all;
    for (auto& one : attempts)
      all.emplace_back([this, &one] { one.outcome = journal_.claim(one.shard); });
  }
  bool claimed = false;
  for (auto& one : attempts) {
    if (one.outcome) {
      claimed = true;
      serving_.insert(one.shard);
      view_.shards[one.shard].directory = options_.directory; // as the watch will say soon
      options_.serve(one.shard);
      continue;
    }
    mind_.refused(one.shard, steady_clock::now());
    if (one.outcome.why().code != errc::unavailable)
      options_.alarm("shard_not_claimed", "shard " + std::to_string(one.shard) + ": " + one.outcome.why().detail);
  }
  if (claimed)
    options_.changed(view_); // when the watch says it, it is no news
}

} // namespace charter::cluster
