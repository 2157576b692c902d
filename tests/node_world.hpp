#pragma once
// A whole node in one thread: journal writer, policy keeper, shards and their entities, over memory, in virtual time.
//
//   node_world n(seed, town().copy());                   // or an empty disk, and `found`
//   auto posted = n.begin(news, publish_text("tea"), caller::of(owner));   // on its way; nothing moves yet
//   n.world().step();                                     // one turn of one actor
//   REQUIRE(n.take(posted));                              // runs until it is answered
//   n.crash(); n.start();                                 // as kill -9: what wasn't durable is gone
//
// The disk outlives the node: every life opens the same journal, with the rows it had or with none. `hold_appends`
// keeps batches from the disk, so that a test sees what is said before they are durable.

#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "actors/counters.hpp"
#include "actors/errors.hpp"
#include "actors/journal_writer.hpp"
#include "actors/policy_keeper.hpp"
#include "actors/shard.hpp"
#include "actors/supervisor.hpp"
#include "domain/codec/record.hpp"
#include "domain/limits.hpp"
#include "storage/digest.hpp"
#include "storage/memory_journal.hpp"
#include "storage/memory_store.hpp"
#include "storage/queries.hpp"
#include "storage/tables.hpp"
#include "tests/actor_world.hpp"
#include "tests/cases_fixture.hpp"

namespace charter::test {

inline constexpr shard_id node_shards = 16;
inline constexpr duration node_pulse = 250ms;

/// What outlives a process. Reads and writes go through here, so that a dead process can't write any more.
class node_disk final : public storage::journal, public storage::store {
public:
  using position = storage::position;

  std::shared_ptr<node_disk> copy() const {
    auto made = std::make_shared<node_disk>();
    for (auto shard : journal_.shards()) {
      storage::append_batch all{shard, 0, {}};
      static_cast<void>(journal_.read(shard, 1, [&](position, const storage::log_record& record) {
        all.records.push_back(record);
        return true;
      }));
      static_cast<void>(made->journal_.append({&all, 1}));
    }
    made->set_rows(*rows_);
    made->time = time;
    return made;
  }
  /// The rows as they are now, to come back to with `set_rows`.
  std::shared_ptr<storage::memory_store> rows_copy() const {
    node_disk other;
    other.set_rows(*rows_);
    return other.rows_;
  }
  void set_rows(const storage::memory_store& from) {
    storage::row_batch all;
    from.scan("", "", [&](std::string_view key, byte_view value) {
      all.put(std::string{key}, bytes{value.begin(), value.end()});
      return true;
    });
    rows_ = std::make_shared<storage::memory_store>();
    rows_->write(all);
  }
  void drop_rows() { rows_ = std::make_shared<storage::memory_store>(); }
  storage::memory_journal& journal() { return journal_; }

  // -- storage::journal
  std::vector<storage::append_outcome> append(std::span<const storage::append_batch> batches) override {
    if (dead)
      throw std::runtime_error("the process is dead");
    return journal_.append(batches);
  }
  status read(shard_id shard, position from, const storage::journal::visitor& visit) const override {
    status outcome = done{};
    auto read = journal_.read(shard, from, [&](position at, const storage::log_record& record) {
      if (damaged.contains({shard, at})) {
        outcome = refuse(errc::internal, "damaged");
        return false;
      }
      return visit(at, record);
    });
    return outcome ? read : outcome;
  }
  position head(shard_id shard) const override { return journal_.head(shard); }
  std::vector<shard_id> shards() const override { return journal_.shards(); }
  status erase_bodies(shard_id shard, std::span<const position> positions) override {
    return journal_.erase_bodies(shard, positions);
  }
  std::uint64_t room_bytes() const override { return journal_.room_bytes(); }

  // -- storage::store
  std::optional<bytes> get(std::string_view key) const override { return rows_->get(key); }
  void write(const storage::row_batch& batch) override {
    if (!dead)
      rows_->write(batch);
  }
  void scan(std::string_view from, std::string_view to, const storage::store::visitor& visit) const override {
    rows_->scan(from, to, visit);
  }
  void scan_back(std::string_view from, std::string_view to, const storage::store::visitor& visit) const override {
    rows_->scan_back(from, to, visit);
  }
  status compact(std::string_view, std::string_view) override { return done{}; }

