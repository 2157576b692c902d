#pragma once
// The actor around an aggregate: decides ahead of the disk, speaks only of what the disk holds.
//
// `confirmed` is the state that the journal has; `live` also holds what is proposed and exists only meanwhile. Answers,
// refusals included, wait until everything they rest on is durable (I1, I14); looks see `confirmed` alone. Each
// .cpp in actors/entities/ instantiates this for one aggregate.

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>

#include <caf/all.hpp>

#include "actors/entity.hpp"
#include "actors/errors.hpp"
#include "domain/codec/record.hpp"
#include "domain/limits.hpp"
#include "storage/queries.hpp"
#include "storage/rebuild.hpp"
#include "storage/tables.hpp"

namespace charter::entities {

/// Ties the names of one aggregate's namespace together.
template <entity_kind Kind, class State, class Command, class Event>
struct aggregate {
  static constexpr entity_kind kind = Kind;
  using state = State;
  using command = Command;
  using event = Event;
};

/// An answer that waits: for the proposals before it, for the shard's claim, then for its saga.
struct held_answer {
  delivery asked;          ///< to decide again after a roll-back, and to recognise a repeated command
  std::uint64_t after = 0; ///< sent once so many proposals are settled
  std::uint64_t turn = 0;  ///< and so many turns confirmed
  std::optional<id_bytes> awaiting;
  result<answer> outcome = answer{};
  std::vector<caf::typed_response_promise<answer>> to;
};

/// Highest effect taken per source shard.
using marks = std::vector<cause>;

inline bool taken_already(const marks& seen, const cause& c) {
  auto mark = std::ranges::find(seen, c.shard, &cause::shard);
  return mark != seen.end() &&
         std::tuple(c.incarnation, c.position, c.index) <= std::tuple(mark->incarnation, mark->position, mark->index);
}

template <class A>
struct entity_state {
  using state_type = typename A::state;

  entity_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "entity";

  /// Exists only while something is under way, so that an idle entity stays small.
  struct work {
    std::unique_ptr<state_type> live; ///< absent when nothing is proposed
    marks live_marks;
    std::deque<change_ptr> proposed; ///< not durable yet, oldest first
    std::uint64_t settled = 0;       ///< counts proposals since this work began
    std::deque<held_answer> held;    ///< in the order of deciding
    std::deque<held_answer> queued;  ///< undecided: they need rows, or came after one that does
    std::uint64_t fingerprint = 0;   ///< of the command that is being decided
    std::uint64_t turns = 0;         ///< counts the answers that change nothing, where claims are confirmed
    std::uint64_t confirmed = 0;     ///< the shard was ours when so many had been decided, or they were refused
    bool confirming = false;
  };

  shard_resources const* resources = nullptr;
  shard_actor shard;
  id_bytes raw{};
  bool loaded = false;
  std::uint32_t generation = 0;     ///< raised by roll-backs, so that the shard knows stale proposals
  std::uint32_t since_snapshot = 0; ///< changes
  position at = 0;                  ///< of the last confirmed change
  state_type confirmed;
  marks seen;
  std::unique_ptr<work> busy;

