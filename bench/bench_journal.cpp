// Durable events per second: publishers with one event in flight each, through batchers and the journal writer to a
// LevelDB journal; beside a bare LevelDB that writes synced batches of as many events of the same bytes.
//
// Sixteen batchers stand for the shards of a node: each has one batch on its way, and what arrives meanwhile makes the
// next. `batch_events_mean` is events per sync.

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "actors/counters.hpp"
#include "actors/journal_writer.hpp"
#include "actors/scheduling.hpp"
#include "bench/harness.hpp"
#include "bench/temporary_directory.hpp"
#include "storage/journal_format.hpp"
#include "storage/leveldb_journal.hpp"
#include "storage/system_environment.hpp"

namespace charter::bench {

struct event_in {
  bytes record;
};
struct event_durable {};
struct begin {};

using publisher_actor = caf::typed_actor<caf::reacts_to<begin>, caf::reacts_to<event_durable>>;
using batcher_actor = caf::typed_actor<caf::reacts_to<event_in, publisher_actor>>;

} // namespace charter::bench

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::bench::event_in)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::bench::event_durable)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::bench::begin)

namespace charter::bench {

namespace {

using steady = std::chrono::steady_clock;

constexpr shard_id shards = 16;
constexpr std::size_t event_bytes = 200;
constexpr std::size_t write_buffer_bytes = 8u << 20; // the journal's own

/// As random as ciphertext, so that compression gains nothing.
bytes random_event() {
  bytes event(event_bytes);
  storage::system_environment{}.fill_random(event);
  return event;
}

double seconds_since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

// -- charter --------------------------------------------------------------------------------

/// What all actors of one round share.
struct round_state {
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> events{0};
};

struct batcher_state {
  batcher_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  static constexpr const char* name = "batcher";

  shard_id shard = 0;
  storage::position head = 0;
  journal_actor journal;
  round_state* round = nullptr;
  std::vector<std::pair<bytes, publisher_actor>> next;
  std::vector<publisher_actor> appending;
};

using batcher_ptr = batcher_actor::stateful_pointer<batcher_state>;

void append_next(batcher_ptr self) {
  auto& s = self->state;
  if (!s.appending.empty() || s.next.empty())
    return;
  append a;
  a.batch.shard = s.shard;
  a.batch.expected = s.head;
  for (auto& [record, from] : std::exchange(s.next, {})) {
    a.batch.records.push_back({std::move(record), {}});
    s.appending.push_back(std::move(from));
  }
  self->request(s.journal, caf::infinite, std::move(a)).then([self](const appended& done) {
    auto& s = self->state;
    if (done.outcome != append_result::durable)
      throw std::runtime_error("an append was refused");
    auto settled = std::exchange(s.appending, {});
    s.head += settled.size();
    s.round->events.fetch_add(settled.size(), std::memory_order_relaxed);
    for (auto& publisher : settled)
      self->send(publisher, event_durable{});
    append_next(self);
  });
}

batcher_actor::behavior_type batcher(batcher_ptr self, shard_id shard, storage::position head, journal_actor journal,
                                     round_state* round) {
  self->state.shard = shard;
  self->state.head = head;
  self->state.journal = std::move(journal);
  self->state.round = round;
  return {[self](event_in& e, const publisher_actor& from) {
    self->state.next.emplace_back(std::move(e.record), from);
    append_next(self);
  }};
}

publisher_actor::behavior_type publisher(publisher_actor::pointer self, batcher_actor to, bytes event,
                                         round_state* round) {
  auto publish = [self, to = std::move(to), event = std::move(event)] {
    self->send(to, event_in{event}, publisher_actor{self});
  };
  return {
      [publish](begin) { publish(); },
      [self, publish, round](event_durable) {
        if (round->over)
          self->quit();
        else
          publish();
      },
  };
}

struct actor_node {
  explicit actor_node(const std::string& directory) {
    storage::system_environment world;
    auto made = storage::create_data_directory(directory, shards, world);
    auto opened = made ? storage::open_leveldb_journal(directory) : made.why();
    if (!opened)
      throw std::runtime_error(opened.why().detail);
    journal = std::move(*opened);
    set_scheduling(config);
    system = std::make_unique<caf::actor_system>(config);
    writer = spawn_journal_writer(*system, *journal, true);
  }
  ~actor_node() {
    caf::anon_send_exit(writer, caf::exit_reason::user_shutdown);
    writer = nullptr;
    system->await_all_actors_done();
  }

