// A shard that another node owns: how it is asked, what an answer waits for, and what becomes of questions when the
// owner goes. Two nodes in one world, without sockets and etcd; and the rows of what others own.

#include "actors/errors.hpp"
#include "cluster/limits.hpp"
#include "cluster/link_desk.hpp"
#include "cluster/remote_shard.hpp"
#include "cluster/row_follower.hpp"
#include "cluster/shard_slot.hpp"
#include "domain/limits.hpp"
#include "storage/digest.hpp"
#include "storage/rebuild.hpp"
#include "tests/actor_world.hpp"
#include "tests/fold_fixture.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;

namespace {

constexpr shard_id the_shard = 0;

/// What the owner's shard has been asked, and what it says: nothing while it holds back.
struct owner_state {
  position head = 0;
  std::size_t commands = 0;
  std::size_t looks = 0;
  bool holds_back = false;
  std::vector<caf::typed_response_promise<answer>> held;
};

shard_actor::behavior_type owners_shard(shard_actor::pointer self, router* at, owner_state* s) {
  return {
      [=](envelope& e) -> caf::result<answer> {
        at->give_back(the_shard, urgency_of(e));
        ++s->commands;
        if (!s->holds_back)
          return answer{post_answer{{}, 7, {}}};
        return s->held.emplace_back(self->make_response_promise<answer>());
      },
      [=](const look&) -> caf::result<state_ptr> {
        ++s->looks;
        return std::make_shared<const any_state>(users::state{});
      },
      [](const proposal&) {},
      [](const snapshot_taken&) {},
      [](const crashed&) {},
      [=](pulse) {
        for (auto& promise : std::exchange(s->held, {}))
          promise.deliver(answer{post_answer{{}, 7, {}}});
      },
      [](const policy_update&) {},
      [=](shard_status_request) {
        shard_status now;
        now.head = s->head;
        return now;
      },
      [](describe) { return description{}; },
  };
}

/// An owner with its desk, and another node that asks it.
class two_nodes {
public:
  two_nodes() {
    shard_ = world_.own(world_.system().spawn(owners_shard, &there_, &owner));
    there_.set(the_shard, shard_);
    link_desk_parts desk;
    desk.router = &there_;
    desk.owned = [this](shard_id) { return owned; };
    desk.head = [this](shard_id) { return journal_head; };
    desk.folded = [this](shard_id) { return folded; };
    desk_ = world_.own(spawn_link_desk(world_.system(), desk));
    remote_shard_parts parts;
    parts.shard = the_shard;
    parts.router = &here_;
    parts.folded = 3;
    parts.ask = [this](std::string message) { return carry(std::move(message)); };
    parts.owner = [] { return std::string{"node-2"}; };
    remote = world_.own(spawn_remote_shard(world_.system(), parts));
  }

  ~two_nodes() { owner.held.clear(); } // promises know their actors, which go first

  actor_world& world() { return world_; }
  /// As the gateway does it: with a credit, which the shard gives back.
  auto command() {
    REQUIRE(here_.take_credit(the_shard, urgency::ordinary));
    envelope e;
    e.to = usr("anna");
    e.by = caller::of(usr("anna"));
    e.what = users::command{users::close{}};
    return world_.begin<answer>(remote, std::move(e));
  }
  /// The owner's desk is asked without the shard's stand-in here. Gives where the answer will be.
  std::shared_ptr<std::optional<link_answer>> ask_desk(link_question what, std::chrono::milliseconds ago = {}) {
    auto said = std::make_shared<std::optional<link_answer>>();
    question_arrived arrived{std::make_shared<link_question>(std::move(what)), [said](std::string text) {
                               *said = *decode_answer(text);
                               return true;
                             }};
    arrived.came -= ago;
    caf::anon_send(desk_, std::move(arrived));
    world_.run();
    return said;
  }
  auto look_at_anna() { return world_.begin<state_ptr>(remote, look{usr("anna")}); }
  void tell(auto what) {
    caf::anon_send(remote, std::move(what));
    world_.run();
  }
  /// The owner's shard says what it has held back.
  void let_go() {
    caf::anon_send(shard_, pulse{});
    world_.run();
  }
  /// Credits that are free here.
  std::size_t credits() {
    std::size_t taken = 0;
    while (here_.take_credit(the_shard, urgency::ordinary))
      ++taken;
    for (std::size_t i = 0; i < taken; ++i)
      here_.give_back(the_shard, urgency::ordinary);
    return taken;
  }

