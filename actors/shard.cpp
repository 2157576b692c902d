#include "actors/shard_state.hpp"

#include "actors/counters.hpp"
#include "actors/errors.hpp"
#include "domain/limits.hpp"
#include "storage/queries.hpp"
#include "storage/tables.hpp"

namespace charter::shards {

shard_state::~shard_state() {
  for (auto& [id, entity] : live)
    if (entity.actor)
      caf::anon_send_exit(entity.actor, caf::exit_reason::user_shutdown);
}

timestamp shard_state::now() {
  last_time = std::max(last_time, parts.resources->world->now());
  return last_time;
}

namespace {

constexpr float entities_per_bucket = 1.5; // a node has a million of them

/// Errors: `invalid_params` for an id that is no UUIDv7, or one too old or too far ahead to be told from a repeat.
status check_command_id(const command_id& id, timestamp now) {
  if (!is_uuid7(id))
    return invalid("command_id", "expected a UUID of version 7");
  auto made = timestamp{duration{static_cast<std::int64_t>(uuid7_ms(id))}};
  if (made + limits::command_age_max < now)
    return invalid("command_id", "this id is older than 24 hours; make a new one");
  if (made > now + limits::clock_skew_max)
    return invalid("command_id", "this id is from the future; check the clock");
  return done{};
}

/// Whose command ids these are: a user's, or for strangers those of the entity that they speak to.
entity_id principal_of(const envelope& e) { return e.by.is_user() ? e.by.who : e.to; }

/// What an earlier command with this id left, if there was one. trace: publish 3/7
std::optional<caf::result<answer>> answer_of_repeat(self_ptr self, const envelope& e) {
  auto& s = self->state;
  if (e.command.empty())
    return {};
  auto earlier = storage::command_result(*s.parts.resources->rows, principal_of(e), e.command);
  if (!earlier)
    return {};
  counters().command_repeats.fetch_add(1, std::memory_order_relaxed);
  if (earlier->parameters != e.parameters || earlier->entity != e.to)
    return to_error(refuse(errc::conflict, "this command_id came before with other parameters"));
  if (!earlier->awaiting)
    return caf::result<answer>{earlier->answer};
  auto& entity = wake(self, e.to);
  if (!entity.actor || entity.passivating)
    return to_error(refuse(errc::unavailable, "try again with the same command_id"));
  return self->delegate(entity.actor, repeat{earlier->answer, earlier->awaiting});
}

refusal quarantine_refusal() {
  return refuse(errc::unavailable, "this is out of order until an operator has looked at it");
}

caf::result<answer> on_envelope(self_ptr self, envelope& e) {
  auto& s = self->state;
  s.parts.router->give_back(s.parts.resources->shard, urgency_of(e));
  counters().commands.fetch_add(1, std::memory_order_relaxed);
  if (!e.command.empty())
    if (auto valid = check_command_id(e.command, s.now()); !valid)
      return to_error(valid.why());
  if (s.quarantined.contains(e.to))
    return to_error(quarantine_refusal());
  if (auto repeated = answer_of_repeat(self, e))
    return std::move(*repeated);
  auto to = self->make_response_promise<answer>();
  forward(self, std::move(e), to);
  return to;
}

void look_now(self_ptr self, const look& l, caf::typed_response_promise<state_ptr> to) {
  if (self->state.quarantined.contains(l.entity)) {
    to.deliver(to_error(quarantine_refusal()));
    return;
  }
  auto& entity = wake(self, l.entity);
  if (entity.actor && !entity.passivating) {
    to.delegate(entity.actor, l);
    return;
  }
  if (!entity.buffer)
    entity.buffer = std::make_unique<std::vector<buffered>>();
  entity.buffer->push_back({{}, {}, to});
}

/// An owner that slept would show what is long past, so the shard has to be ours at some moment after the question.
caf::result<state_ptr> on_look(self_ptr self, const look& l) {
  auto& s = self->state;
  auto to = self->make_response_promise<state_ptr>();
  auto& resources = *s.parts.resources;
  if (resources.claims) {
    auto number = ++s.last_look;
    s.looks.emplace(number, to);
    auto waited = [self, number] { return self->state.looks.extract(number).mapped(); };
    self->request(resources.claims(), limits::request_deadline, confirm_claim{resources.shard})
        .then([=](done) { look_now(self, l, waited()); }, [=](const caf::error& why) { waited().deliver(why); });
  } else {
    look_now(self, l, to);
  }
  return to;
}

/// Any reason ends it, as it does without a handler.
void on_exit(self_ptr self, const caf::exit_msg& message) {
  if (message.reason)
    end(self, message.reason);
}

void on_crashed(self_ptr self, const crashed& c) {
  auto& s = self->state;
  counters().entity_crashes.fetch_add(1, std::memory_order_relaxed);
  auto& record = s.crashes[c.entity];
  record.count = record.fingerprint == c.fingerprint ? record.count + 1 : 1;
  record.fingerprint = c.fingerprint;
  record.why = c.why;
  self->state.parts.resources->alarm("entity_crashed", to_text(c.entity) + ": " + c.why);
  if (record.count >= limits::crashes_before_quarantine && s.quarantined.insert(c.entity).second) {
    counters().entities_quarantined.fetch_add(1, std::memory_order_relaxed);
    s.parts.resources->alarm("entity_quarantined", to_text(c.entity) + ": " + c.why);
  }
  auto found = s.live.find(c.entity);
  if (found == s.live.end())
    return;
  // What it has proposed goes its way; a new actor starts only after that, from the journal.
  found->second.actor = nullptr;
  found->second.passivating = false;
  if (found->second.proposals == 0) {
    if (found->second.buffer)
      send_buffered(self, c.entity);
    else
      s.live.erase(found);
  }
}

void on_snapshot(self_ptr self, snapshot_taken& t) {
  storage::row_batch batch;
  batch.put(storage::tables::snapshot(t.entity), std::move(t.row));
  self->state.parts.rows->write(batch);
}

void on_policy(self_ptr self, const policy_update& update) {
  auto& s = self->state;
  if (s.policy && update.policy->version() < s.policy->version())
    return;
  s.policy = update.policy;
  if (s.policy_wanted > 0 && s.policy->version() >= s.policy_wanted) {
    s.policy_wanted = 0;
    roll_back(self, {});
    append_next(self);
  }
}

shard_status status_of(const shard_state& s) {
  return {s.parts.resources->shard,          s.head, s.live.size(), s.quarantined.size(), s.outbox.size(), s.disk_full,
          s.policy ? s.policy->version() : 0};
}

constexpr std::size_t quarantined_shown_max = 20;

description describe_shard(const shard_state& s) {
  description d;
  d.detail = std::to_string(s.head) + " changes, " + std::to_string(s.live.size()) + " entities live";
  if (s.outbox.size() > 0)
    d.detail += ", " + std::to_string(s.outbox.size()) + " effects on their way";
  if (!s.policy)
    d.detail += ", no policy yet";
  if (s.disk_full)
    d.detail += ", the disk is full";
  for (auto& entity : s.quarantined) {
    if (d.children.size() == quarantined_shown_max)
      break;
    auto crashes = s.crashes.find(entity);
    d.children.push_back({to_text(entity),
                          node_kind::entity,
                          node_state::quarantined,
                          0,
                          {},
                          crashes == s.crashes.end() ? std::string{} : crashes->second.why,
                          {}});
  }
  return d;
}

} // namespace

live_entity& wake(self_ptr self, const entity_id& entity) {
  auto& s = self->state;
  auto& found = s.live[entity];
  found.used_at = s.pulses;
  // A crashed one is started again only when none of its proposals is on its way any more.
  if (!found.actor && found.proposals == 0) {
    found.actor = spawn_entity(self->system(), entity, *s.parts.resources, self);
    found.generation = 0;
    counters().entities_started.fetch_add(1, std::memory_order_relaxed);
  }
  return found;
}

void forward(self_ptr self, envelope e, caf::typed_response_promise<answer> to) {
  auto& s = self->state;
  auto& entity = wake(self, e.to);
  if (entity.actor && !entity.passivating) {
    to.delegate(entity.actor, delivery{std::move(e), s.now(), s.policy});
    return;
  }
  if (!entity.buffer)
    entity.buffer = std::make_unique<std::vector<buffered>>();
  if (entity.buffer->size() >= limits::entity_commands_max) {
    counters().refused_overload.fetch_add(1, std::memory_order_relaxed);
    to.deliver(to_error(refuse(errc::unavailable, "too many commands are waiting here")));
    return;
  }
  entity.buffer->push_back({std::move(e), to, {}});
}

void end(self_ptr self, caf::error why) {
  for (auto& [number, to] : std::exchange(self->state.looks, {}))
    to.deliver(to_error(refuse(errc::unavailable, "this is moving, or starting again; ask again")));
  self->quit(std::move(why));
}

void send_buffered(self_ptr self, const entity_id& entity) {
  auto& s = self->state;
  auto found = s.live.find(entity);
  if (found == s.live.end() || !found->second.buffer)
    return;
  auto buffer = std::exchange(found->second.buffer, nullptr);
  bool in_quarantine = s.quarantined.contains(entity);
  for (auto& b : *buffer) {
    if (in_quarantine && b.command)
      b.answer_to.deliver(to_error(quarantine_refusal()));
    else if (in_quarantine)
      b.state_to.deliver(to_error(quarantine_refusal()));
    else if (b.command)
      forward(self, std::move(*b.command), b.answer_to);
    else
      b.state_to.delegate(wake(self, entity).actor, look{entity});
  }
  if (in_quarantine)
    s.live.erase(entity);
}

namespace {

shard_actor::behavior_type behavior(self_ptr self, const shard_parts& parts) {
  self->state.parts = parts;
  self->set_exit_handler([self](const caf::exit_msg& message) { on_exit(self, message); });
  self->state.live.max_load_factor(entities_per_bucket);
  catch_up(self);
  await_pulse(self);
  parts.policy_moved(); // asks for the current policy
  send_effects(self);
  return {
      [self](envelope& e) { return on_envelope(self, e); },
      [self](const look& l) { return on_look(self, l); },
      [self](proposal& p) { on_proposal(self, p); },
      [self](snapshot_taken& t) { on_snapshot(self, t); },
      [self](const crashed& c) { on_crashed(self, c); },
      [self](pulse) { on_pulse(self); },
      [self](const policy_update& update) { on_policy(self, update); },
      [self](shard_status_request) { return status_of(self->state); },
      [self](describe) { return describe_shard(self->state); },
  };
}

} // namespace

} // namespace charter::shards

namespace charter {

shard_actor spawn_shard(caf::actor_system& system, const shard_parts& parts) {
  return system.spawn(shards::behavior, parts);
}

} // namespace charter