  std::unique_ptr<storage::journal> journal;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  journal_actor writer;
};

samples run_charter(actor_node& node, std::size_t publishers, std::chrono::milliseconds time) {
  round_state round;
  std::vector<batcher_actor> batchers;
  for (shard_id i = 0; i < shards; ++i)
    batchers.push_back(node.system->spawn(batcher, i, node.journal->head(i), node.writer, &round));
  std::vector<publisher_actor> all;
  for (std::size_t i = 0; i < publishers; ++i)
    all.push_back(node.system->spawn(publisher, batchers[i % shards], random_event(), &round));
  auto syncs_before = counters().journal_syncs.load();
  auto cpu_before = own_cpu_seconds();
  auto began = steady::now();
  for (auto& p : all)
    caf::anon_send(p, begin{});
  std::this_thread::sleep_for(time);
  auto events = static_cast<double>(round.events.load());
  auto took = seconds_since(began);
  auto syncs = static_cast<double>(counters().journal_syncs.load() - syncs_before);
  auto cpu = own_cpu_seconds() - cpu_before;
  round.over = true;
  caf::scoped_actor me{*node.system};
  me->wait_for(all);
  for (auto& b : batchers)
    me->send_exit(b, caf::exit_reason::user_shutdown);
  me->wait_for(batchers);
  return {{"events_per_s", events / took, "1/s"},
          {"batch_events_mean", events / std::max(syncs, 1.0), "events"},
          {"cpu_us_per_event", cpu * 1e6 / std::max(events, 1.0), "us"}};
}

// -- floor ------------------------------------------------------------------------------------

struct bare_leveldb {
  explicit bare_leveldb(const std::string& directory) {
    leveldb::Options options;
    options.create_if_missing = true;
    options.paranoid_checks = true;
    options.write_buffer_size = write_buffer_bytes;
    leveldb::DB* opened = nullptr;
    if (auto ok = leveldb::DB::Open(options, directory, &opened); !ok.ok())
      throw std::runtime_error(ok.ToString());
    db.reset(opened);
  }
  std::unique_ptr<leveldb::DB> db;
  storage::position last = 0;
};

samples run_floor(bare_leveldb& bare, std::size_t batch, std::chrono::milliseconds time) {
  auto event = random_event();
  leveldb::Slice value{reinterpret_cast<const char*>(event.data()), event.size()};
  leveldb::WriteOptions synced;
  synced.sync = true;
  std::uint64_t events = 0;
  std::uint64_t syncs = 0;
  auto cpu_before = own_cpu_seconds();
  auto began = steady::now();
  while (steady::now() - began < time) {
    leveldb::WriteBatch writes;
    for (std::size_t i = 0; i < batch; ++i)
      writes.Put(storage::row_key(storage::table::header, 0, ++bare.last), value);
    if (auto ok = bare.db->Write(synced, &writes); !ok.ok())
      throw std::runtime_error(ok.ToString());
    events += batch;
    ++syncs;
  }
  return {{"events_per_s", static_cast<double>(events) / seconds_since(began), "1/s"},
          {"batch_events_mean", static_cast<double>(events) / static_cast<double>(syncs), "events"},
          {"cpu_us_per_event", (own_cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(events), "us"}};
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  using namespace charter::bench;
  harness h("journal", argc, argv);
  temporary_directory data;
  actor_node node{data / "charter"};
  bare_leveldb bare{data / "bare"};
  auto time = h.quick() ? std::chrono::milliseconds{700} : std::chrono::milliseconds{2'000};
  for (std::size_t publishers : {1, 32, 256})
    h.compare("p" + std::to_string(publishers), h.quick() ? 5 : 9,
              {{"charter", [&] { return run_charter(node, publishers, time); }},
               {"floor", [&] { return run_floor(bare, publishers, time); }}});
  return h.finish();
}