  bool dead = false;
  std::set<std::pair<shard_id, position>> damaged; ///< reading these fails, until they are taken out again
  timestamp time = noon;                           ///< when the last life ended

private:
  storage::memory_journal journal_;
  std::shared_ptr<storage::memory_store> rows_ = std::make_shared<storage::memory_store>();
};

/// A command on its way.
struct asked {
  std::function<bool()> answered;
  std::function<result<answer>()> take; ///< once, when answered
};

struct sending {
  command_id id{};        ///< zero: none
  std::string parameters; ///< what their digest is made from
};

class node_world {
public:
  explicit node_world(std::optional<std::uint64_t> seed = {}, std::shared_ptr<node_disk> disk = {})
      : disk_(disk ? std::move(disk) : std::make_shared<node_disk>()), seed_(seed), clock_(*this, seed.value_or(7)) {
    start();
  }
  ~node_world() { end(); }
  node_world(const node_world&) = delete;
  node_world& operator=(const node_world&) = delete;

  // -- lives --------------------------------------------------------------------------

  void start() {
    disk_->dead = false;
    fatal.clear();
    held_.clear();
    holding_ = false;
    ++lives_;
    life_ = std::make_unique<life>(seed_ ? std::optional{*seed_ + 1'000'000 * (lives_ - 1)} : std::nullopt);
    spawn_all();
    world().run_until([this] { return serves(); }, 30s);
    world().run();
  }
  /// As kill -9 does it.
  void crash() {
    disk_->dead = true;
    end();
  }
  void restart(bool with_rows = true) {
    crash();
    if (!with_rows)
      disk_->drop_rows();
    start();
  }
  bool serves() const {
    for (auto id : life_->shards.shards())
      if (!life_->shards.at(id))
        return false;
    return without_policy || life_->policy.get() != nullptr;
  }

  actor_world& world() { return life_->world; }
  node_disk& disk() { return *disk_; }
  charter::router& shards() { return life_->shards; }
  policy_ptr policy() const { return life_->policy.get(); }
  const policy_cell& policy_in_force() const { return life_->policy; }
  policy_keeper_actor policy_keeper() const { return life_->keeper; }
  timestamp now() const { return disk_->time + skew_ + std::chrono::duration_cast<duration>(elapsed()); }
  /// The wall clock jumps; timers don't notice.
  void jump(duration d) { skew_ += d; }
  void run_for(duration d) { world().run_for(d); }

  // -- the disk -----------------------------------------------------------------------

  /// From now on batches wait before the disk: all of them, or those of one shard.
  void hold_appends(std::optional<shard_id> only = {}) {
    holding_ = true;
    hold_only_ = only;
  }
  std::size_t held_appends() const { return held_.size(); }
  void let_appends_go() {
    holding_ = false;
    caf::anon_send(life_->gate, flush{});
  }

  // -- commands -----------------------------------------------------------------------

