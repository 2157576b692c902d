// Committing: one batch on its way per shard; what arrives meanwhile makes the next.

#include <set>

#include "actors/counters.hpp"
#include "actors/errors.hpp"
#include "actors/shard_state.hpp"
#include "domain/limits.hpp"
#include "storage/tables.hpp"

namespace charter::shards {

void on_proposal(self_ptr self, proposal& p) {
  auto& s = self->state;
  auto found = s.live.find(p.what->entity);
  // Decided on a state that was rolled back meanwhile: the entity decides again.
  if (found == s.live.end() || found->second.generation != p.generation)
    return;
  ++found->second.proposals;
  s.next.push_back(std::move(p));
  append_next(self);
}

namespace {

/// Takes the next batch: bounded, and never with others beside a policy change, which they would not be checked
/// against.
void take_batch(shard_state& s) {
  std::size_t bytes = 0;
  while (!s.next.empty() && s.appending.size() < limits::batch_events_max) {
    auto& p = s.next.front();
    auto size = p.record.header.size() + p.record.body.size();
    bool alone = p.raises_policy_to || (!s.appending.empty() && s.appending.front().raises_policy_to);
    if (!s.appending.empty() && (alone || bytes + size > limits::batch_bytes_max))
      return;
    bytes += size;
    s.appending.push_back(std::move(p));
    s.next.pop_front();
  }
}

append message_for(shard_state& s) {
  append a;
  a.batch.shard = s.parts.resources->shard;
  a.batch.expected = s.head;
  a.decided_under = UINT64_MAX;
  for (auto& p : s.appending) {
    a.batch.records.push_back({std::move(p.record.header), std::move(p.record.body)});
    a.decided_under = std::min(a.decided_under, p.decided_under);
    if (p.raises_policy_to)
      a.raises_policy_to = p.raises_policy_to;
  }
  return a;
}

/// A run of an entity's proposals has become durable; those of one that crashed meanwhile only count down.
void settle(self_ptr self, const entity_id& entity, settled done) {
  auto& s = self->state;
  auto& e = s.live.at(entity);
  e.proposals -= static_cast<std::uint32_t>(done.changes);
  if (e.actor)
    self->send(e.actor, done);
  else if (e.proposals == 0 && e.buffer)
    send_buffered(self, entity);
  else if (e.proposals == 0)
    s.live.erase(entity);
}

/// trace: publish 6/7
void on_durable(self_ptr self) {
  auto& s = self->state;
  s.disk_full = false;
  auto done = std::exchange(s.appending, {});
  storage::folder folder{*s.parts.rows, s.parts.resources->shard};
  std::vector<std::pair<entity_id, settled>> runs;
  std::map<entity_id, std::size_t> run_of;
  fresh news;
  bool policy_changed = false;
  for (auto& p : done) {
    auto& c = *p.what;
    ++s.head;
    folder.apply(s.head, c);
    owe_effects(s, c, s.head);
    auto [run, is_new] = run_of.try_emplace(c.entity, runs.size());
    if (is_new)
      runs.push_back({c.entity, {}});
    ++runs[run->second].second.changes;
    runs[run->second].second.last = s.head;
    policy_changed |= c.entity == policy_entity;
    news.changes.push_back(p.what);
  }
  s.parts.rows->write(folder.take()); // before anybody hears of it, so that reads after an answer see it
  send_effects(self);                 // before the answers, so that whoever acts on one comes after them
  for (auto& [entity, run] : runs)
    settle(self, entity, run);
  s.parts.publish(std::move(news));
  if (policy_changed)
    s.parts.policy_moved();
}

void on_appended(self_ptr self, const appended& a) {
  auto& s = self->state;
  switch (a.outcome) {
    case append_result::durable: on_durable(self); break;
    case append_result::no_space: {
      s.disk_full = true;
      auto why = refuse(errc::unavailable, "the disk is full: nothing can be changed, reading goes on");
      why.retry_after_ms = 10'000;
      roll_back(self, why);
      break;
    }
    case append_result::policy_changed:
      counters().redecided_policy.fetch_add(s.appending.size(), std::memory_order_relaxed);
      if (s.policy && s.policy->version() >= a.policy_version) {
        roll_back(self, {});
        break;
      }
      s.policy_wanted = a.policy_version; // the keeper's news of it is on its way
      s.parts.policy_moved();
      return;
    case append_result::conflict:
      s.parts.resources->alarm("shard_conflict", "somebody else has appended to this shard; starting again");
      end(self, to_error(refuse(errc::conflict, "the journal's head is somewhere else")));
      return;
  }
  append_next(self);
}

} // namespace

/// trace: publish 5/7
void append_next(self_ptr self) {
  auto& s = self->state;
  if (!s.appending.empty() || s.next.empty() || s.policy_wanted > 0)
    return;
  take_batch(s);
  self->request(s.parts.journal, caf::infinite, message_for(s))
      .then([self](const appended& a) { on_appended(self, a); },
            [self](caf::error& e) { end(self, std::move(e)); }); // the writer is gone, and the storage subtree with it
}

void roll_back(self_ptr self, const std::optional<refusal>& why) {
  auto& s = self->state;
  std::set<entity_id> concerned;
  for (auto& p : s.appending)
    concerned.insert(p.what->entity);
  for (auto& p : s.next)
    concerned.insert(p.what->entity);
  s.appending.clear();
  s.next.clear();
  for (auto& id : concerned) {
    auto& entity = s.live.at(id);
    entity.proposals = 0;
    ++entity.generation;
    if (entity.actor)
      self->send(entity.actor, rolled_back{s.now(), s.policy, entity.generation, why});
    else if (entity.buffer)
      send_buffered(self, id);
    else
      s.live.erase(id);
  }
}

} // namespace charter::shards