  owner_state owner;
  bool owned = true;
  bool connected = true;
  position journal_head = 0;        ///< the owner's
  position folded = 0;              ///< into the owner's rows
  std::optional<any_state> instead; ///< what the owner is made to answer
  remote_shard_actor remote;

private:
  bool carry(std::string message) {
    if (!connected)
      return false;
    auto question = decode_question(message);
    REQUIRE(question);
    auto back = [this](std::string text) {
      auto decoded = decode_answer(text);
      REQUIRE(decoded);
      if (instead)
        decoded->outcome = *instead;
      caf::anon_send(remote, answer_arrived{std::make_shared<const link_answer>(*std::move(decoded))});
      return true;
    };
    caf::anon_send(desk_, question_arrived{std::make_shared<link_question>(*std::move(question)), back});
    return true;
  }

  router here_{1};
  router there_{1};
  actor_world world_;
  shard_actor shard_;
  link_desk_actor desk_;
};

errc refused_with(const caf::expected<answer>& a) {
  REQUIRE_FALSE(a);
  return to_refusal(a.error()).code;
}

} // namespace

TEST_CASE("remote shard: an answer comes when the rows here show what it rests on", "[cluster]") {
  two_nodes n;
  n.journal_head = 5; // rows are at 3
  bool answered = false;
  auto me = n.world().own(n.world().system().spawn([&](caf::event_based_actor* self) {
    envelope e;
    e.to = usr("anna");
    e.what = users::command{users::close{}};
    self->request(n.remote, caf::infinite, std::move(e)).then([&](const answer&) { answered = true; });
  }));
  n.world().run();
  CHECK(n.owner.commands == 1);
  CHECK_FALSE(answered);
  n.tell(rows_folded{4});
  CHECK_FALSE(answered);
  n.tell(rows_folded{5});
  CHECK(answered);
}

TEST_CASE("link desk: whether rows have as much is said when they have, whoever owns the shard", "[cluster]") {
  two_nodes n;
  n.owned = GENERATE(true, false);
  n.folded = 6;
  auto said = n.ask_desk({5, the_shard, asked_rows{7}});
  n.world().run_for(10 * cluster::limits::look_again);
  CHECK_FALSE(*said);
  n.folded = 7;
  n.world().run_for(2 * cluster::limits::look_again);
  REQUIRE(*said);
  CHECK((*said)->number == 5);
  CHECK(std::holds_alternative<given_rows>((*said)->outcome));
  auto late = n.ask_desk({6, the_shard, asked_rows{8}}, cluster::limits::rows_patience);
  REQUIRE(*late);
  CHECK(std::get<refusal>((*late)->outcome).code == errc::unavailable);
}

TEST_CASE("remote shard: a look doesn't show less than the asker's rows do", "[cluster]") {
  two_nodes n;
  n.tell(rows_folded{7});
  n.owner.head = 6; // etcd has told everybody of 7; the owner's shard has yet to take it in
  auto state = n.look_at_anna();
  n.world().run_for(10 * cluster::limits::look_again);
  CHECK(n.owner.looks == 0);
  n.owner.head = 7;
  CHECK(state());
  CHECK(n.owner.looks == 1);
}

TEST_CASE("remote shard: what is under way when the owner goes is refused, and its credits come back [I12]",
          "[cluster]") {
  two_nodes n;
  auto before = n.credits();
  n.owner.holds_back = true;
  auto one = n.command();
  n.world().run();
  CHECK(n.credits() == before - 1);
  n.tell(owner_changed{});
  CHECK(refused_with(one()) == errc::unavailable);
  CHECK(n.credits() == before);
  // The old owner's word comes too late, and is nobody's.
  n.let_go();
  n.owner.holds_back = false;
  CHECK(n.command()());
  CHECK(n.credits() == before);
}

TEST_CASE("remote shard: without an owner, or at one that isn't any more, nothing is kept waiting", "[cluster]") {
  two_nodes n;
  auto before = n.credits();
  auto missing = GENERATE(&two_nodes::connected, &two_nodes::owned); // the link, or the claim
  n.*missing = false;
  auto refused = n.command()();
  CHECK(refused_with(refused) == errc::unavailable);
  CHECK(to_refusal(refused.error()).retry_after_ms == cluster::limits::retry_while_moving.count());
  CHECK(n.owner.commands == 0);
  CHECK(n.credits() == before);
}

TEST_CASE("remote shard: an answer to something else is not passed on as one", "[cluster]") {
  two_nodes n;
  n.instead = any_state{users::state{}};
  CHECK(refused_with(n.command()()) == errc::internal);
}