  /// A UUIDv7 of that moment.
  command_id new_id(std::optional<timestamp> at = {}) {
    command_id made;
    clock_.fill_random(made.raw);
    auto ms = static_cast<std::uint64_t>(at.value_or(now()).time_since_epoch().count());
    for (int i = 0; i < 6; ++i)
      made.raw[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    made.raw[6] = static_cast<std::uint8_t>((made.raw[6] & 0x0f) | 0x70);
    made.raw[8] = static_cast<std::uint8_t>((made.raw[8] & 0x3f) | 0x80);
    return made;
  }

  asked begin(const entity_id& to, any_command what, caller by, const sending& how = {}) {
    envelope e;
    e.to = to;
    e.by = by;
    e.command = how.id;
    e.parameters = storage::sha256(view_of(how.parameters));
    e.what = std::move(what);
    clock_.fill_random(e.entropy);
    auto target = shards().shard_for(to);
    auto shard = shards().at(target);
    if (!shard || !shards().take_credit(target, urgency_of(e)))
      return {[] { return true; },
              []() -> result<answer> { return refuse(errc::unavailable, "too much waits at this shard"); }};
    auto mine = std::make_shared<asker>(world().system());
    auto request = mine->self->request(shard, caf::infinite, std::move(e));
    auto response = std::make_shared<decltype(request)>(std::move(request));
    mine->receive = [response] {
      result<answer> out = refuse(errc::internal, "nobody answered");
      response->receive([&](answer& a) { out = std::move(a); }, [&](caf::error& why) { out = to_refusal(why); });
      return out;
    };
    life_->askers.push_back(mine);
    return {[ref = std::weak_ptr{mine}] {
              auto still = ref.lock();
              return still && still->self->has_next_message();
            },
            [ref = std::weak_ptr{mine}]() -> result<answer> {
              auto still = ref.lock();
              return still ? still->receive() : refuse(errc::internal, "that process is dead");
            }};
  }
  /// Runs until it is answered; `internal` when that doesn't come within `limit`.
  result<answer> take(const asked& a, duration limit = 30s) {
    if (!world().run_until(a.answered, limit))
      return refuse(errc::internal, "no answer came");
    return a.take();
  }
  result<answer> ask(const entity_id& to, any_command what, caller by, const sending& how = {}) {
    return take(begin(to, std::move(what), by, how));
  }
  /// Throws when it is refused: for what a test only builds on.
  answer must(const entity_id& to, any_command what, caller by) {
    auto out = ask(to, std::move(what), by);
    if (!out)
      throw std::runtime_error(to_text(to) + ": " + out.why().detail);
    return *out;
  }

  template <class State>
  State look_at(const entity_id& x) {
    auto found = world().ask<state_ptr>(shards().of(x), look{x});
    if (!found)
      throw std::runtime_error(to_text(x) + ": " + to_refusal(found.error()).detail);
    return std::get<State>(**found);
  }
  shard_status status_of(const entity_id& x) {
    return *world().ask<shard_status>(shards().of(x), shard_status_request{});
  }
  bool alarmed(std::string_view what) const {
    return std::ranges::any_of(alarms, [&](const auto& a) { return a.first == what; });
  }

  // -- what is durable ----------------------------------------------------------------

  /// Everything in the journal, shard by shard.
  template <class Visit>
  void each_change(Visit visit) const {
    for (auto shard : disk_->shards())
      static_cast<void>(disk_->journal().read(shard, 1, [&](storage::position at, const storage::log_record& record) {
        auto c = codec::decode_change(record.header, record.body);
        CHARTER_ASSERT(c);
        visit(shard, at, *c);
        return true;
      }));
  }
  /// The events of that type of one entity, oldest first.
  template <class Event>
  std::vector<Event> events_of(const entity_id& x) const {
    std::vector<Event> found;
    each_change([&](shard_id, storage::position, const change& c) {
      if (c.entity == x)
        for (const auto& any : c.events)
          std::visit(
              [&]<class OfKind>(const OfKind& of_kind) {
                if constexpr (is_alternative<Event, OfKind>)
                  if (auto* e = std::get_if<Event>(&of_kind))
                    found.push_back(*e);
              },
              any);
    });
    return found;
  }
  template <class Event>
  std::size_t count_of(const entity_id& x) const {
    return events_of<Event>(x).size();
  }
  /// Every entity's live state, encoded.
  std::map<entity_id, bytes> states() {
    std::map<entity_id, bytes> all;
    each_change([&](shard_id, storage::position, const change& c) { all.try_emplace(c.entity); });
    for (auto& [x, state] : all) {
      auto found = world().ask<state_ptr>(shards().of(x), look{x});
      state = found ? codec::encode(**found) : bytes_of("unreadable");
    }
    return all;
  }
  /// All rows that follow from the journal alone.
  std::map<std::string, bytes> folded_rows() const {
    std::map<std::string, bytes> all;
    disk_->scan("", "", [&](std::string_view key, byte_view value) {
      if (storage::tables::is_folded(key))
        all.emplace(std::string{key}, bytes{value.begin(), value.end()});
      return true;
    });
    return all;
  }
  /// The public log's entries, which are JSON.
  std::vector<std::string> entries() const {
    std::vector<std::string> all;
    for (const auto& e : storage::log_entries(*disk_, 0, 100'000))
      all.emplace_back(e.begin(), e.end());
    return all;
  }
  /// The first one that has all these words in it; empty when there is none.
  std::string entry_with(const std::vector<std::string>& words) const {
    for (auto& e : entries())
      if (std::ranges::all_of(words, [&](auto& w) { return e.find(w) != std::string::npos; }))
        return e;
    return {};
  }

  std::vector<std::pair<std::string, std::string>> alarms;
  std::vector<change_ptr> pushed; ///< what the hub was given, of all shards
  std::string fatal;              ///< why the process would have ended
  bool without_policy = false;    ///< the next life has no policy keeper
  confirm_fn confirm = nullptr;   ///< the next life is one of several, and its shards' claims are confirmed by this
  duration idle_before_passivation = limits::entity_idle_before_passivation;

private:
  struct clock final : environment {
    clock(node_world& n, std::uint64_t seed) : node(n), random(seed) {}
    timestamp now() override { return node.now(); }
    void fill_random(std::span<std::uint8_t> out) override {
      for (auto& byte : out)
        byte = static_cast<std::uint8_t>(random());
    }
    node_world& node;
    std::mt19937_64 random;
  };
  struct held_append {
    append what;
    caf::typed_response_promise<appended> to;
  };
  struct asker {
    explicit asker(caf::actor_system& system) : self(system) {}
    caf::scoped_actor self;
    std::function<result<answer>()> receive;
  };
  /// Actors end before what they use, and whoever asked before them.
  struct life {
    explicit life(std::optional<std::uint64_t> seed) : world(seed), began(world.now()) {}
    charter::router shards{node_shards};
    policy_cell policy;
    std::vector<std::unique_ptr<shard_resources>> resources;
    journal_actor writer;
    journal_actor gate;
    policy_keeper_actor keeper;
    claim_keeper_actor claims;
    actor_world world;
    caf::actor_clock::time_point began;
    std::vector<std::shared_ptr<asker>> askers;
  };

  caf::actor_clock::duration_type elapsed() const {
    return life_ ? life_->world.now() - life_->began : caf::actor_clock::duration_type{0};
  }

  void end() {
    if (!life_)
      return;
    auto over = now() - skew_;
    disk_->dead = true; // whatever actors still do when they end, it is not for the disk
    held_.clear();
    for (auto id : life_->shards.shards())
      life_->shards.set(id, shard_actor{});
    life_->writer = journal_actor{};
    life_->gate = journal_actor{};
    life_->keeper = policy_keeper_actor{};
    life_->claims = claim_keeper_actor{};
    life_.reset();
    disk_->time = over;
    disk_->dead = false;
  }

  static charter_reader reader() {
    return [](const std::string& text) -> result<std::shared_ptr<const rule_book>> {
      static std::map<std::string, std::shared_ptr<const rule_book>> known;
      auto& book = known[text];
      if (!book) {
        auto loaded = config::load_charter(text, "charter");
        if (auto* wrong = std::get_if<config::mistakes>(&loaded))
          return refuse(errc::internal, config::to_text(*wrong));
        book = std::make_shared<const rule_book>(std::get<rule_book>(std::move(loaded)));
      }
      return book;
    };
  }

  journal_actor spawn_gate() {
    return world().system().spawn([this, l = life_.get()](journal_actor::pointer self) -> journal_actor::behavior_type {
      return {
          [this, self, l](append& a) -> caf::result<appended> {
            if (!l->writer)
              return caf::error{caf::sec::request_receiver_down};
            if (holding_ && (!hold_only_ || a.batch.shard == *hold_only_)) {
              auto to = self->make_response_promise<appended>();
              held_.push_back({std::move(a), to});
              return to;
            }
            return self->delegate(l->writer, std::move(a));
          },
          [self, l](const set_policy_version& v) {
            if (l->writer)
              self->send(l->writer, v);
          },
          [this, self, l](flush) {
            for (auto& h : std::exchange(held_, {}))
              if (l->writer)
                self->request(l->writer, caf::infinite, std::move(h.what))
                    .then([to = h.to](appended& a) mutable { to.deliver(a); },
                          [to = h.to](caf::error& e) mutable { to.deliver(std::move(e)); });
          },
      };
    });
  }

  shard_actor spawn_one(shard_id id, shard_resources* shared) {
    shard_parts p;
    p.resources = shared;
    p.rows = disk_.get();
    p.journal = life_->gate;
    p.router = &life_->shards;
    p.policy_moved = [l = life_.get()] {
      if (l->keeper)
        caf::anon_send(l->keeper, policy_moved{});
    };
    p.publish = [this](const fresh& news) { pushed.insert(pushed.end(), news.changes.begin(), news.changes.end()); };
    p.idle_before_passivation = idle_before_passivation;
    p.pulse_every = node_pulse;
    auto shard = spawn_shard(world().system(), p);
    life_->shards.set(id, shard);
    return shard;
  }

  void spawn_all() {
    auto alarm = [this](std::string_view what, const std::string& detail) {
      alarms.emplace_back(std::string{what}, detail);
    };
    life_->writer = world().own(
        spawn_journal_writer(world().system(), *disk_, false, [this](const std::string& why) { fatal = why; }));
    life_->gate = world().own(spawn_gate());
    if (!without_policy)
      life_->keeper = world().own(
          spawn_policy_keeper(world().system(), life_->shards, life_->gate, reader(), life_->policy, alarm));
    if (confirm)
      life_->claims = world().own(spawn_claim_keeper(world().system(), confirm, false));
    supervisor_spec spec;
    spec.name = "shards";
    spec.jitter.seed(seed_.value_or(1));
    for (auto id : life_->shards.shards()) {
      life_->resources.push_back(std::make_unique<shard_resources>(
          shard_resources{id, 1, &clock_, disk_.get(), disk_.get(), storage::sha256, alarm}));
      if (confirm)
        life_->resources.back()->claims = [l = life_.get()] { return l->claims; };
      auto* shared = life_->resources.back().get();
      spec.children.push_back({"shard " + std::to_string(id), [this, id, shared](const start_context&) {
                                 return child_handle{spawn_one(id, shared)};
                               }});
    }
    world().own(spawn_supervisor(world().system(), std::move(spec)));
  }

  std::shared_ptr<node_disk> disk_;
  std::optional<std::uint64_t> seed_;
  std::uint64_t lives_ = 0;
  duration skew_{0};
  bool holding_ = false;
  std::optional<shard_id> hold_only_;
  std::deque<held_append> held_;
  clock clock_;
  std::unique_ptr<life> life_;
};

// -- a town -----------------------------------------------------------------------------

/// With `text` in place of the shipped charter's.
inline policies::found founding(const std::string& text) {
  policies::found c;
  c.provider = "Example Messaging";
  c.credentials = shipped_policy().facts.credentials;
  c.charter_text = text;
  c.charter_digest = storage::sha256(view_of(text));
  c.charter_id = cn_2014().id;
  c.charter_version = cn_2014().version;
  c.charter_from = cn_2014().effective_from;
  return c;
}
inline const std::string& cn_2014_text() {
  static const std::string text = [] {
    std::ifstream in{source_path("config/charters/cn-2014.toml"), std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{in}, {}};
  }();
  return text;
}

inline users::register_ registration(std::string_view pseudonym, identity_id person, std::string_view ticket) {
  users::register_ c;
  c.pseudonym = std::string{pseudonym};
  c.name = named<name_id>(pseudonym);
  c.identity = person;
  c.ticket = digest_of(ticket);
  c.password_hash = std::string{"$argon2id$"};
  c.agreement_version = cn_2014().agreement.version;
  c.agreement_digest = storage::sha256(view_of(canonical_text(cn_2014().agreement)));
  c.items = all_items(cn_2014());
  c.language = "en";
  return c;
}
inline void verify(node_world& n, identity_id person, std::string_view ticket) {
  n.must(person, identities::command{identities::verify{bytes{1}, bytes{2}, "provider", "11", digest_of(ticket)}},
         caller::system());
}
/// The user's own name is its pseudonym, its person's and its ticket's too.
inline void join(node_world& n, std::string_view name) {
  verify(n, named<identity_id>(name), name);
  n.must(usr(name), users::command{registration(name, named<identity_id>(name), name)}, caller::anonymous());
}
inline void grant_role(node_world& n, std::string_view user, role r) {
  n.must(policy_entity, policies::command{policies::grant_role{usr(user), r, "", false}}, caller::system());
}

inline any_command post(const std::string& text, post_kind kind = post_kind::general) {
  return accounts::command{accounts::publish{kind, {}, text, {}}};
}

/// Thirty days of silence, by a senior moderator.
inline any_command suspending(const entity_id& target, std::string_view notified = "owner") {
  cases::impose c;
  c.target.entity = target;
  c.measure = recommended(severity::grave);
  c.reasons = because();
  c.reasons.rule = broken_rule(cn_2014(), *find_reason(cn_2014(), "fraud"));
  c.notify = {usr(notified)};
  c.region = "11";
  c.weight = severity::grave;
  return cases::command{c};
}

inline credential press_card() { return {"press", "P-1", "an issuer", "", noon - 24h, noon + 365 * 24h}; }

/// Files and approves; for an organisation's account of a news unit with the right to publish news.
inline void open_account(node_world& n, std::string_view account, std::string_view owner,
                         std::optional<organisation_id> organisation = {}) {
  auto what = organisation ? organisation_application(news_right::original) : personal_application();
  what.name = std::string{account};
  what.name_key = named<name_id>("acc " + std::string{account});
  if (organisation)
    what.organisation = *organisation;
  auto file = cas("app " + std::string{account});
  n.must(file, cases::command{cases::apply{what, acc(account)}}, caller::of(usr(owner)));
  auto yes = approval(what);
  if (organisation)
    yes.confirms = {press_card()};
  n.must(file, cases::command{yes}, caller::of(usr("moderator")));
  if (organisation)
    n.must(file, cases::command{cases::second{true, "", false}}, caller::of(usr("senior")));
}

/// Staff, two owners, a news unit ("paper") with its account ("news") and a second editor ("eve"), a personal account
/// ("tea"), a reader. Made once; tests take copies.
inline const node_disk& town() {
  static const std::shared_ptr<node_disk> made = [] {
    auto disk = std::make_shared<node_disk>();
    node_world n({}, disk);
    n.must(policy_entity, policies::command{founding(cn_2014_text())}, caller::system());
    n.world().run();
    for (auto name : {"moderator", "senior", "senior 2", "paul", "petra", "owner", "eve", "ann", "reader", "operator"})
      join(n, name);
    grant_role(n, "operator", role::operator_);
    grant_role(n, "moderator", role::moderator);
    grant_role(n, "senior", role::senior_moderator);
    grant_role(n, "senior 2", role::senior_moderator);
    grant_role(n, "paul", role::privacy_officer);
    grant_role(n, "petra", role::privacy_officer);
    organisations::register_ paper{
        "news_unit", "The Paper", "11", {press_card()}, users::standing_of(n.look_at<users::state>(usr("owner")))};
    n.must(org("paper"), organisations::command{paper}, caller::of(usr("owner")));
    open_account(n, "news", "owner", org("paper"));
    open_account(n, "tea", "ann");
    n.must(acc("news"), accounts::command{accounts::add_editor{usr("eve")}}, caller::of(usr("owner")));
    n.must(usr("reader"), users::command{users::subscribe{acc("news")}}, caller::of(usr("reader")));
    n.must(acc("news"), post("the first"), caller::of(usr("owner")));
    n.run_for(20s); // effects arrive, cursors are written
    return disk;
  }();
  return *made;
}

inline const auto owner = usr("owner");
inline const auto eve = usr("eve");
inline const auto news = acc("news");
inline const auto paper = org("paper");

} // namespace charter::test
