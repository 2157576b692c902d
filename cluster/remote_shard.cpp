#include "cluster/remote_shard.hpp"

#include <atomic>
#include <deque>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "cluster/limits.hpp"
#include "domain/limits.hpp"

namespace charter::cluster {

namespace {

using clock = std::chrono::steady_clock;

/// Asked, and not answered yet.
struct question {
  caf::typed_response_promise<answer> answer_to;
  caf::typed_response_promise<state_ptr> state_to;
  std::optional<urgency> credit; ///< to be given back
  clock::time_point asked;
};

/// Answered, but the rows here don't show it yet.
struct early_answer {
  question to;
  std::shared_ptr<const link_answer> what;
  clock::time_point came;
};

struct remote_shard_state {
  remote_shard_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "remote shard";

  remote_shard_parts parts;
  position folded = 0;
  std::map<std::uint64_t, question> open; ///< oldest first
  std::deque<early_answer> early;
};

using self_ptr = remote_shard_actor::stateful_pointer<remote_shard_state>;

refusal no_owner() {
  auto why =
      refuse(errc::unavailable, "the part of the service that has this is moving; try again with the same command_id");
  why.retry_after_ms = limits::retry_while_moving.count();
  return why;
}

refusal outcome_unknown() {
  auto why = refuse(errc::unavailable, "the outcome isn't known; try again with the same command_id");
  why.retry_after_ms = limits::retry_while_moving.count();
  return why;
}

void give_back(const remote_shard_state& s, const question& q) {
  if (q.credit)
    s.parts.router->give_back(s.parts.shard, *q.credit);
}

void refuse_one(question& q, const refusal& why) {
  if (q.answer_to.pending())
    q.answer_to.deliver(to_error(why));
  if (q.state_to.pending())
    q.state_to.deliver(to_error(why));
}

void refuse_all(remote_shard_state& s, const refusal& why) {
  auto all = std::exchange(s.open, {});
  for (auto& [number, q] : all) {
    give_back(s, q);
    refuse_one(q, why);
  }
}

void pass_on(question& q, const link_answer& what) {
  if (auto* why = std::get_if<refusal>(&what.outcome))
    refuse_one(q, *why);
  else if (auto* said = std::get_if<answer>(&what.outcome); said && q.answer_to.pending())
    q.answer_to.deliver(*said);
  else if (auto* state = std::get_if<any_state>(&what.outcome); state && q.state_to.pending())
    q.state_to.deliver(std::make_shared<const any_state>(*state));
  else
    refuse_one(q, refuse(errc::internal, "another node answered something else than it was asked"));
}

/// Never given twice in a process: an answer to a question of the one before isn't taken for an answer to ours.
std::uint64_t next_number() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

/// Asks the owner; refuses when there is none.
void ask(remote_shard_state& s, question q, decltype(link_question::what) what) {
  q.asked = clock::now();
  auto number = next_number();
  if (!s.parts.ask(encode_question({number, s.parts.shard, std::move(what)}))) {
    give_back(s, q);
    refuse_one(q, no_owner());
    return;
  }
  s.open.emplace(number, std::move(q));
}

void on_answer(remote_shard_state& s, const std::shared_ptr<const link_answer>& what) {
  auto found = s.open.find(what->number);
  if (found == s.open.end())
    return;
  auto q = std::move(found->second);
  s.open.erase(found);
  give_back(s, q);
  if (what->at <= s.folded)
    pass_on(q, *what);
  else
    s.early.push_back({std::move(q), what, clock::now()});
}

void on_folded(remote_shard_state& s, position at) {
  s.folded = std::max(s.folded, at);
  std::erase_if(s.early, [&](early_answer& e) {
    bool shows = e.what->at <= s.folded;
    if (shows)
      pass_on(e.to, *e.what);
    return shows;
  });
}

/// Whoever asked has given up on what is older; and an answer doesn't wait for slow rows for ever.
void on_pulse(remote_shard_state& s) {
  auto now = clock::now();
  while (!s.open.empty() && now - s.open.begin()->second.asked > charter::limits::request_deadline) {
    auto q = std::move(s.open.extract(s.open.begin()).mapped());
    give_back(s, q);
    refuse_one(q, outcome_unknown());
  }
  while (!s.early.empty() && now - s.early.front().came > limits::rows_patience) {
    pass_on(s.early.front().to, *s.early.front().what);
    s.early.pop_front();
  }
}

description describe_remote(const remote_shard_state& s) {
  auto owner = s.parts.owner();
  description d;
  d.detail = owner.empty() ? "nobody owns it now" : "owned by " + owner;
  if (!s.open.empty())
    d.detail += ", " + std::to_string(s.open.size()) + " questions on their way";
  return d;
}

shard_status status_of(const remote_shard_state& s) {
  shard_status out;
  out.shard = s.parts.shard;
  out.head = s.folded;
  return out;
}

remote_shard_actor::behavior_type behavior(self_ptr self, const remote_shard_parts& parts) {
  self->state.parts = parts;
  self->state.folded = parts.folded;
  self->delayed_send(self, limits::remote_pulse, pulse{});
  // CAF wouldn't answer for a promise that ends with its actor. Credits begin anew with whoever comes next.
  self->set_exit_handler([self](const caf::exit_msg& end) {
    for (auto& [number, q] : self->state.open)
      refuse_one(q, outcome_unknown());
    for (auto& e : self->state.early)
      pass_on(e.to, *e.what);
    self->quit(end.reason);
  });
  return {
      [self](envelope& e) -> caf::result<answer> {
        question q;
        q.answer_to = self->make_response_promise<answer>();
        q.credit = urgency_of(e);
        auto to = q.answer_to;
        ask(self->state, std::move(q), asked(std::move(e)));
        return to;
      },
      [self](const look& l) -> caf::result<state_ptr> {
        question q;
        q.state_to = self->make_response_promise<state_ptr>();
        auto to = q.state_to;
        if (self->state.open.size() >= charter::limits::shard_commands_max)
          refuse_one(q, no_owner());
        else
          ask(self->state, std::move(q), asked_look{l.entity, self->state.folded});
        return to;
      },
      [](const proposal&) {},
      [](const snapshot_taken&) {},
      [](const crashed&) {},
      [self](pulse) {
        self->delayed_send(self, limits::remote_pulse, pulse{});
        on_pulse(self->state);
      },
      [](const policy_update&) {},
      [self](shard_status_request) { return status_of(self->state); },
      [self](describe) { return describe_remote(self->state); },
      [self](const answer_arrived& a) { on_answer(self->state, a.what); },
      [self](const rows_folded& f) { on_folded(self->state, f.at); },
      [self](owner_changed) { refuse_all(self->state, outcome_unknown()); },
  };
}

} // namespace

remote_shard_actor spawn_remote_shard(caf::actor_system& system, const remote_shard_parts& parts) {
  return system.spawn(behavior, parts);
}

} // namespace charter::cluster
