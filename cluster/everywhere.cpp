#include "cluster/everywhere.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>

#include <caf/all.hpp>

namespace charter::cluster {

namespace {

using time_point = caf::actor_clock::time_point; // steady; tests have their own

/// Somebody who wants to know.
struct waiter {
  caf::typed_response_promise<done> to;
  shard_id shard = 0;
  std::optional<position> at; ///< as far as rows have to be, once etcd has said it
  time_point since;
  std::map<std::string, std::optional<time_point>> missing; ///< directories, and when they were asked last
};

struct question {
  std::uint64_t waiter = 0;
  std::string directory;
};

struct everywhere_state {
  everywhere_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "everywhere";

  everywhere_parts parts;
  std::map<std::string, time_point> left; ///< by directory, when
  std::map<std::uint64_t, waiter> waiting;
  std::map<std::uint64_t, question> asked; ///< by the number of the question
  std::uint64_t last_waiter = 0;
  bool asks = false;    ///< an `ask_on` is on its way,
  bool goes_on = false; ///< and one for later
};

using self_ptr = everywhere_here::stateful_pointer<everywhere_state>;

/// Never given twice in a process: a late answer isn't taken for one to another question.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{rows_number_bit};
  return ++last;
}

/// One question for all who wait.
void ask_for_ends(everywhere_state& s) {
  if (std::ranges::none_of(s.waiting, [](auto& one) { return !one.second.at; }))
    return;
  auto ends = s.parts.log_ends();
  if (!ends)
    return;
  for (auto& [id, w] : s.waiting)
    if (auto end = ends->find(w.shard); !w.at && end != ends->end())
      w.at = end->second;
}

void ask_missing(everywhere_state& s, std::uint64_t id, waiter& w, time_point now) {
  if (!w.at)
    return;
  for (auto& [directory, last] : w.missing) {
    if (last && now - *last < limits::rows_patience) // for as long it tries to answer
      continue;
    auto number = next_number();
    if (!s.parts.ask(directory, encode_question({number, w.shard, asked_rows{*w.at}})))
      continue;
    last = now;
    s.asked.emplace(number, question{id, directory});
  }
}

bool is_over(const everywhere_state& s, const waiter& w, time_point now) {
  bool all_show_it = w.at && w.missing.empty() && s.parts.folded(w.shard) >= *w.at;
  return all_show_it || now - w.since >= s.parts.patience;
}

void answer_those_over(everywhere_state& s, time_point now) {
  for (auto at = s.waiting.begin(); at != s.waiting.end();)
    if (is_over(s, at->second, now))
      s.waiting.extract(at++).mapped().to.deliver(done{});
    else
      ++at;
  std::erase_if(s.asked, [&](auto& one) { return !s.waiting.contains(one.second.waiter); });
}

void go_on(self_ptr self) {
  auto& s = self->state;
  if (!s.waiting.empty() && !std::exchange(s.goes_on, true))
    self->delayed_send(self, limits::remote_pulse, ask_on{true});
}

caf::result<done> on_reach(self_ptr self, const reach_everywhere& r) {
  auto& s = self->state;
  waiter w;
  w.since = self->clock().now();
  w.shard = s.parts.shard_of(r.entity);
  std::erase_if(s.left, [&](auto& gone) { return w.since - gone.second >= s.parts.patience; });
  for (auto& directory : s.parts.others)
    w.missing.emplace(directory, std::nullopt);
  for (auto& [directory, when] : s.left)
    w.missing.emplace(directory, std::nullopt);
  if (w.missing.empty())
    return done{};
  auto to = w.to = self->make_response_promise<done>();
  s.waiting.emplace(++s.last_waiter, std::move(w));
  if (!std::exchange(s.asks, true))
    self->send(self, ask_on{});
  return to;
}

void on_others(everywhere_state& s, const others_are& those, time_point now) {
  for (auto& directory : s.parts.others)
    if (!those.directories.contains(directory))
      s.left.insert_or_assign(directory, now);
  s.parts.others = those.directories;
}

void on_rows_answered(everywhere_state& s, std::uint64_t number, time_point now) {
  auto found = s.asked.find(number);
  if (found == s.asked.end())
    return;
  s.waiting.at(found->second.waiter).missing.erase(found->second.directory);
  answer_those_over(s, now);
}

void on_ask_on(self_ptr self, const ask_on& a) {
  auto& s = self->state;
  (a.later ? s.goes_on : s.asks) = false;
  answer_those_over(s, self->clock().now());
  ask_for_ends(s);
  auto now = self->clock().now();
  for (auto& [id, w] : s.waiting)
    ask_missing(s, id, w, now);
  go_on(self);
}

everywhere_here::behavior_type behavior(self_ptr self, everywhere_parts parts) {
  self->state.parts = std::move(parts);
  return {
      [self](const reach_everywhere& r) { return on_reach(self, r); },
      [self](const others_are& those) { on_others(self->state, those, self->clock().now()); },
      [self](rows_answered a) { on_rows_answered(self->state, a.number, self->clock().now()); },
      [self](const ask_on& a) { on_ask_on(self, a); },
  };
}

} // namespace

everywhere_here spawn_everywhere(caf::actor_system& system, everywhere_parts parts, bool detached) {
  return detached ? system.spawn<caf::detached>(behavior, std::move(parts)) : system.spawn(behavior, std::move(parts));
}

} // namespace charter::cluster
