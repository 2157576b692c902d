// Effects between entities: once each, in order, through crashes; the sagas and sanctions that rest on them; and that
// the journal gives everything again.

#include "tests/node_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr std::size_t seeds_each = 6;

any_command following(const account_id& account) { return users::command{users::subscribe{account}}; }

/// A day in town, with effects of every length still on their way at its end.
void busy_day(node_world& n, std::mt19937_64& random) {
  std::vector<asked> all;
  all.push_back(n.begin(cas("sanction"), suspending(acc("tea"), "ann"), caller::of(usr("senior"))));
  for (auto who : {"ann", "eve", "paul"})
    all.push_back(n.begin(usr(who), following(news), caller::of(usr(who))));
  for (int i = 0; i < 4; ++i)
    all.push_back(n.begin(news, post("post " + std::to_string(i)), caller::of(owner)));
  all.push_back(n.begin(cas("complaint"), cases::command{complaint()}, caller::of(usr("reader"))));
  all.push_back(n.begin(usr("petra"), users::command{users::close{}}, caller::of(usr("petra"))));
  for (auto steps = random() % 200; steps > 0 && n.world().step(); --steps) {
  }
}

/// Everything that a redelivered effect could change twice.
void check_taken_once(node_world& n) {
  std::size_t subscribers = 0;
  for (auto who : {"reader", "ann", "eve", "paul"})
    subscribers += std::ranges::count(n.look_at<users::state>(usr(who)).subscriptions, news);
  CHECK(n.look_at<accounts::state>(news).followers == subscribers);
  CHECK(n.count_of<accounts::restricted>(acc("tea")) == n.count_of<cases::imposed>(cas("sanction")));
  CHECK(n.count_of<cases::enforced>(cas("sanction")) == n.count_of<cases::imposed>(cas("sanction")));
  std::map<std::tuple<shard_id, std::uint64_t, std::uint32_t>, int> taken;
  n.each_change([&](shard_id, storage::position, const change& c) {
    if (c.cause)
      ++taken[{c.cause->shard, c.cause->position, c.cause->index}];
  });
  std::size_t owed = 0;
  n.each_change([&](shard_id, storage::position, const change& c) { owed += c.effects.size(); });
  CHECK(taken.size() == owed);
  CHECK(std::ranges::all_of(taken, [](const auto& t) { return t.second == 1; }));
}

} // namespace

TEST_CASE("effects: each takes effect once, however often a crash makes it come again [I3]", "[actors]") {
  for (auto seed : world_seeds(2 * seeds_each)) {
    node_world n(seed, town().copy());
    std::mt19937_64 random(seed);
    auto old_rows = n.disk().rows_copy(); // with old cursors, and old everything
    busy_day(n, random);
    n.crash();
    if (seed % 3 == 0)
      n.disk().drop_rows();
    else if (seed % 3 == 1)
      n.disk().set_rows(*old_rows);
    n.start();
    n.run_for(5s);
    check_taken_once(n);
    n.restart(seed % 2 == 0);
    n.run_for(20s);
    check_taken_once(n);
  }
}

TEST_CASE("effects: an old cursor alone makes effects come again, and they change nothing [I3]", "[actors]") {
  node_world n({}, town().copy());
  std::mt19937_64 random(1);
  busy_day(n, random);
  n.run_for(20s);
  auto states = n.states();
  auto head = [&] {
    std::uint64_t sum = 0;
    for (auto shard : n.disk().shards())
      sum += n.disk().head(shard);
    return sum;
  };
  auto changes = head();
  auto all_shards = n.shards().shards();
  n.crash();
  storage::row_batch forget;
  for (auto from : all_shards)
    for (auto to : all_shards)
      forget.erase(storage::tables::effect_cursor(from, to));
  n.disk().write(forget);
  auto delivered = counters().effects_delivered.load();
  n.start();
  n.run_for(5s);
  CHECK(counters().effects_delivered.load() > delivered + 10);
  CHECK(head() == changes);
  CHECK(n.states() == states);
}