TEST_CASE("remote shard: whoever waits hears of its end", "[cluster]") {
  two_nodes n;
  n.owner.holds_back = true;
  auto one = n.command();
  n.world().run();
  caf::anon_send_exit(n.remote, caf::exit_reason::user_shutdown);
  CHECK(refused_with(one()) == errc::unavailable);
}

// -- slots ------------------------------------------------------------------------------

namespace {

/// A slot whose shard and stand-in do nothing but live.
class slot_bench {
public:
  slot_bench() {
    shard_slot_parts parts;
    parts.router = &router_;
    parts.owned = [this] { return owned; };
    parts.spawn_local = [this](caf::actor_system& in) {
      ++locals;
      return local = in.spawn(owners_shard, &router_, &ignored_);
    };
    parts.spawn_remote = [this](caf::actor_system& in) {
      remote_shard_parts what;
      what.router = &router_;
      what.ask = [](std::string) { return false; };
      what.owner = [] { return std::string{}; };
      return spawn_remote_shard(in, what);
    };
    parts.retired = [this] { ++retired; };
    slot = world_.own(spawn_shard_slot(world_.system(), parts));
    world_.run();
  }
  void tell(auto what) {
    caf::anon_send(slot, what);
    world_.run();
  }
  void end_local(caf::exit_reason why) {
    caf::anon_send_exit(local, why);
    world_.run();
  }
  bool serves() const { return router_.at(the_shard) == local; }
  bool ended() {
    caf::scoped_actor me{world_.system()};
    me->monitor(slot);
    world_.run();
    return me->has_next_message();
  }

  bool owned = false;
  int locals = 0;
  int retired = 0;
  shard_actor local;

private:
  router router_{1};
  owner_state ignored_;
  actor_world world_;

public:
  shard_slot_actor slot;
};

} // namespace

TEST_CASE("slot: serves when told, steps back when told, and says so when its shard has ended", "[cluster]") {
  slot_bench s;
  CHECK(s.locals == 0);
  CHECK_FALSE(s.serves());
  s.owned = true;
  s.tell(serve_shard{});
  s.tell(serve_shard{});
  CHECK(s.locals == 1);
  CHECK(s.serves());
  s.owned = false;
  s.tell(retire_shard{});
  CHECK(s.retired == 1);
  CHECK_FALSE(s.serves());
  s.tell(retire_shard{}); // it is asked again by who didn't hear
  CHECK(s.retired == 2);
  s.owned = true;
  s.tell(serve_shard{});
  CHECK(s.locals == 2);
  CHECK(s.serves());
}

TEST_CASE("slot: a shard that was lost isn't started again in place; one that failed ends the slot [I5]", "[cluster]") {
  slot_bench s;
  s.owned = true;
  s.tell(serve_shard{});
  SECTION("lost") {
    s.owned = false;
    s.end_local(caf::exit_reason::user_shutdown);
    CHECK_FALSE(s.serves());
    CHECK_FALSE(s.ended());
    CHECK(s.locals == 1);
  }
  SECTION("failed") {
    s.end_local(caf::exit_reason::kill);
    CHECK(s.ended()); // for its supervisor
  }
}

// -- rows -------------------------------------------------------------------------------

namespace {

/// A journal that grows, and rows that follow it.
class follower_bench {
public:
  follower_bench() {
    row_follower_options options;
    options.shards = {the_shard};
    options.publish = [this](fresh news) {
      for (auto& c : news.changes)
        pushed.push_back(c->entity);
      rows_when_pushed = storage::folded_up_to(rows, the_shard);
    };
    options.folded = [this](shard_id, position at) { told.push_back(at); };
    options.policy_moved = [this] { ++policy_moves; };
    options.fatal = [this](const std::string& why) { failure = why; };
    options.unreadable = [this](const std::string& why) { unreadable.push_back(why); };
    options.erase_bodies = [](shard_id, std::span<const position>) { return done{}; };
    follower.emplace(journal, rows, std::move(options));
  }
  void grow(std::size_t count, entity_id entity = usr("anna")) {
    for (std::size_t i = 0; i < count; ++i) {
      change c;
      c.entity = entity;
      c.at = noon;
      if (entity == policy_entity)
        c.events.push_back(policies::event{policies::credential_added{}});
      else
        c.events.push_back(users::event{users::subscribed{acc("poems"), noon}});
      auto coded = codec::encode_change(c, {}, &storage::sha256);
      storage::append_batch batch{the_shard, journal.head(the_shard), {}};
      batch.records.push_back({coded.header, coded.body});
      REQUIRE(journal.append({&batch, 1}).front() == storage::append_outcome::durable);
    }
  }

