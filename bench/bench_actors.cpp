// A million user actors: what they cost while they live, and when they have passivated.
//
// A store is filled with snapshots first (uncounted): each user has a name, the agreement's signature and 20
// subscriptions. Each round is a process of its own: production's shards and journal writer on that store, every user
// woken by a `look`; then 1,000 random ones answer a look and a command that is journaled. Nothing else wakes them, so
// after a while all have passivated, and 1,000 random ones answer again. Memory is what the process has beyond what it
// had when it began.

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <functional>
#include <future>
#include <iostream>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <caf/all.hpp>

#include "actors/errors.hpp"
#include "actors/journal_writer.hpp"
#include "actors/router.hpp"
#include "actors/scheduling.hpp"
#include "actors/shard.hpp"
#include "bench/harness.hpp"
#include "bench/temporary_directory.hpp"
#include "domain/codec/record.hpp"
#include "domain/limits.hpp"
#include "storage/data_directory.hpp"
#include "storage/digest.hpp"
#include "storage/leveldb_journal.hpp"
#include "storage/leveldb_store.hpp"
#include "storage/stored_rows.hpp"
#include "storage/system_environment.hpp"
#include "storage/tables.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr auto gives_back_within = 20s; // shards give memory back now and then
constexpr shard_id shards = 16;
constexpr std::size_t subscriptions = 20;
constexpr std::size_t accounts = 10'000;
constexpr std::size_t questions = 1'000;
constexpr std::size_t in_flight = 256; // CAF looks for who waits for an answer one by one

double seconds_since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

/// An id that depends on a number only, spread like a hash.
id_bytes numbered_id(std::string_view what, std::size_t number) {
  auto digest = storage::sha256(view_of(std::string{what} + std::to_string(number)));
  id_bytes raw;
  std::copy_n(digest.begin(), raw.size(), raw.begin());
  return raw;
}

user_id user_of(std::size_t number) { return {numbered_id("user", number)}; }

users::state registered_user(std::size_t number) {
  users::state s;
  s.status = users::status::active;
  s.name_granted = true;
  s.place_granted = true;
  s.pseudonym = "pseudonym " + std::to_string(number);
  s.name = {numbered_id("name", number)};
  s.identity = identity_id{numbered_id("identity", number)};
  s.region = "cn-beijing";
  s.language = "zh-CN";
  s.agreement_version = 1;
  s.agreement_digest = storage::sha256(view_of("agreement"));
  s.agreement_at = timestamp{1'780'000'000'000ms};
  s.registered_at = s.agreement_at;
  s.standing_sequence = 1;
  for (std::size_t i = 0; i < subscriptions; ++i)
    s.subscriptions.push_back({numbered_id("account", (number + i * 499) % accounts)});
  return s;
}

template <class T>
T must(result<T> outcome) {
  if (!outcome)
    throw std::runtime_error(outcome.why().detail);
  return std::move(*outcome);
}

void fill_store(const std::string& directory, std::size_t users) {
  storage::system_environment world;
  must(storage::create_data_directory(directory, shards, world));
  auto rows = must(storage::open_leveldb_store(directory));
  storage::row_batch batch;
  for (std::size_t i = 0; i < users; ++i) {
    storage::snapshot_row row{0, {}, codec::encode(registered_user(i))};
    batch.put(storage::tables::snapshot(user_of(i)), codec::encode(row));
    if (batch.operations().size() == 1'000 || i + 1 == users) {
      rows->write(batch);
      batch.clear();
    }
  }
}

// -- a node without a network ---------------------------------------------------------------

class small_node {
public:
  small_node(const std::string& directory, duration idle) : router_(shards) {
    journal_ = must(storage::open_leveldb_journal(directory));
    rows_ = must(storage::open_leveldb_store(directory));
    set_scheduling(config_);
    system_ = std::make_unique<caf::actor_system>(config_);
    writer_ = spawn_journal_writer(*system_, *journal_, true);
    for (auto id : router_.shards())
      start_shard(id, idle);
  }
  ~small_node() {
    for (auto id : router_.shards()) {
      caf::anon_send_exit(router_.at(id), caf::exit_reason::user_shutdown);
      router_.set(id, shard_actor{});
    }
    caf::anon_send_exit(writer_, caf::exit_reason::user_shutdown);
    writer_ = nullptr;
    system_->await_all_actors_done();
  }

  caf::actor_system& system() { return *system_; }
  charter::router& router() { return router_; }
  storage::system_environment& world() { return world_; }

