// Entities that fail: damaged records, poisoned rows; quarantine, neighbours, and what is owed to them meanwhile.

#include "tests/node_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr std::size_t seeds_each = 4;

/// Where the first change of that entity stands. Not the head of its shard.
std::pair<shard_id, storage::position> first_change_of(node_world& n, const entity_id& x) {
  std::optional<std::pair<shard_id, storage::position>> found;
  n.each_change([&](shard_id shard, storage::position at, const change& c) {
    if (c.entity == x && !found)
      found = {shard, at};
  });
  REQUIRE(found);
  REQUIRE(found->second < n.disk().head(found->first));
  return *found;
}

/// A complaint of the same shard as `beside`; each call another one.
case_id case_beside(node_world& n, const entity_id& beside, int& last) {
  for (;;) {
    auto file = cas("case " + std::to_string(++last));
    if (n.shards().shard_for(file) == n.shards().shard_for(beside))
      return file;
  }
}

any_command following(const account_id& account) { return users::command{users::subscribe{account}}; }
any_command leaving(const account_id& account) { return users::command{users::unsubscribe{account}}; }
any_command correcting(std::uint64_t number) {
  accounts::correct c;
  c.number = number;
  c.text = personal_text{"corrected"};
  return accounts::command{c};
}

std::uint64_t number_or_zero(const result<answer>& a) { return a ? std::get<post_answer>(*a).number : 0; }

/// What etcd says of one shard's claim, and how often it is asked.
struct claim_told {
  shard_id shard;
  bool ours = true;
  bool heard = true;
  int questions = 0;

  result<std::set<shard_id>> ask(const std::set<shard_id>& shards) {
    questions += static_cast<int>(shards.count(shard));
    if (!heard)
      return refuse(errc::unavailable, "etcd doesn't answer");
    auto out = shards;
    if (!ours)
      out.erase(shard);
    return out;
  }
};

} // namespace

TEST_CASE("entity: one that can't be read is quarantined after three tries, its neighbours go on", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto place = first_change_of(n, news);
    n.crash();
    n.disk().damaged.insert(place);
    n.start();
    int cases_made = 0;
    for (int i = 0; i < limits::crashes_before_quarantine; ++i) {
      auto no = n.take(n.begin(news, post("tea"), caller::of(owner)), 2s);
      CHECK(refused_with(no) == errc::unavailable); // answered, not timed out
      CHECK(n.ask(case_beside(n, news, cases_made), cases::command{complaint()}, caller::of(usr("ann"))));
    }
    n.world().run();
    CHECK(n.alarmed("entity_quarantined"));
    CHECK(n.status_of(news).quarantined == 1);
    auto crashes = counters().entity_crashes.load();
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::unavailable);
    CHECK_FALSE(n.world().ask<state_ptr>(n.shards().of(news), look{news}));
    CHECK(counters().entity_crashes.load() == crashes);
    CHECK(n.ask(case_beside(n, news, cases_made), cases::command{complaint()}, caller::of(usr("ann"))));
    CHECK(n.count_of<accounts::published>(news) == 1);
    CHECK_FALSE(n.alarmed("shard_conflict"));
  }
}

TEST_CASE("entity: effects to one in quarantine park in order and hold up nobody else [I3]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto ann = usr("ann");
    auto place = first_change_of(n, news);
    auto before = n.events_of<accounts::followers_changed>(news).size();
    auto followers = n.look_at<accounts::state>(news).followers;
    n.crash();
    n.disk().damaged.insert(place);
    n.start();
    REQUIRE(n.ask(ann, following(news), caller::of(ann)));
    REQUIRE(n.ask(ann, leaving(news), caller::of(ann)));
    REQUIRE(n.ask(ann, following(news), caller::of(ann)));
    n.run_for(5s);
    CHECK(n.alarmed("entity_quarantined"));
    CHECK(n.status_of(ann).effects_waiting == 3);
    // The same source owes something to another one, which arrives.
    REQUIRE(n.ask(ann, following(acc("tea")), caller::of(ann)));
    n.run_for(2s);
    CHECK(n.look_at<accounts::state>(acc("tea")).followers == 1);
    CHECK(n.events_of<accounts::followers_changed>(news).size() == before);
    n.crash();
    n.disk().damaged.clear(); // an operator has brought the record back
    n.start();
    n.run_for(5s);
    auto changes = n.events_of<accounts::followers_changed>(news);
    REQUIRE(changes.size() == before + 3);
    CHECK(changes[before].followers == followers + 1);
    CHECK(changes[before + 1].followers == followers);
    CHECK(changes[before + 2].followers == followers + 1);
    CHECK(n.status_of(ann).effects_waiting == 0);
    CHECK(n.ask(news, post("tea"), caller::of(owner)));
  }
}