  storage::memory_journal journal;
  storage::memory_store rows;
  std::vector<entity_id> pushed;
  std::vector<position> told;
  position rows_when_pushed = 0;
  int policy_moves = 0;
  std::string failure;
  std::vector<std::string> unreadable;
  std::optional<row_follower> follower;
};

} // namespace

TEST_CASE("rows: what others append is folded before anybody hears of it [I1]", "[cluster]") {
  follower_bench f;
  f.grow(3);
  f.follower->fold(the_shard);
  CHECK(f.pushed.size() == 3);
  CHECK(f.rows_when_pushed == 3);
  CHECK(f.told == std::vector<position>{3});
  f.follower->fold(the_shard);
  CHECK(f.pushed.size() == 3);
  f.grow(1, policy_entity);
  f.follower->fold(the_shard);
  CHECK(f.policy_moves == 1);
  CHECK(f.follower->folded_up_to(the_shard) == 4);
}

TEST_CASE("rows: have one writer, and whoever waits hears how far they are when they come back", "[cluster]") {
  follower_bench f;
  f.grow(2);
  f.follower->leave(the_shard); // the shard's actor begins
  CHECK(f.pushed.size() == 2);
  f.grow(2);
  f.follower->fold(the_shard);
  CHECK(f.pushed.size() == 2);
  storage::folder folder{f.rows, the_shard}; // by the shard's actor
  auto read = f.journal.read(the_shard, 3, [&](position at, const storage::log_record& record) {
    folder.apply(at, *codec::decode_change(record.header, record.body));
    return true;
  });
  REQUIRE(read);
  f.rows.write(folder.take());
  f.told.clear();
  f.follower->take(the_shard);
  CHECK(f.told == std::vector<position>{4}); // though there is nothing to fold
  CHECK(f.pushed.size() == 2);
}

TEST_CASE("rows: of what changes much a snapshot is taken, for whoever owns the shard next [I6]", "[cluster]") {
  follower_bench f;
  auto anna = entity_id{usr("anna")};
  auto times = GENERATE(1U, 2U, 256U, 1'000U); // as many as come at once
  for (std::size_t i = 0; i + 1 < charter::limits::snapshot_every_events; ++i)
    f.grow(1, i % 2 == 0 ? anna : entity_id{usr("ben")});
  f.follower->fold(the_shard);
  CHECK_FALSE(storage::snapshot_of(f.rows, anna));
  for (std::size_t grown = 0; grown < 3 * charter::limits::snapshot_every_events; grown += times) {
    f.grow(times);
    f.follower->fold(the_shard);
  }
  REQUIRE(f.failure.empty());
  CHECK_FALSE(storage::snapshot_of(f.rows, usr("ben")));
  auto snapshot = storage::snapshot_of(f.rows, anna);
  REQUIRE(snapshot);
  auto whole = storage::rebuild(f.journal, the_shard);
  REQUIRE(whole);
  f.journal.damage(the_shard, 1); // which nobody reads any more
  auto loaded = storage::load_entity(f.rows, f.journal, the_shard, anna);
  REQUIRE(loaded);
  CHECK(loaded->since_snapshot == whole->at(anna).at - snapshot->position);
  CHECK(loaded->since_snapshot < charter::limits::snapshot_every_events);
  CHECK(storage::snapshot_of(*loaded).state == storage::snapshot_of(whole->at(anna)).state);
}

TEST_CASE("rows: without an old record there is no snapshot, and following goes on", "[cluster]") {
  follower_bench f;
  f.grow(1);
  f.follower->fold(the_shard);
  f.journal.damage(the_shard, 1);
  f.grow(charter::limits::snapshot_every_events);
  f.follower->fold(the_shard);
  CHECK(f.failure.empty());
  CHECK(f.unreadable.size() == 1);
  CHECK_FALSE(storage::snapshot_of(f.rows, usr("anna")));
  f.grow(1);
  f.follower->fold(the_shard);
  CHECK(f.told.back() == charter::limits::snapshot_every_events + 2);
}

TEST_CASE("rows: a record that can't be read is fatal", "[cluster]") {
  follower_bench f;
  f.grow(2);
  f.journal.damage(the_shard, 2);
  f.follower->fold(the_shard);
  CHECK_FALSE(f.failure.empty());
}