  std::size_t live() {
    caf::scoped_actor me{*system_};
    std::size_t sum = 0;
    for (auto id : router_.shards())
      me->request(router_.at(id), caf::infinite, shard_status_request{})
          .receive([&](const shard_status& s) { sum += s.live; }, [](const caf::error&) {});
    return sum;
  }

private:
  void start_shard(shard_id id, duration idle) {
    resources_.push_back(
        std::make_unique<shard_resources>(shard_resources{id, 1, &world_, journal_.get(), rows_.get(), storage::sha256,
                                                          [](std::string_view what, const std::string& detail) {
                                                            std::cerr << "alarm " << what << ": " << detail << "\n";
                                                          }}));
    shard_parts p;
    p.resources = resources_.back().get();
    p.rows = rows_.get();
    p.journal = writer_;
    p.router = &router_;
    p.policy_moved = [] {};
    p.publish = [](fresh) {};
    p.idle_before_passivation = idle;
    p.pulse_every = 250ms;
    router_.set(id, spawn_shard(*system_, p));
  }

  storage::system_environment world_;
  std::unique_ptr<storage::journal> journal_;
  std::unique_ptr<storage::store> rows_;
  charter::router router_;
  std::vector<std::unique_ptr<shard_resources>> resources_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  journal_actor writer_;
};

// -- asking -------------------------------------------------------------------------------------

/// Asks about users 0 to `count`, some at a time, and counts the answers.
struct asker_state {
  asker_state() = default; // spelled out: CAF would take the actor for an aggregate's first member
  std::size_t asked = 0;
  std::size_t heard = 0;
  std::size_t good = 0;
  std::function<void(caf::stateful_actor<asker_state>*, std::size_t)> ask;
  std::size_t count = 0;
  std::shared_ptr<std::promise<std::size_t>> answered; ///< gets how many answered well
};
using asker_ptr = caf::stateful_actor<asker_state>*;

void ask_next(asker_ptr self) {
  auto& s = self->state;
  if (s.asked < s.count)
    s.ask(self, s.asked++);
}

void heard(asker_ptr self, bool good) {
  auto& s = self->state;
  ++s.heard;
  s.good += good;
  if (s.heard < s.count)
    return ask_next(self);
  s.answered->set_value(s.good);
  self->quit();
}

void refused(asker_ptr self, const caf::error& why) {
  if (self->state.good == self->state.heard) // the first one tells enough
    std::cerr << "bench_actors: " << to_refusal(why).detail << "\n";
  heard(self, false);
}

/// Returns how many answered well.
std::size_t ask_all(small_node& node, std::size_t count, std::function<void(asker_ptr, std::size_t)> ask) {
  auto answered = std::make_shared<std::promise<std::size_t>>();
  node.system().spawn([&](asker_ptr self) {
    self->state.ask = std::move(ask);
    self->state.count = count;
    self->state.answered = answered;
    for (std::size_t i = 0; i < std::min(in_flight, count); ++i)
      ask_next(self);
    return caf::behavior{[](caf::unit_t) {}};
  });
  return answered->get_future().get();
}

bool is_user(const state_ptr& state, std::size_t number) {
  auto* user = std::get_if<users::state>(state.get());
  return user && user->pseudonym.value_or_empty() == "pseudonym " + std::to_string(number);
}

void look_at(small_node& node, asker_ptr self, std::size_t number) {
  entity_id user = user_of(number);
  self->request(node.router().of(user), caf::infinite, look{user})
      .then([self, number](const state_ptr& state) { heard(self, is_user(state, number)); },
            [self](const caf::error& e) { refused(self, e); });
}

command_id fresh_command(small_node& node) {
  command_id id;
  node.world().fill_random(id.raw);
  auto ms = static_cast<std::uint64_t>(node.world().now().time_since_epoch().count());
  for (int i = 0; i < 6; ++i)
    id.raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  id.raw[6] = static_cast<std::uint8_t>(0x70 | (id.raw[6] & 0x0f));
  id.raw[8] = static_cast<std::uint8_t>(0x80 | (id.raw[8] & 0x3f));
  return id;
}

/// A command that is decided, journaled and folded like every other.
void change_language(small_node& node, asker_ptr self, std::size_t number) {
  user_id user = user_of(number);
  envelope e;
  e.to = user;
  e.by = caller::of(user);
  e.command = fresh_command(node);
  e.what = users::command{users::update{{}, {}, {}, "en"}};
  node.world().fill_random(e.entropy);
  node.router().take_credit(node.router().shard_for(user), urgency::ordinary);
  self->request(node.router().of(user), caf::infinite, std::move(e))
      .then([self](const answer&) { heard(self, true); }, [self](const caf::error& e) { refused(self, e); });
}

