// The shard's duties besides commands: catching up at start, effects, due times, passivation, erasure, clearing up.

#include "actors/counters.hpp"
#include "actors/errors.hpp"
#include "actors/shard_state.hpp"
#include "domain/codec/record.hpp"
#include "domain/limits.hpp"
#include "storage/erasure.hpp"
#include "storage/queries.hpp"
#include "storage/tables.hpp"

namespace charter::shards {

namespace {

constexpr std::size_t fold_run_changes = 1'000; // one write of rows while catching up
constexpr std::size_t due_per_pulse = 256;
constexpr std::size_t passivating_max = 1'024; // CAF looks for who waits for an answer one by one
constexpr std::size_t scans_per_idle_time = 4; // of `live`, so that nobody stays for much longer than that
constexpr std::uint32_t pulses_rested = 4;     // a second; divides the next two
constexpr std::uint32_t pulses_per_clearing = 64;
constexpr std::uint32_t pulses_per_erasure = 40; // ten seconds: well within limits::erased_within
constexpr std::size_t erasures_at_once = 256;

change decode_or_throw(const storage::log_record& record, position at) {
  auto c = codec::decode_change(record.header, record.body);
  if (!c)
    throw std::runtime_error("position " + std::to_string(at) + ": " + c.why().detail);
  return std::move(*c);
}

void read_or_throw(const shard_state& s, position from, const storage::journal::visitor& visit) {
  auto read = s.parts.resources->journal->read(s.parts.resources->shard, from, visit);
  if (!read)
    throw std::runtime_error(read.why().detail);
}

/// Position and index up to which the target has taken everything.
std::pair<std::uint64_t, std::uint32_t> taken_by(const shard_state& s, shard_id target) {
  auto cursor = storage::effect_cursor_of(*s.parts.rows, s.parts.resources->shard, target);
  return {cursor.position, cursor.index};
}

} // namespace

void owe_effects(shard_state& s, const change& c, position at) {
  for (std::uint32_t i = 0; i < c.effects.size(); ++i) {
    auto& e = c.effects[i];
    auto target = s.parts.router->shard_for(e.to);
    s.outbox.add(target,
                 {{s.parts.resources->shard, s.parts.resources->incarnation, at, i}, c.entity, e.to, e.command});
  }
}

void catch_up(self_ptr self) {
  auto& s = self->state;
  auto& r = *s.parts.resources;
  s.head = r.journal->head(r.shard);
  // Rows first.
  auto folded = storage::folded_up_to(*s.parts.rows, r.shard);
  storage::folder folder{*s.parts.rows, r.shard};
  read_or_throw(s, folded + 1, [&](position at, const storage::log_record& record) {
    folder.apply(at, decode_or_throw(record, at));
    if (at % fold_run_changes == 0)
      s.parts.rows->write(folder.take());
    return true;
  });
  s.parts.rows->write(folder.take());
  // Then the effects that nobody has confirmed.
  std::map<shard_id, std::pair<std::uint64_t, std::uint32_t>> taken;
  position first = UINT64_MAX;
  for (auto target : s.parts.router->shards()) {
    taken[target] = taken_by(s, target);
    first = std::min(first, taken[target].first);
  }
  read_or_throw(s, std::max<position>(first, 1), [&](position at, const storage::log_record& record) {
    auto c = decode_or_throw(record, at);
    s.last_time = std::max(s.last_time, c.at);
    for (std::uint32_t i = 0; i < c.effects.size(); ++i) {
      auto& e = c.effects[i];
      auto target = s.parts.router->shard_for(e.to);
      if (std::pair{at, i} > taken[target])
        s.outbox.add(target, {{r.shard, r.incarnation, at, i}, c.entity, e.to, e.command});
    }
    return true;
  });
  if (s.head > 0 && s.last_time == timestamp{})
    read_or_throw(s, s.head, [&](position at, const storage::log_record& record) {
      s.last_time = decode_or_throw(record, at).at;
      return false;
    });
}

// -- effects --------------------------------------------------------------------------

namespace {

// trace: sanction 4/8
void send_effect(self_ptr self, const owed_effect& owed) {
  auto& s = self->state;
  auto to = owed.to;
  auto target = s.parts.router->shard_for(to);
  auto shard = s.parts.router->at(target);
  envelope e;
  e.to = to;
  e.by = caller::entity(owed.from);
  e.cause = owed.cause;
  e.what = owed.command;
  s.parts.resources->world->fill_random(e.entropy);
  if (!shard || !s.parts.router->take_credit(target, urgency_of(e))) {
    s.outbox.failed(to);
    return;
  }
  self->request<caf::message_priority::high>(shard, limits::request_deadline, std::move(e))
      .then(
          [self, to](const answer&) {
            counters().effects_delivered.fetch_add(1, std::memory_order_relaxed);
            self->state.outbox.taken(to);
            send_effects(self);
          },
          [self, to](const caf::error&) {
            counters().effects_retried.fetch_add(1, std::memory_order_relaxed);
            self->state.outbox.failed(to); // the next pulse tries again; nothing overtakes it
            send_effects(self);
          });
}

} // namespace

void send_effects(self_ptr self) {
  while (auto* owed = self->state.outbox.next())
    send_effect(self, *owed);
}

// -- the pulse ------------------------------------------------------------------------

namespace {

/// The command that wakes an entity of this kind at its due time.
std::optional<any_command> tick_for(entity_kind kind) {
  switch (kind) {
    case entity_kind::user: return any_command{users::command{users::tick{}}};
    case entity_kind::identity: return any_command{identities::command{identities::tick{}}};
    case entity_kind::case_file: return any_command{cases::command{cases::tick{}}};
    case entity_kind::policy: return any_command{policies::command{policies::tick{}}};
    default: return {};
  }
}

void wake_due(self_ptr self) {
  auto& s = self->state;
  auto now = s.now();
  for (const auto& [at, entity] : storage::due_entities(*s.parts.rows, s.parts.resources->shard, now, due_per_pulse)) {
    auto command = tick_for(entity.kind);
    if (!command || s.quarantined.contains(entity) || !s.ticking.insert(entity).second)
      continue;
    envelope e;
    e.to = entity;
    e.by = caller::system();
    e.what = std::move(*command);
    s.parts.resources->world->fill_random(e.entropy);
    auto& live = wake(self, entity);
    if (!live.actor || live.passivating) {
      s.ticking.erase(entity); // the next pulse finds it again
      continue;
    }
    auto finished = [self, entity] { self->state.ticking.erase(entity); };
    self->request(live.actor, limits::request_deadline, delivery{std::move(e), now, s.policy})
        .then([finished](const answer&) { finished(); }, [finished](const caf::error&) { finished(); });
  }
}

void passivate_one(self_ptr self, const entity_id& id, live_entity& entity) {
  entity.passivating = true;
  ++self->state.passivating;
  self->request(entity.actor, limits::request_deadline, passivate{})
      .then(
          [self, id](passivated& p) {
            auto& s = self->state;
            --s.passivating;
            auto found = s.live.find(id);
            if (found == s.live.end())
              return;
            found->second.passivating = false;
            if (p.idle) {
              counters().entities_passivated.fetch_add(1, std::memory_order_relaxed);
              found->second.actor = nullptr;
              if (!p.snapshot.empty()) {
                storage::row_batch batch;
                batch.put(storage::tables::snapshot(id), std::move(p.snapshot));
                s.parts.rows->write(batch);
              }
            }
            if (found->second.buffer)
              send_buffered(self, id);
            else if (p.idle)
              s.live.erase(found);
          },
          [self, id](const caf::error&) {
            --self->state.passivating;
            auto found = self->state.live.find(id);
            if (found != self->state.live.end())
              found->second.passivating = false;
          });
}

/// Looks at a part of the live entities, and on to the next part with the next pulse.
void passivate_idle(self_ptr self) {
  auto& s = self->state;
  auto buckets = s.live.bucket_count();
  auto idle_pulses = static_cast<std::uint32_t>(s.parts.idle_before_passivation / s.parts.pulse_every);
  auto part = std::min(buckets, buckets * scans_per_idle_time / std::max(idle_pulses, 1u) + 1);
  for (std::size_t i = 0; i < part && s.passivating < passivating_max; ++i) {
    s.scan_at = (s.scan_at + 1) % buckets;
    for (auto it = s.live.begin(s.scan_at); it != s.live.end(s.scan_at); ++it) {
      auto& entity = it->second;
      if (entity.actor && !entity.passivating && entity.proposals == 0 && s.pulses - entity.used_at > idle_pulses)
        passivate_one(self, it->first, entity);
    }
  }
}

void write_cursors(shard_state& s) {
  storage::row_batch batch;
  for (auto target : s.parts.router->shards())
    batch.put(storage::tables::effect_cursor(s.parts.resources->shard, target),
              codec::encode(s.outbox.cursor(target, {s.head, UINT32_MAX})));
  s.parts.rows->write(batch);
}

/// What the changes of the last seconds made erasable: bodies, rows, and snapshots that still hold it (I16).
void erase_bodies(self_ptr self) {
  auto& s = self->state;
  auto eraser = s.parts.eraser ? s.parts.eraser() : eraser_actor{};
  if (!eraser || s.erasing)
    return;
  auto pending = storage::bodies_to_erase(*s.parts.rows, s.parts.resources->shard, erasures_at_once);
  if (pending.empty())
    return;
  auto job = storage::job_for(pending);
  s.parts.rows->write(job.snapshots);
  s.erasing = true;
  self->request(eraser, caf::infinite, erase{s.parts.resources->shard, std::move(job.positions), std::move(job.ranges)})
      .then(
          [self, pending](done) {
            auto& state = self->state;
            state.erasing = false;
            counters().bodies_erased.fetch_add(pending.size(), std::memory_order_relaxed);
            storage::row_batch settled;
            for (auto& p : pending)
              storage::settle_erasure(settled, state.parts.resources->shard, p.at);
            state.parts.rows->write(settled);
          },
          [self](const caf::error&) { self->state.erasing = false; }); // the next pulse tries again
}

} // namespace

void await_pulse(self_ptr self) {
  auto& s = self->state;
  bool rests = s.live.empty() && s.outbox.size() == 0;
  // It rests from one multiple to the next: what is done with every so many pulses must not be passed over.
  s.next_pulse_counts = rests && s.pulses % pulses_rested == 0 ? pulses_rested : 1;
  auto after = s.next_pulse_counts * s.parts.pulse_every;
  auto now = self->clock().now();
  self->scheduled_send(self, now + after - now.time_since_epoch() % after, pulse{});
}

void on_pulse(self_ptr self) {
  auto& s = self->state;
  s.pulses += s.next_pulse_counts;
  await_pulse(self);
  s.outbox.retry_all();
  send_effects(self);
  wake_due(self);
  // What follows writes rows. Failing at it would end the server, and reading goes on as long as nobody tries.
  if (!s.parts.resources->journal->has_reserve())
    return;
  passivate_idle(self);
  if (s.pulses % pulses_per_erasure == 0)
    erase_bodies(self);
  if (s.pulses % pulses_per_clearing == 0) {
    write_cursors(s);
    storage::expire_command_results(*s.parts.rows, s.now(), fold_run_changes);
  }
}

} // namespace charter::shards
