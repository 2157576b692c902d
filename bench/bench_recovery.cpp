// A million events replayed without any snapshot: every entity is rebuilt from the journal and must be what it was,
// beside a bare LevelDB scan over the same files.
//
// Users, accounts with posts and chats with messages, in the mixture of a public chat. While they are written their
// states evolve in memory; `digests_differing` counts entities whose rebuilt snapshot has another SHA-256, and any
// fails the benchmark. Shards are rebuilt two at a time, as production's two cores would; the scan uses one.

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include <leveldb/db.h>

#include "bench/harness.hpp"
#include "bench/temporary_directory.hpp"
#include "domain/codec/change_codec.hpp"
#include "domain/codec/record.hpp"
#include "storage/data_directory.hpp"
#include "storage/digest.hpp"
#include "storage/journal_format.hpp"
#include "storage/leveldb_journal.hpp"
#include "storage/rebuild.hpp"
#include "storage/system_environment.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr shard_id shards = 16;
constexpr std::size_t batch_records = 1'000;

double seconds_since(steady::time_point began) { return std::chrono::duration<double>(steady::now() - began).count(); }

template <class T>
T must(result<T> outcome) {
  if (!outcome)
    throw std::runtime_error(outcome.why().detail);
  return std::move(*outcome);
}

id_bytes numbered_id(std::string_view what, std::uint64_t number) {
  auto digest = storage::sha256(view_of(std::string{what} + std::to_string(number)));
  id_bytes raw;
  std::copy_n(digest.begin(), raw.size(), raw.begin());
  return raw;
}

// -- a journal as life writes it --------------------------------------------------------------

/// Writes changes, and keeps what each entity has become.
class author {
public:
  author(storage::journal& log, std::size_t events) : log_(log), events_(events), waiting_(shards) {}

  void write() {
    while (written_ < events_) {
      auto dice = random_() % 100;
      if (dice < 40)
        user_acts(random_() % std::max<std::size_t>(events_ / 50, 1));
      else if (dice < 75)
        account_acts(random_() % std::max<std::size_t>(events_ / 500, 1));
      else
        chat_acts(random_() % std::max<std::size_t>(events_ / 200, 1));
    }
    for (shard_id s = 0; s < shards; ++s)
      flush(s);
  }

  const storage::rebuilt_entities& entities() const { return live_; }

private:
  template <class State>
  const State& state_of(const entity_id& entity) {
    static const State none;
    auto found = live_.find(entity);
    return found == live_.end() ? none : std::get<State>(found->second.state);
  }

  change by(const entity_id& entity, const user_id& who) {
    change c;
    c.entity = entity;
    c.at = now_ += 7ms;
    c.origin = caller::origin::user;
    c.by = who;
    world_.fill_random(c.command.raw);
    world_.fill_random(c.parameters);
    return c;
  }
  change from(const entity_id& entity, const entity_id& source) {
    change c;
    c.entity = entity;
    c.at = now_ += 7ms;
    c.origin = caller::origin::entity;
    c.by = source;
    c.cause = cause{shard_of(source, shards), 1, ++effects_, 0};
    return c;
  }

  void commit(change c) {
    auto shard = shard_of(c.entity, shards);
    std::array<std::uint8_t, 16> salt;
    world_.fill_random(salt);
    auto record = codec::encode_change(c, salt, storage::sha256);
    auto& batch = waiting_[shard];
    storage::replay(live_[c.entity], log_.head(shard) + batch.size() + 1, c);
    batch.push_back({std::move(record.header), std::move(record.body)});
    ++written_;
    if (batch.size() == batch_records)
      flush(shard);
  }

  void flush(shard_id shard) {
    storage::append_batch batch{shard, log_.head(shard), std::exchange(waiting_[shard], {})};
    if (log_.append({&batch, 1}).front() != storage::append_outcome::durable)
      throw std::runtime_error("an append was refused");
  }

  std::string text(std::size_t bytes) {
    std::string out;
    while (out.size() < bytes)
      out += words_[random_() % words_.size()];
    return out;
  }

  void user_acts(std::size_t number);
  void account_acts(std::size_t number);
  void chat_acts(std::size_t number);

  static constexpr std::array<std::string_view, 8> words_{"今天",   "the ", "server ", "天气 ",
                                                          "很好，", "and ", "public ", "公告。"};

  storage::journal& log_;
  std::size_t events_;
  std::size_t written_ = 0;
  std::uint64_t effects_ = 0;
  timestamp now_{1'780'000'000'000ms};
  std::mt19937_64 random_{48};
  storage::system_environment world_;
  std::vector<std::vector<storage::log_record>> waiting_;
  storage::rebuilt_entities live_;
};

