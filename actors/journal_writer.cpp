#include "actors/journal_writer.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <caf/all.hpp>

#include "actors/counters.hpp"

namespace charter {

actor_counters& counters() {
  static actor_counters all;
  return all;
}

void end_process(const std::string& why) {
  std::fprintf(stderr, "charter: the journal failed, so nothing more can be promised: %s\n", why.c_str());
  std::_Exit(70);
}

namespace {

using clock = std::chrono::steady_clock;

/// How long the next sync waits for those whom the last one answered: this part of that one's duration.
constexpr int linger_part = 2;
constexpr auto linger_max = std::chrono::milliseconds{1};

struct waiting_append {
  append what;
  caf::typed_response_promise<appended> to;
};

struct writer_state {
  writer_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "journal";

  storage::journal* journal = nullptr;
  policy_fence* policy = nullptr;
  fatal_fn fatal;
  std::uint64_t policy_version = 0;
  std::vector<waiting_append> waiting;
  bool flush_sent = false;
  bool failed = false;

  // Shards that were just answered mostly come again at once. Without waiting for them half of the shards would always
  // come just after a sync began, and each sync would carry half of what it could.
  bool lingers = false;             ///< where real time passes
  std::vector<shard_id> expected;   ///< answered by the last sync, and not back yet
  clock::time_point expected_until; ///< a part of the time that the sync took
};

using self_ptr = journal_actor::stateful_pointer<writer_state>;

append_result result_of(storage::append_outcome outcome) {
  switch (outcome) {
    case storage::append_outcome::durable: return append_result::durable;
    case storage::append_outcome::conflict: return append_result::conflict;
    case storage::append_outcome::no_space: return append_result::no_space;
  }
  assertion_failed("a known outcome", __FILE__, __LINE__);
}

void count(const storage::append_batch& batch) {
  auto& c = counters();
  c.journal_batches.fetch_add(1, std::memory_order_relaxed);
  c.journal_changes.fetch_add(batch.records.size(), std::memory_order_relaxed);
  std::uint64_t bytes = 0;
  for (const auto& record : batch.records)
    bytes += record.header.size() + record.body.size();
  c.journal_bytes.fetch_add(bytes, std::memory_order_relaxed);
}

/// Appends [begin, end) with one sync and answers.
void append_group(writer_state& s, std::span<waiting_append> group) {
  if (group.empty())
    return;
  std::vector<storage::append_batch> batches;
  for (auto& w : group)
    batches.push_back(std::move(w.what.batch));
  std::vector<storage::append_outcome> outcomes;
  if (s.policy)
    s.policy->expect(s.policy_version, group.front().what.raises_policy_to); // which is alone in its group
  auto began = clock::now();
  try {
    outcomes = s.journal->append(batches);
  } catch (const std::exception& e) {
    s.failed = true;
    s.fatal(e.what());
    return;
  }
  counters().journal_syncs.fetch_add(1, std::memory_order_relaxed);
  bool outdated = s.policy && s.policy->met() > s.policy_version;
  if (outdated)
    s.policy_version = s.policy->met();
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto outcome = result_of(outcomes[i]);
    if (outcome == append_result::conflict && outdated)
      outcome = append_result::policy_changed; // if its head has moved as well, it will hear of that the next time
    if (outcome == append_result::durable) {
      count(batches[i]);
      // A policy change closes its group, so whatever follows is checked against the raised version.
      if (group[i].what.raises_policy_to)
        s.policy_version = *group[i].what.raises_policy_to;
    } else if (outcome == append_result::no_space) {
      counters().refused_disk_full.fetch_add(1, std::memory_order_relaxed);
    }
    group[i].to.deliver(appended{outcome, s.policy_version});
    s.expected.push_back(batches[i].shard);
  }
  auto ended = clock::now();
  s.expected_until = ended + std::min<clock::duration>((ended - began) / linger_part, linger_max);
}

bool should_linger(writer_state& s) { return s.lingers && !s.expected.empty() && clock::now() < s.expected_until; }

void flush_all(writer_state& s) {
  s.flush_sent = false;
  s.expected.clear();
  auto all = std::exchange(s.waiting, {});
  std::size_t begin = 0;
  for (std::size_t i = 0; i < all.size() && !s.failed; ++i) {
    if (all[i].what.raises_policy_to) {
      append_group(s, std::span{all}.subspan(begin, i - begin));
      begin = i;
    }
    if (all[i].what.decided_under < s.policy_version) {
      append_group(s, std::span{all}.subspan(begin, i - begin));
      begin = i + 1;
      all[i].to.deliver(appended{append_result::policy_changed, s.policy_version});
    } else if (all[i].what.raises_policy_to) {
      append_group(s, std::span{all}.subspan(i, 1));
      begin = i + 1;
    }
  }
  if (!s.failed && begin < all.size())
    append_group(s, std::span{all}.subspan(begin));
}

journal_actor::behavior_type behavior(self_ptr self, storage::journal* journal, bool lingers, fatal_fn fatal,
                                      policy_fence* policy) {
  self->state.journal = journal;
  self->state.policy = policy;
  self->state.lingers = lingers;
  self->state.fatal = std::move(fatal);
  return {
      [self](append& a) -> caf::result<appended> {
        auto& s = self->state;
        auto to = self->make_response_promise<appended>();
        std::erase(s.expected, a.batch.shard);
        s.waiting.push_back({std::move(a), to});
        if (!std::exchange(s.flush_sent, true))
          self->send(self, flush{});
        return to;
      },
      [self](const set_policy_version& v) {
        self->state.policy_version = std::max(self->state.policy_version, v.version);
      },
      [self](flush) {
        if (should_linger(self->state)) {
          std::this_thread::yield();
          self->send(self, flush{});
          return;
        }
        flush_all(self->state);
      },
  };
}

} // namespace

journal_actor spawn_journal_writer(caf::actor_system& system, storage::journal& journal, bool detached, fatal_fn fatal,
                                   policy_fence* policy) {
  return detached ? system.spawn<caf::detached>(behavior, &journal, true, std::move(fatal), policy)
                  : system.spawn(behavior, &journal, false, std::move(fatal), policy);
}

} // namespace charter