TEST_CASE("entity: whoever can't be told of a sanction doesn't hold it up, and is told later [I19] [I9]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto told = n.count_of<users::noticed>(owner);
    auto place = first_change_of(n, owner);
    n.crash();
    n.disk().damaged.insert(place);
    n.start();
    REQUIRE(n.ask(cas("sanction"), suspending(news), caller::of(usr("senior"))));
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(eve))) == errc::sanctioned);
    n.run_for(5s);
    CHECK(n.alarmed("entity_quarantined"));
    CHECK(n.count_of<users::noticed>(owner) == told);
    n.crash();
    n.disk().damaged.clear();
    n.start();
    n.run_for(5s);
    CHECK(n.count_of<users::noticed>(owner) == told + 1);
  }
}

TEST_CASE("entity: one that throws three times on one command is quarantined, on different ones it isn't", "[actors]") {
  node_world n({}, town().copy());
  storage::row_batch poison;
  poison.put(storage::tables::post(news, 1), bytes{0xc1}); // no MessagePack begins so
  n.disk().write(poison);
  for (std::uint64_t i = 0; i < 6; ++i) { // a command of its own each time
    auto no = n.take(n.begin(news, correcting(1), caller::of(owner), {n.new_id(), std::to_string(i)}), 2s);
    CHECK(refused_with(no) == errc::unavailable);
    CHECK(n.ask(news, post("in between"), caller::of(owner)));
  }
  n.world().run();
  CHECK_FALSE(n.alarmed("entity_quarantined"));
  sending how{n.new_id(), "the same"};
  for (int i = 0; i < limits::crashes_before_quarantine; ++i)
    CHECK(refused_with(n.take(n.begin(news, correcting(1), caller::of(owner), how), 2s)) == errc::unavailable);
  n.world().run();
  CHECK(n.alarmed("entity_quarantined"));
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::unavailable);
  CHECK(n.ask(acc("tea"), post("tea"), caller::of(usr("ann"))));
}

TEST_CASE("entity: what waits at one that crashes is answered, and what was proposed goes its way [I1]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    storage::row_batch poison;
    poison.put(storage::tables::post(news, 1), bytes{0xc1});
    n.disk().write(poison);
    n.hold_appends();
    sending how{n.new_id(), "tea"};
    auto proposed = n.begin(news, post("tea"), caller::of(owner), how);
    n.world().run();
    auto poisoned = n.begin(news, correcting(1), caller::of(owner)); // waits for the rows
    auto behind = n.begin(news, post("behind"), caller::of(owner));
    n.run_for(1s);
    CHECK_FALSE(proposed.answered());
    n.let_appends_go();
    auto first = n.take(proposed, 2s); // durable; whether it is told so or to ask again depends on who came first
    CHECK((first || first.why().code == errc::unavailable));
    CHECK(refused_with(n.take(poisoned, 2s)) == errc::unavailable);
    auto last = n.take(behind, 2s);
    CHECK((last || last.why().code == errc::unavailable));
    CHECK(number_or_zero(n.ask(news, post("tea"), caller::of(owner), how)) == 2);
    CHECK(n.ask(news, post("and on"), caller::of(owner)));
    std::uint64_t number = 0;
    for (const auto& e : n.events_of<accounts::published>(news))
      CHECK(e.number == ++number);
  }
}

