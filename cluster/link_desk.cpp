#include "cluster/link_desk.hpp"

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "cluster/limits.hpp"
#include "domain/limits.hpp"

namespace charter::cluster {

namespace {

struct link_desk_state {
  link_desk_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "link desk";

  link_desk_parts parts;
};

using self_ptr = link_desk_actor::stateful_pointer<link_desk_state>;

/// Where an answer goes, and which it is.
struct destination {
  std::uint64_t number;
  shard_id shard;
  send_fn send;
};

template <class Outcome>
void reply(const link_desk_parts& parts, const destination& to, Outcome outcome) {
  link_answer a;
  a.number = to.number;
  a.shard = to.shard;
  a.at = parts.head(to.shard);
  a.outcome.emplace<Outcome>(std::move(outcome));
  (void)to.send(encode_answer(a)); // if it can't be sent, the link is down, and the other side knows
}

void refuse_later(const link_desk_parts& parts, const destination& to, const char* why) {
  auto refused = refuse(errc::unavailable, why);
  refused.retry_after_ms = limits::retry_while_moving.count();
  reply(parts, to, std::move(refused));
}

void on_command(self_ptr self, const shard_actor& shard, asked_command& asked, const destination& to) {
  auto& parts = self->state.parts;
  auto e = envelope_of(std::move(asked));
  if (!e)
    return reply(parts, to, e.why());
  auto urgent = urgency_of(*e);
  if (!parts.router->take_credit(to.shard, urgent))
    return refuse_later(parts, to, "the server is busy; try again with the same command_id");
  auto answered = [&parts, to](const answer& a) { reply(parts, to, a); };
  auto failed = [&parts, to](const caf::error& why) { reply(parts, to, to_refusal(why)); };
  if (urgent == urgency::urgent)
    self->request<caf::message_priority::high>(shard, charter::limits::request_deadline, *std::move(e))
        .then(answered, failed);
  else
    self->request(shard, charter::limits::request_deadline, *std::move(e)).then(answered, failed);
}

void look_now(self_ptr self, const shard_actor& shard, const asked_look& asked, const destination& to) {
  auto& parts = self->state.parts;
  self->request(shard, charter::limits::request_deadline, look{asked.entity})
      .then([&parts, to](const state_ptr& state) { reply(parts, to, any_state{*state}); },
            [&parts, to](const caf::error& why) { reply(parts, to, to_refusal(why)); });
}

/// The asker's rows may be ahead of our shard for a moment: etcd tells all nodes at the same time. A state that is
/// older than what it has seen would be taken for the newest, so the look waits.
void on_look(self_ptr self, const shard_actor& shard, const asked_look& asked, const destination& to,
             const question_arrived& arrived) {
  auto& parts = self->state.parts;
  auto look_when_there = [self, &parts, shard, asked, to, arrived](const shard_status& now) {
    if (now.head >= asked.seen)
      look_now(self, shard, asked, to);
    else if (std::chrono::steady_clock::now() - arrived.came < limits::rows_patience)
      self->delayed_send(self, limits::look_again, arrived);
    else
      refuse_later(parts, to, "the server is behind; try again");
  };
  self->request(shard, charter::limits::request_deadline, shard_status_request{})
      .then(look_when_there, [&parts, to](const caf::error& why) { reply(parts, to, to_refusal(why)); });
}

void on_rows(self_ptr self, const asked_rows& asked, const destination& to, const question_arrived& arrived) {
  auto& parts = self->state.parts;
  if (parts.folded(to.shard) >= asked.at)
    reply(parts, to, given_rows{});
  else if (std::chrono::steady_clock::now() - arrived.came < limits::rows_patience)
    self->delayed_send(self, limits::look_again, arrived);
  else
    refuse_later(parts, to, "the server is behind; try again");
}

void on_question(self_ptr self, const question_arrived& arrived) {
  auto& parts = self->state.parts;
  auto& q = *arrived.what;
  const destination to{q.number, q.shard, arrived.answer};
  if (auto* asked = std::get_if<asked_rows>(&q.what))
    return on_rows(self, *asked, to, arrived);
  if (!parts.owned(q.shard)) // else it would go round in circles
    return refuse_later(parts, to,
                        "the part of the service that has this is moving; try again with the same command_id");
  auto shard = parts.router->at(q.shard);
  if (auto* command = std::get_if<asked_command>(&q.what))
    on_command(self, shard, *command, to);
  else if (auto* asked = std::get_if<asked_look>(&q.what))
    on_look(self, shard, *asked, to, arrived);
}

link_desk_actor::behavior_type behavior(self_ptr self, const link_desk_parts& parts) {
  self->state.parts = parts;
  return {[self](const question_arrived& arrived) { on_question(self, arrived); }};
}

} // namespace

link_desk_actor spawn_link_desk(caf::actor_system& system, const link_desk_parts& parts) {
  return system.spawn(behavior, parts);
}

} // namespace charter::cluster
