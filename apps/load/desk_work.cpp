#include "apps/load/desk_work.hpp"

#include "apps/load/person.hpp"
#include "apps/load/schedule.hpp"
#include "apps/load/writers.hpp"
#include "apps/tour/person.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr auto probe_every = 200ms; // an editor tries in vain while suspended

json suspension_of(const std::string& account) {
  json reasons{{"facts", "Suspended by the load generator, to see that it holds."},
               {"evidence", {account}},
               {"rule", {{"charter", "cn-2014"}, {"article", "6.2"}, {"item", "truthfulness"}}},
               {"differs_because", "It is lifted again in a moment."}};
  return {{"target", {{"account", account}}},
          {"measure", {{"step", "suspend"}}},
          {"reasons", std::move(reasons)},
          {"command_id", tour::fresh_command_id()}};
}

/// From the acknowledgement on, until its end is asked for, nothing gets through: tried at once, and again.
task<> hold(world& w, std::uint32_t account, stream_number stream, std::string sanction) {
  w.commands.suspended(stream, sanction);
  ++w.figures.all.suspensions;
  auto until = steady::now() + w.plan.moderation.suspended_for;
  while (steady::now() < until && w.is_running()) {
    w.loop.spawn(publish(w, account, steady::now()));
    co_await w.loop.until(std::min(until, steady::now() + probe_every));
  }
  w.commands.lifting(stream);
  json params{{"sanction", sanction}, {"reason", "It held."}, {"command_id", tour::fresh_command_id()}};
  std::ignore = co_await w.senior().insist("sanction.lift", std::move(params), steady::now());
}

task<> suspend(world& w, std::uint32_t account, std::vector<bool>& busy, instant due) {
  errand counted{w};
  if (busy[account])
    co_return;
  busy[account] = true;
  auto& id = w.people.accounts[account].account;
  auto imposed = co_await w.senior().insist("sanction.impose", suspension_of(id), due);
  if (imposed)
    co_await hold(w, account, w.streams[id], imposed->value("sanction", ""));
  busy[account] = false;
}

task<> complain(world& w, known_post post, person& by, instant due) {
  errand counted{w};
  json complaint{{"post", post.post},
                 {"reason", "falsehood"},
                 {"statement", "It may not be true."},
                 {"command_id", tour::fresh_command_id()}};
  auto filed = co_await by.insist("complaint.file", std::move(complaint), due);
  if (!filed)
    co_return;
  auto& moderator = w.moderator();
  json named{{"case", (*filed)["complaint"]}, {"command_id", tour::fresh_command_id()}};
  auto claimed = co_await moderator.insist("desk.claim", named, steady::now());
  if (!claimed)
    co_return;
  json decision{{"case", named["case"]},
                {"verdict", "dismiss"},
                {"reasons", {{"facts", "It is only a made-up post."}, {"evidence", {post.post}}}},
                {"command_id", tour::fresh_command_id()}};
  if (co_await moderator.insist("desk.decide_complaint", std::move(decision), steady::now()))
    ++w.figures.all.complaints;
}

task<> nothing() { co_return; }

} // namespace

task<> suspend_on_schedule(world& w) {
  std::vector<bool> busy(w.people.accounts.size());
  co_await on_schedule(w, w.plan.moderation.suspensions_per_minute, [&](instant due) {
    return suspend(w, static_cast<std::uint32_t>(w.below(w.people.accounts.size())), busy, due);
  });
  while (std::count(busy.begin(), busy.end(), true) > 0)
    co_await w.loop.pause(50ms);
}

task<> complain_on_schedule(world& w) {
  co_await on_schedule(w, w.plan.moderation.complaints_per_minute, [&w](instant due) {
    auto& by = w.user(w.below(w.plan.population.users));
    return w.posts.empty() || !by.is_online() ? nothing() : complain(w, w.posts[w.below(w.posts.size())], by, due);
  });
}

} // namespace charter::load