TEST_CASE("effects: the journal gives every state and every row again [I6]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    std::mt19937_64 random(seed);
    busy_day(n, random);
    n.run_for(20s);
    auto states = n.states();
    auto rows = n.folded_rows();
    n.restart(true); // from rows, without snapshots
    CHECK(n.states() == states);
    n.run_for(limits::entity_idle_before_passivation + 30s); // now there are some
    CHECK(n.states() == states);
    for (int i = 0; i < 3; ++i) // beyond the snapshots
      for (auto who : {"owner", "eve"})
        static_cast<void>(n.ask(news, post("later"), caller::of(usr(who))));
    n.run_for(5s);
    states = n.states();
    rows = n.folded_rows();
    n.restart(true);
    CHECK(n.states() == states);
    CHECK(n.folded_rows() == rows);
    n.restart(false); // from the journal alone
    CHECK(n.states() == states);
    CHECK(n.folded_rows() == rows);
  }
}

// -- sagas ------------------------------------------------------------------------------

TEST_CASE("effects: of two who register one name at the same instant exactly one gets it [I15]", "[actors]") {
  for (auto seed : world_seeds(2 * seeds_each)) {
    node_world n(seed, town().copy());
    std::vector<asked> both;
    for (auto who : {"p", "q"}) {
      verify(n, named<identity_id>(who), who);
      both.push_back(
          n.begin(usr(who), users::command{registration("tulip", named<identity_id>(who), who)}, caller::anonymous()));
    }
    std::vector<bool> won;
    for (auto& b : both) {
      auto outcome = n.take(b);
      won.push_back(bool(outcome));
      if (!outcome)
        CHECK(outcome.why().code == errc::conflict);
    }
    CHECK(won[0] != won[1]);
    n.run_for(2s);
    auto winner = won[0] ? usr("p") : usr("q");
    auto loser = named<identity_id>(won[0] ? "q" : "p");
    CHECK(n.look_at<names::state>(named<name_id>("tulip")).holder->holder == entity_id{winner});
    CHECK(n.look_at<identities::state>(loser).users.empty());
    CHECK(n.count_of<names::claimed>(named<name_id>("tulip")) == 1);
  }
}

TEST_CASE("effects: one person who registers twice at the same instant gets one pseudonym [I15]", "[actors]") {
  for (auto seed : world_seeds(2 * seeds_each)) {
    node_world n(seed, town().copy());
    auto person = named<identity_id>("person");
    std::vector<asked> both;
    for (auto who : {"p", "q"})
      verify(n, person, who);
    for (auto who : {"p", "q"})
      both.push_back(n.begin(usr(who), users::command{registration(who, person, who)}, caller::anonymous()));
    int won = 0;
    for (auto& b : both)
      won += n.take(b) ? 1 : 0;
    CHECK(won == 1);
    n.run_for(2s);
    CHECK(n.look_at<identities::state>(person).users.size() == 1);
    int held = 0;
    for (auto who : {"p", "q"})
      held += n.look_at<names::state>(named<name_id>(who)).holder ? 1 : 0;
    CHECK(held == 1);
  }
}

TEST_CASE("effects: nobody registers without a verified identity or the seven signatures [I7]", "[actors]") {
  node_world n({}, town().copy());
  auto person = named<identity_id>("new");
  CHECK(refused_with(n.ask(usr("new"), users::command{registration("new", person, "new")}, caller::anonymous())) ==
        errc::identity_required);
  verify(n, person, "new");
  auto six = registration("new", person, "new");
  six.items.pop_back();
  CHECK(refused_with(n.ask(usr("new 2"), users::command{six}, caller::anonymous())) == errc::agreement_required);
  CHECK(n.ask(usr("new 3"), users::command{registration("new", person, "new")}, caller::anonymous()));
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(usr("new")))) != granted);
  CHECK(refused_with(n.ask(news, post("tea"), caller::anonymous())) != granted);
}