/// How many of some random users answer both a look and a command.
double answering(small_node& node, std::size_t users, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::vector<std::size_t> whom(questions);
  for (auto& number : whom)
    number = random() % users;
  auto looks = ask_all(node, questions, [&](asker_ptr self, std::size_t i) { look_at(node, self, whom[i]); });
  auto commands =
      ask_all(node, questions, [&](asker_ptr self, std::size_t i) { change_language(node, self, whom[i]); });
  return static_cast<double>(std::min(looks, commands));
}

// -- a round ------------------------------------------------------------------------------------

struct round_figures {
  double spawn_s = 0;
  double live_bytes = 0; ///< per actor
  double live_answered = 0;
  double passive_bytes = 0; ///< per user
  double passive_answered = 0;
  double passivation_s = 0; ///< from the last use until all were gone
};

round_figures run_round(const std::string& directory, std::size_t users, duration idle) {
  round_figures r;
  auto per_user = [users, before = anonymous_bytes()] {
    return static_cast<double>(anonymous_bytes() - before) / static_cast<double>(users);
  };
  small_node node{directory, idle};
  auto began = steady::now();
  auto woken = ask_all(node, users, [&](asker_ptr self, std::size_t i) { look_at(node, self, i); });
  r.spawn_s = seconds_since(began);
  if (woken != users || node.live() != users)
    throw std::runtime_error("only " + std::to_string(woken) + " came, " + std::to_string(node.live()) + " live");
  r.live_bytes = per_user();
  r.live_answered = answering(node, users, 1);
  auto idle_since = steady::now();
  while (node.live() > 0) {
    if (steady::now() - idle_since > idle + 120s)
      throw std::runtime_error(std::to_string(node.live()) + " don't passivate");
    std::this_thread::sleep_for(100ms);
  }
  r.passivation_s = seconds_since(idle_since);
  std::this_thread::sleep_for(gives_back_within);
  r.passive_bytes = per_user();
  r.passive_answered = answering(node, users, 2);
  return r;
}

/// Runs it in a process of its own, so that each round begins empty; this process never has a second thread.
template <class Figures>
Figures apart(const std::function<Figures()>& run) {
  int ends[2];
  if (::pipe(ends) != 0)
    throw std::runtime_error("no pipe");
  auto child = ::fork();
  if (child == 0) {
    int code = 1;
    try {
      auto figures = run();
      code = ::write(ends[1], &figures, sizeof figures) == sizeof figures ? 0 : 1;
    } catch (const std::exception& e) {
      std::cerr << "bench_actors: " << e.what() << "\n";
    }
    ::_exit(code);
  }
  ::close(ends[1]);
  Figures figures{};
  auto got = ::read(ends[0], &figures, sizeof figures);
  ::close(ends[0]);
  int ended = 0;
  if (::waitpid(child, &ended, 0) != child || ended != 0 || got != sizeof figures)
    throw std::runtime_error("a round failed");
  return figures;
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  using namespace charter::bench;
  using namespace std::chrono_literals;
  harness h("actors", argc, argv);
  temporary_directory data;
  auto directory = data / "node";
  std::size_t users = h.quick() ? 100'000 : 1'000'000;
  std::string of = h.quick() ? "-100k" : "-1m";
  charter::duration idle = h.quick() ? charter::duration{12s} : charter::limits::entity_idle_before_passivation;
  std::cerr << "writing " << users << " snapshots\n";
  apart<int>([&] { return fill_store(directory, users), 0; });
  for (int round = 0; round < (h.quick() ? 1 : 3); ++round) {
    foreign_cpu_meter foreign;
    auto r = apart<round_figures>([&] { return run_round(directory, users, idle); });
    auto others = foreign.read();
    std::cerr << "round " << round + 1 << ": " << r.live_bytes << " bytes live, " << r.spawn_s << " s, "
              << r.passive_bytes << " bytes passive\n";
    h.add("live" + of, "charter", {"bytes_per_actor", r.live_bytes, "bytes"}, others);
    h.add("live" + of, "charter", {"spawn_s", r.spawn_s, "s"}, others);
    h.add("live" + of, "charter", {"answered", r.live_answered, "of 1000"}, others);
    h.add("passive" + of, "charter", {"bytes_per_actor", r.passive_bytes, "bytes"}, others);
    h.add("passive" + of, "charter", {"answered", r.passive_answered, "of 1000"}, others);
    h.add("passive" + of, "charter", {"passivation_s", r.passivation_s, "s"}, others);
  }
  return h.finish();
}