TEST_CASE("entity: a snapshot that can't be decoded is replayed instead [I6]", "[actors]") {
  node_world n({}, town().copy());
  auto live = codec::encode(n.look_at<accounts::state>(news));
  n.run_for(limits::entity_idle_before_passivation + 60s);
  auto good = storage::snapshot_of(n.disk(), news);
  REQUIRE(good);
  auto other = *good;
  other.state = bytes{0xc1};
  for (const auto& broken : {codec::encode(other), bytes{0xc1}, bytes{}}) {
    storage::row_batch poison;
    poison.put(storage::tables::snapshot(news), broken);
    n.disk().write(poison);
    n.restart();
    CHECK(codec::encode(n.look_at<accounts::state>(news)) == live);
  }
}

TEST_CASE("entity: a snapshot is taken every so many changes, and replay goes on from it [I6]", "[actors]") {
  node_world n({}, town().copy());
  for (std::size_t i = 0; i < limits::snapshot_every_events + 10; ++i)
    REQUIRE(n.ask(news, post("post"), caller::of(owner)));
  auto live = codec::encode(n.look_at<accounts::state>(news));
  auto snapshot = storage::snapshot_of(n.disk(), news);
  REQUIRE(snapshot);
  CHECK(snapshot->position > 0);
  auto place = first_change_of(n, news);
  n.crash();
  n.disk().damaged.insert(place); // not needed any more
  n.start();
  CHECK(codec::encode(n.look_at<accounts::state>(news)) == live);
}

TEST_CASE("entity: what changes nothing is answered only once the shard is known to be ours [I2]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto here = n.shards().shard_for(news);
    REQUIRE(n.ask(cas("sanction"), suspending(news), caller::of(usr("senior"))));
    claim_told claim{here};
    n.confirm = [&](auto& shards) { return claim.ask(shards); };
    n.restart();
    claim.questions = 0;
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::sanctioned);
    CHECK(claim.questions == 1);
    claim.ours = false;
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::unavailable);
    claim.ours = true;
    claim.heard = false;
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::unavailable);
    claim.heard = true;
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::sanctioned);
    claim.questions = 0;
    std::vector<asked> many;
    for (int i = 0; i < 20; ++i)
      many.push_back(n.begin(news, post("tea"), caller::of(owner)));
    for (auto& one : many)
      CHECK(refused_with(n.take(one)) == errc::sanctioned);
    CHECK(claim.questions < 20);
  }
}

TEST_CASE("entity: a look shows what an owner knows, not one that was [I2]", "[actors]") {
  node_world n({}, town().copy());
  auto here = n.shards().shard_for(news);
  claim_told claim{here};
  n.confirm = [&](auto& shards) { return claim.ask(shards); };
  n.restart();
  claim.questions = 0;
  n.look_at<accounts::state>(news);
  CHECK(claim.questions == 1);
  claim.ours = false;
  CHECK_THROWS_WITH(n.look_at<accounts::state>(news), Catch::Contains("another node has taken this over"));
}

TEST_CASE("entity: the claim is asked for after what the answer rests on is durable, and not for changes", "[actors]") {
  node_world n({}, town().copy());
  auto here = n.shards().shard_for(news);
  claim_told claim{here};
  n.confirm = [&](auto& shards) { return claim.ask(shards); };
  n.restart();
  n.look_at<accounts::state>(news);
  claim.questions = 0;
  n.hold_appends();
  auto accepted = n.begin(news, post("tea"), caller::of(owner));
  auto refused = n.begin(news, post("tea"), caller::of(usr("nobody")));
  n.run_for(1s);
  CHECK_FALSE(accepted.answered());
  CHECK_FALSE(refused.answered());
  CHECK(claim.questions == 0);
  n.let_appends_go();
  CHECK(n.take(accepted));
  CHECK(refused_with(n.take(refused)) == errc::forbidden);
  CHECK(claim.questions == 1);
}