// -- openings and sanctions ---------------------------------------------------------------

TEST_CASE("effects: an identity is opened only when its entry is a durable row of the log [I10]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto person = named<identity_id>("ann");
    auto wanted = named<disclosure_id>("wanted");
    identities::request_disclosure request{wanted,  usr("ann"),           "administrative_request",
                                           "No. 7", personal_text{"why"}, false};
    REQUIRE(n.ask(person, identities::command{request}, caller::of(usr("paul"))));
    CHECK(refused_with(n.ask(person, identities::command{identities::open{wanted}}, caller::of(usr("paul")))) ==
          errc::conflict);
    identities::decide_disclosure yes{wanted, true, "lawful", false};
    CHECK(refused_with(n.ask(person, identities::command{yes}, caller::of(usr("paul")))) == errc::forbidden);
    REQUIRE(n.ask(person, identities::command{yes}, caller::of(usr("petra"))));
    n.run_for(1s);
    auto entries = storage::log_size(n.disk());
    auto logged = [&] { return !n.entry_with({"identity_opened"}).empty(); };
    n.hold_appends(n.shards().shard_for(audit_log_entity));
    auto opening = n.begin(person, identities::command{identities::open{wanted}}, caller::of(usr("paul")));
    n.run_for(15s);
    CHECK_FALSE(opening.answered());
    CHECK(storage::log_size(n.disk()) == entries);
    n.let_appends_go();
    while (!opening.answered()) {
      bool before = logged();
      if (!n.world().step())
        n.run_for(node_pulse);
      if (opening.answered())
        CHECK(before); // it was there before the answer left
    }
    CHECK(opening.take());
    CHECK(n.count_of<identities::opened>(person) == 1);
    n.run_for(1s);
    CHECK(std::ranges::any_of(n.events_of<users::noticed>(usr("ann")),
                              [](const auto& e) { return e.notice.kind == notice_kind::security; }));
  }
}

TEST_CASE("effects: every sanction leaves notices, reason, rule, evidence, a way to appeal and an entry [I9]",
          "[actors]") {
  for (auto target : {entity_id{news}, entity_id{paper}, entity_id{owner}}) {
    node_world n({}, town().copy());
    auto file = cas("sanction");
    auto entries = n.entries().size();
    REQUIRE(n.ask(file, suspending(target), caller::of(usr("senior"))));
    n.run_for(5s); // a decision's entry is there within five seconds
    auto told = n.events_of<users::noticed>(owner);
    REQUIRE_FALSE(told.empty());
    const auto& last = told.back().notice;
    CHECK(last.kind == notice_kind::sanction);
    CHECK(last.rule == broken_rule(cn_2014(), *find_reason(cn_2014(), "fraud")));
    CHECK_FALSE(last.text.value_or_empty().empty());
    CHECK_FALSE(last.evidence.empty());
    CHECK(last.appeal_until);
    CHECK(last.expects == "appeal.file");
    CHECK(n.entries().size() > entries);
    auto entry = n.entry_with({"sanction_imposed", to_text(file, case_aspect::sanction)});
    REQUIRE_FALSE(entry.empty());
    CHECK(entry.find('"' + last.rule.article + '"') != std::string::npos);
    // Whoever imposed it doesn't decide about the appeal.
    REQUIRE(n.ask(file, cases::command{cases::file_appeal{"It isn't so."}}, caller::of(owner)));
    cases::decide_appeal lifts{cases::verdict::uphold, "it isn't", false};
    CHECK(refused_with(n.ask(file, cases::command{lifts}, caller::of(usr("senior")))) == errc::forbidden);
    REQUIRE(n.ask(file, cases::command{lifts}, caller::of(usr("senior 2"))));
    CHECK(n.ask(news, post("free again"), caller::of(owner)));
  }
}