void author::user_acts(std::size_t number) {
  user_id user{numbered_id("user", number)};
  auto& s = state_of<users::state>(user);
  auto c = by(user, user);
  if (s.status == users::status::none) {
    users::registration_started e;
    e.pseudonym = "pseudonym " + std::to_string(number);
    e.name = {numbered_id("name", number)};
    e.identity = identity_id{numbered_id("identity", number)};
    e.password_hash = text(90);
    e.agreement_version = 1;
    e.language = "zh-CN";
    e.at = c.at;
    c.events.push_back(users::event{std::move(e)});
    c.effects.push_back({name_id{numbered_id("name", number)}, names::command{names::claim{user}}});
  } else if (s.status == users::status::registering) {
    c = from(user, name_id{numbered_id("name", number)});
    c.events.push_back(users::event{users::registration_step{true, true, errc::conflict, "cn-beijing"}});
    c.events.push_back(users::event{users::registered{"cn-beijing", c.at}});
  } else if (random_() % 4 == 0) {
    users::session_opened e{s.last_session + 1, {}, "Firefox on Linux", c.at, c.at + 720h};
    world_.fill_random(e.token_hash);
    c.due = e.until;
    if (s.sessions.size() > 4)
      c.events.push_back(users::event{users::sessions_closed{{s.sessions[0].number}, {s.sessions[0].token_hash}}});
    c.events.push_back(users::event{std::move(e)});
  } else {
    account_id account{numbered_id("account", random_() % 2'000)};
    if (std::ranges::count(s.subscriptions, account) > 0) {
      c.events.push_back(users::event{users::unsubscribed{account}});
      c.effects.push_back({account, accounts::command{accounts::follower_left{}}});
    } else {
      c.events.push_back(users::event{users::subscribed{account, c.at}});
      c.effects.push_back({account, accounts::command{accounts::follower_joined{}}});
    }
  }
  commit(std::move(c));
}

void author::account_acts(std::size_t number) {
  account_id account{numbered_id("account", number)};
  user_id owner{numbered_id("user", number)};
  auto& s = state_of<accounts::state>(account);
  if (!s.exists) {
    auto c = from(account, case_id{numbered_id("case", number)});
    accounts::opened e;
    e.name = "account " + std::to_string(number);
    e.description = text(120);
    e.category = "news";
    e.kind = "company";
    e.region = "cn-beijing";
    e.owner = owner;
    e.at = c.at;
    c.events.push_back(accounts::event{std::move(e)});
    c.events.push_back(accounts::event{accounts::editor_standing_kept{owner, user_standing{1, 1, true, false, {}}}});
    return commit(std::move(c));
  }
  if (random_() % 4 == 0) {
    auto c = from(account, user_id{numbered_id("user", random_() % 1'000)});
    c.events.push_back(accounts::event{accounts::followers_changed{s.followers + 1}});
    return commit(std::move(c));
  }
  auto c = by(account, owner);
  accounts::published e;
  e.number = s.last_number + 1;
  e.at = c.at;
  e.title = "post " + std::to_string(e.number);
  e.text = text(200);
  e.author = owner;
  c.answer = post_answer{{account, e.number}, e.number, e.at, news_right::none};
  c.events.push_back(accounts::event{std::move(e)});
  commit(std::move(c));
}

void author::chat_acts(std::size_t number) {
  chat_id chat{numbered_id("chat", number)};
  user_id members[] = {{numbered_id("user", number)}, {numbered_id("user", number + 1)}};
  auto& s = state_of<chats::state>(chat);
  auto& who = members[random_() % 2];
  auto c = by(chat, who);
  if (!s.exists) {
    c.events.push_back(
        chats::event{chats::opened{chats::chat_kind::direct, std::string{}, {members[0], members[1]}, c.at}});
  } else if (s.last_number > 0 && random_() % 5 == 0) {
    c.events.push_back(chats::event{chats::was_read{who, s.last_number}});
  } else {
    bytes sealed(120);
    world_.fill_random(sealed);
    c.answer = message_answer{chat, s.last_number + 1, c.at};
    c.events.push_back(chats::event{chats::sent{s.last_number + 1, c.at, who, std::move(sealed)}});
  }
  commit(std::move(c));
}

// -- subjects -------------------------------------------------------------------------------------

digest32 digest_of(const storage::rebuilt_entity& entity) {
  return storage::sha256(codec::encode(storage::snapshot_of(entity)));
}

using digests = std::unordered_map<entity_id, digest32>;

/// How many of the shard's entities differ, or came from nowhere.
std::size_t count_differing(const storage::rebuilt_entities& rebuilt, const digests& live) {
  std::size_t differing = 0;
  for (auto& [id, entity] : rebuilt) {
    auto known = live.find(id);
    differing += known == live.end() || known->second != digest_of(entity);
  }
  return differing;
}

samples run_rebuild(const storage::journal& log, std::size_t events, const digests& live) {
  // Comparing is the benchmark's business, not recovery's: it is timed apart.
  std::atomic<shard_id> next{0};
  std::atomic<std::size_t> differing{0};
  std::atomic<std::size_t> entities{0};
  std::atomic<std::int64_t> comparing_ns{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  auto work = [&]() noexcept {
    try {
      for (shard_id shard; (shard = next++) < shards;) {
        auto rebuilt = must(storage::rebuild(log, shard));
        auto began = steady::now();
        differing += count_differing(rebuilt, live);
        entities += rebuilt.size();
        rebuilt.clear();
        comparing_ns += std::chrono::nanoseconds(steady::now() - began).count();
      }
    } catch (...) {
      std::lock_guard lock{failure_mutex};
      failure = std::current_exception();
    }
  };
  auto began = steady::now();
  auto cpu_before = own_cpu_seconds();
  std::thread other{work};
  work();
  other.join();
  if (failure)
    std::rethrow_exception(failure);
  auto took = seconds_since(began) - static_cast<double>(comparing_ns) / 1e9 / 2;
  if (entities != live.size())
    differing += live.size() - std::min(live.size(), entities.load());
  auto cpu = own_cpu_seconds() - cpu_before - static_cast<double>(comparing_ns) / 1e9;
  return {{"events_per_s", static_cast<double>(events) / took, "1/s"},
          {"digests_differing", static_cast<double>(differing.load()), ""},
          {"cpu_us_per_event", cpu * 1e6 / static_cast<double>(events), "us"}};
}

samples run_scan(const std::string& directory, std::size_t events) {
  leveldb::DB* opened = nullptr;
  if (auto ok = leveldb::DB::Open({}, directory, &opened); !ok.ok())
    throw std::runtime_error(ok.ToString());
  std::unique_ptr<leveldb::DB> db{opened};
  leveldb::ReadOptions options;
  options.fill_cache = false;
  auto began = steady::now();
  auto cpu_before = own_cpu_seconds();
  std::unique_ptr<leveldb::Iterator> row{db->NewIterator(options)};
  std::size_t headers = 0;
  std::size_t bytes_seen = 0;
  for (row->SeekToFirst(); row->Valid(); row->Next()) {
    headers += row->key()[0] == static_cast<char>(storage::table::header);
    bytes_seen += row->key().size() + row->value().size();
  }
  auto took = seconds_since(began);
  if (!row->status().ok() || headers != events || bytes_seen == 0)
    throw std::runtime_error("the scan saw " + std::to_string(headers) + " records");
  return {{"events_per_s", static_cast<double>(events) / took, "1/s"},
          {"cpu_us_per_event", (own_cpu_seconds() - cpu_before) * 1e6 / static_cast<double>(events), "us"}};
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  using namespace charter::bench;
  namespace storage = charter::storage;
  harness h("recovery", argc, argv);
  temporary_directory data;
  auto directory = data / "node";
  std::size_t events = h.quick() ? 200'000 : 1'000'000;
  digests live;
  {
    storage::system_environment world;
    must(storage::create_data_directory(directory, shards, world));
    auto log = must(storage::open_leveldb_journal(directory));
    std::cerr << "writing " << events << " events\n";
    author life{*log, events};
    life.write();
    for (auto& [id, entity] : life.entities())
      live.emplace(id, digest_of(entity));
    std::cerr << live.size() << " entities\n";
  }
  // A bare LevelDB rewrites its logs when it opens, which the journal would notice: it gets the same files elsewhere.
  auto bare = data / "bare";
  std::filesystem::copy(storage::journal_path(directory), bare);
  h.compare(h.quick() ? "200k" : "1m", h.quick() ? 3 : 7,
            {{"charter",
              [&] {
                auto log = must(storage::open_leveldb_journal(directory));
                return run_rebuild(*log, events, live);
              }},
             {"floor", [&] { return run_scan(bare, events); }}});
  auto status = h.finish();
  for (auto& record : h.records())
    if (record.metric == "digests_differing" && median(record.values) + record.values.back() > 0) {
      std::cerr << "bench_recovery: rebuilt entities differ from the live ones\n";
      status = 1;
    }
  return status;
}