  entity_id self_id() const { return {A::kind, raw}; }
  work& begin_work() {
    if (!busy)
      busy = std::make_unique<work>();
    return *busy;
  }
  const state_type& newest() const { return busy && busy->live ? *busy->live : confirmed; }
  const marks& newest_marks() const { return busy && busy->live ? busy->live_marks : seen; }
};

template <class A>
using self_of = entity_actor::stateful_pointer<entity_state<A>>;

// -- loading --------------------------------------------------------------------------

template <class A>
void replay(entity_state<A>& s, const change& c) {
  for (const auto& event : c.events)
    evolve(s.confirmed, std::get<typename A::event>(event));
  if (c.cause)
    storage::take(s.seen, *c.cause);
}

/// Snapshot, then what the journal has beyond it. Throws std::runtime_error.
template <class A>
void load(entity_state<A>& s) {
  auto& r = *s.resources;
  auto stored = storage::load_entity(*r.rows, *r.journal, r.shard, s.self_id());
  if (!stored)
    throw std::runtime_error(to_text(s.self_id()) + ": " + stored.why().detail);
  s.confirmed = std::get<typename A::state>(std::move(stored->state));
  s.at = stored->at;
  s.seen = std::move(stored->marks);
  s.since_snapshot = stored->since_snapshot;
  s.loaded = true;
}

// -- answering ------------------------------------------------------------------------

inline void deliver(held_answer& h) {
  for (auto& promise : h.to) {
    if (h.outcome)
      promise.deliver(*h.outcome);
    else
      promise.deliver(to_error(h.outcome.why()));
  }
  h.to.clear();
}

template <class A>
void confirm_turns(self_of<A> self);

/// Sends what may be sent: what it rests on is durable and still ours, and its saga has ended.
template <class A>
void release(self_of<A> self) {
  auto& s = self->state;
  if (!s.busy)
    return;
  auto& held = s.busy->held;
  for (auto& h : held) {
    if (h.after > s.busy->settled)
      break;
    if (h.turn > s.busy->confirmed) {
      confirm_turns<A>(self);
      continue;
    }
    if (h.awaiting && h.outcome) {
      if constexpr (requires { outcome(s.confirmed, *h.awaiting); }) {
        auto ended = outcome(s.confirmed, *h.awaiting);
        if (!ended)
          continue;
        if (!*ended)
          h.outcome = ended->why();
      }
    }
    deliver(h);
  }
  std::erase_if(held, [](const held_answer& h) { return h.to.empty(); });
  if (held.empty() && s.busy->proposed.empty() && s.busy->queued.empty() && !s.busy->confirming)
    s.busy.reset();
}

/// Asks whether the shard is ours now that all these turns were decided, unless a question is on its way.
template <class A>
void confirm_turns(self_of<A> self) {
  auto& s = self->state;
  if (std::exchange(s.busy->confirming, true))
    return;
  auto settle = [self, turns = s.busy->turns](const caf::error* why) {
    auto& busy = *self->state.busy; // kept while it confirms
    busy.confirming = false;
    for (auto& h : busy.held)
      if (why && h.turn > busy.confirmed && h.turn <= turns)
        h.outcome = to_refusal(*why);
    busy.confirmed = turns;
    release<A>(self);
  };
  self->request(s.resources->claims(), limits::request_deadline, confirm_claim{s.resources->shard})
      .then([settle](done) { settle(nullptr); }, [settle](const caf::error& why) { settle(&why); });
}

template <class A>
void refuse_all(entity_state<A>& s, const refusal& why) {
  if (!s.busy)
    return;
  for (auto* list : {&s.busy->held, &s.busy->queued})
    for (auto& h : *list) {
      h.outcome = why;
      deliver(h);
    }
  s.busy.reset();
}

// -- deciding -------------------------------------------------------------------------

inline std::uint64_t fingerprint_of(const envelope& e) {
  auto seed = fnv1a(e.parameters, fnv1a(e.command.raw) + e.what.index());
  return e.cause ? seed + e.cause->position * 31 + e.cause->index + 1 : seed + 1;
}

template <class A>
needed_row needed_by(const typename A::command& c) {
  if constexpr (requires { needs(c); })
    return needs(c);
  else
    return {};
}

template <class A>
context context_for(const entity_state<A>& s, const delivery& d) {
  auto& c = std::get<typename A::command>(d.what.what);
  return {d.now,
          d.policy.get(),
          d.what.by,
          s.self_id(),
          storage::facts_for(*s.resources->rows, s.self_id(), needed_by<A>(c)),
          d.what.entropy,
          s.resources->digest};
}

/// The change that this decision makes. An effect always makes one, if only to move its high-water mark.
template <class A>
change change_of(const entity_state<A>& s, const delivery& d, decision<typename A::event>&& made) {
  change c;
  c.entity = s.self_id();
  c.at = d.now;
  c.origin = d.what.by.from;
  c.by = d.what.by.who;
  c.command = d.what.command;
  c.parameters = d.what.parameters;
  c.cause = d.what.cause;
  c.events.assign(std::make_move_iterator(made.events.begin()), std::make_move_iterator(made.events.end()));
  c.effects = std::move(made.effects);
  c.answer = std::move(made.answer);
  c.awaiting = made.awaiting;
  return c;
}

/// Makes the change part of the live state and hands it to the shard. Errors: `too_large`.
template <class A>
status propose(self_of<A> self, const delivery& d, change&& c) {
  auto& s = self->state;
  auto& busy = s.begin_work();
  auto next =
      busy.live ? std::make_unique<typename A::state>(*busy.live) : std::make_unique<typename A::state>(s.confirmed);
  for (const auto& event : c.events)
    evolve(*next, std::get<typename A::event>(event));
  if constexpr (requires { due(*next); })
    c.due = due(*next);
  std::array<std::uint8_t, 16> salt;
  s.resources->world->fill_random(salt);
  auto record = codec::encode_change(c, salt, s.resources->digest);
  if (record.header.size() + record.body.size() > limits::record_bytes_max)
    return refuse(errc::too_large, "this is more than one change may hold");
  if (!busy.live)
    busy.live_marks = s.seen;
  if (c.cause)
    storage::take(busy.live_marks, *c.cause);
  busy.live = std::move(next);
  std::optional<std::uint64_t> raises;
  if constexpr (A::kind == entity_kind::policy)
    if (busy.live->version != s.confirmed.version)
      raises = busy.live->version;
  busy.proposed.push_back(std::make_shared<const change>(std::move(c)));
  self->send(s.shard, proposal{busy.proposed.back(), std::move(record), s.generation,
                               d.policy ? d.policy->version() : 0, raises});
  return done{};
}

/// Decides and holds the answer, also when that throws: `on_exception` then tells whoever asked. trace: publish 4/7
template <class A>
void decide_now(self_of<A> self, held_answer h) try {
  auto& s = self->state;
  auto& busy = s.begin_work();
  auto& d = h.asked;
  busy.fingerprint = fingerprint_of(d.what);
  h.awaiting.reset();
  h.turn = 0;
  h.outcome = answer{};
  bool is_effect = d.what.cause.has_value();
  if (!is_effect || !taken_already(s.newest_marks(), *d.what.cause)) {
    auto made = decide(s.newest(), std::get<typename A::command>(d.what.what), context_for<A>(s, d));
    // Refusing an effect is a fact of its own, journaled so that it isn't delivered again; not so when it can be
    // decided later. Its sender wants to know that it was taken, not how it ends.
    bool taken = is_effect && (made || made.why().code != errc::unavailable);
    if (!made && !taken)
      h.outcome = made.why();
    else if (made && !is_effect) {
      h.outcome = made->answer;
      h.awaiting = made->awaiting;
    }
    bool changes = taken || (made && !(made->events.empty() && made->effects.empty()));
    if (changes) {
      auto c = change_of<A>(s, d, made ? std::move(*made) : decision<typename A::event>{});
      if (auto fits = propose<A>(self, d, std::move(c)); !fits)
        h.outcome = fits.why();
    } else if (!is_effect && s.resources->claims) {
      h.turn = ++busy.turns;
    }
  }
  h.after = busy.settled + busy.proposed.size();
  busy.fingerprint = 0;
  busy.held.push_back(std::move(h));
} catch (...) {
  self->state.begin_work().held.push_back(std::move(h));
  throw;
}

/// A command that needs rows waits until they say the same as the live state; whatever comes after it waits behind it.
template <class A>
void decide_or_queue(self_of<A> self, held_answer h) {
  auto& s = self->state;
  auto& busy = s.begin_work();
  bool reads_rows = needed_by<A>(std::get<typename A::command>(h.asked.what.what)).in != needed_row::table::none;
  if (!busy.queued.empty() || (reads_rows && !busy.proposed.empty()))
    busy.queued.push_back(std::move(h));
  else
    decide_now<A>(self, std::move(h));
}

template <class A>
void work_off_queue(self_of<A> self) {
  auto& s = self->state;
  while (s.busy && !s.busy->queued.empty()) {
    auto& next = s.busy->queued.front();
    bool reads_rows = needed_by<A>(std::get<typename A::command>(next.asked.what.what)).in != needed_row::table::none;
    if (reads_rows && !s.busy->proposed.empty())
      return;
    auto h = std::move(next);
    s.busy->queued.pop_front();
    decide_now<A>(self, std::move(h));
  }
}

/// The same client command, already here and unanswered.
template <class A>
held_answer* find_same(entity_state<A>& s, const envelope& e) {
  if (!s.busy || e.command.empty())
    return nullptr;
  for (auto* list : {&s.busy->held, &s.busy->queued})
    for (auto& h : *list)
      if (h.asked.what.command == e.command && h.asked.what.by.who == e.by.who)
        return &h;
  return nullptr;
}

// -- handlers -------------------------------------------------------------------------

template <class A>
caf::result<answer> on_delivery(self_of<A> self, delivery& d) {
  auto& s = self->state;
  if (!s.loaded)
    load(s);
  auto to = self->template make_response_promise<answer>();
  if (auto* same = find_same(s, d.what)) {
    if (same->asked.what.parameters != d.what.parameters)
      to.deliver(to_error(refuse(errc::conflict, "this command_id came before with other parameters")));
    else
      same->to.push_back(to);
    return to;
  }
  if (s.busy && s.busy->held.size() + s.busy->queued.size() >= limits::entity_commands_max) {
    auto why = refuse(errc::unavailable, "too many commands are waiting here");
    why.retry_after_ms = 1'000;
    to.deliver(to_error(std::move(why)));
    return to;
  }
  held_answer h;
  h.asked = std::move(d);
  h.to.push_back(to);
  decide_or_queue<A>(self, std::move(h));
  release<A>(self);
  return to;
}

/// The change is durable; only the saga that it began may still be under way.
template <class A>
caf::result<answer> on_repeat(self_of<A> self, repeat& r) {
  auto& s = self->state;
  if (!s.loaded)
    load(s);
  auto to = self->template make_response_promise<answer>();
  held_answer h;
  h.outcome = std::move(r.answer);
  h.awaiting = r.awaiting;
  h.after = s.begin_work().settled;
  h.to.push_back(to);
  s.busy->held.push_front(std::move(h)); // rests on nothing that is proposed
  release<A>(self);
  return to;
}

template <class A>
void on_settled(self_of<A> self, const settled& done) {
  auto& s = self->state;
  auto& busy = *s.busy;
  for (std::size_t i = 0; i < done.changes; ++i) {
    replay(s, *busy.proposed.front());
    busy.proposed.pop_front();
  }
  s.at = done.last;
  s.since_snapshot += static_cast<std::uint32_t>(done.changes);
  busy.settled += done.changes;
  if (busy.proposed.empty()) {
    busy.live.reset();
    busy.live_marks.clear();
    if (s.since_snapshot >= limits::snapshot_every_events) {
      self->send(s.shard, snapshot_taken{s.self_id(), snapshot_of(s)});
      s.since_snapshot = 0;
    }
    work_off_queue<A>(self);
  }
  release<A>(self);
}

template <class A>
bytes snapshot_of(const entity_state<A>& s) {
  return codec::encode(storage::snapshot_row{s.at, s.seen, codec::encode(s.confirmed)});
}

template <class A>
void on_rolled_back(self_of<A> self, const rolled_back& r) {
  auto& s = self->state;
  s.generation = r.generation;
  if (!s.busy)
    return;
  auto& busy = *s.busy;
  busy.proposed.clear();
  busy.live.reset();
  busy.live_marks.clear();
  // What rested on durable changes alone stays as it was answered; the rest is decided again, in its order.
  std::deque<held_answer> again;
  std::deque<held_answer> stays;
  for (auto& h : busy.held)
    (h.after > busy.settled ? again : stays).push_back(std::move(h));
  for (auto& h : busy.queued)
    again.push_back(std::move(h));
  busy.held = std::move(stays);
  busy.queued.clear();
  for (auto& h : again) {
    if (r.why) {
      h.outcome = *r.why;
      deliver(h);
    } else {
      h.asked.now = r.now;
      h.asked.policy = r.policy;
      decide_or_queue<A>(self, std::move(h));
    }
  }
  release<A>(self);
}

template <class A>
passivated on_passivate(self_of<A> self) {
  auto& s = self->state;
  if (s.busy)
    return {s.self_id(), false, {}};
  self->quit();
  bool changed = s.loaded && s.since_snapshot > 0;
  return {s.self_id(), true, changed ? snapshot_of(s) : bytes{}};
}

/// A bug or damaged records: tell those who wait, tell the shard, and end. The shard starts a new one.
template <class A>
caf::error on_exception(self_of<A> self, const std::exception_ptr& thrown) {
  auto& s = self->state;
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& e) {
    what = e.what();
  } catch (...) {
  }
  caf::anon_send(s.shard, crashed{s.self_id(), s.busy ? s.busy->fingerprint : 0, what});
  refuse_all(s, refuse(errc::unavailable, "the outcome isn't known; try again with the same command_id"));
  return caf::sec::runtime_error;
}

// -- the actor ------------------------------------------------------------------------

/// A million of these live at once, so they share one behavior, which finds its actor in the thread that runs it. A
/// behavior that holds `self` would cost each of them 300 bytes.
template <class A>
class entity_body final : public entity_actor::stateful_base<entity_state<A>> {
public:
  using super = entity_actor::stateful_base<entity_state<A>>;

  entity_body(caf::actor_config& config, const id_bytes& raw, const shard_resources* resources, shard_actor shard)
      : super(config) {
    auto& s = this->state;
    s.raw = raw;
    s.resources = resources;
    s.shard = std::move(shard);
    this->set_exception_handler(
        [this](std::exception_ptr& thrown) -> caf::error { return on_exception<A>(this, thrown); });
    // Its shard has ended. CAF wouldn't answer for a promise that ends with its actor.
    this->set_exit_handler([this](const caf::exit_msg& end) {
      refuse_all(this->state, refuse(errc::unavailable, "the outcome isn't known; try again with the same command_id"));
      this->quit(end.reason);
    });
  }

  caf::resumable::resume_result resume(caf::execution_unit* where, std::size_t messages_max) override {
    auto* outer = std::exchange(running_, this);
    auto outcome = super::resume(where, messages_max);
    running_ = outer;
    return outcome;
  }

protected:
  entity_actor::behavior_type make_behavior() override {
    static const auto shared = handlers();
    return shared;
  }

private:
  static entity_actor::behavior_type handlers() {
    return {
        [](delivery& d) { return on_delivery<A>(running_, d); },
        [](repeat& r) { return on_repeat<A>(running_, r); },
        [](const look&) -> state_ptr {
          auto& s = running_->state;
          if (!s.loaded)
            load(s);
          return std::make_shared<const any_state>(s.confirmed);
        },
        [](const settled& done) { on_settled<A>(running_, done); },
        [](const rolled_back& r) { on_rolled_back<A>(running_, r); },
        [](passivate) { return on_passivate<A>(running_); },
    };
  }

  static inline thread_local entity_body* running_ = nullptr;
};

template <class A>
entity_actor spawn(caf::actor_system& system, const id_bytes& raw, const shard_resources& resources,
                   const shard_actor& shard) {
  return system.spawn<entity_body<A>, caf::lazy_init>(raw, &resources, shard);
}

} // namespace charter::entities
