// Shards and the entities in them: when something is said, what survives, what comes twice, and what is too much.

#include "tests/node_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr std::size_t seeds_each = 6;

any_command about(const std::string& text) {
  users::update c;
  c.about = personal_text{text};
  return users::command{c};
}
any_command following(const account_id& account) { return users::command{users::subscribe{account}}; }
const auto reader = usr("reader");
const auto by_reader = caller::of(reader);

std::string about_of(node_world& n) { return n.look_at<users::state>(reader).about->value_or_empty(); }

/// The numbers of the answers, which were all granted.
std::uint64_t number_of(const result<answer>& a) {
  REQUIRE(a);
  return std::get<post_answer>(*a).number;
}

} // namespace

// -- durable before it is said ----------------------------------------------------------

TEST_CASE("shard: nothing is answered, shown or pushed before it is durable [I1] [I14]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto before = n.folded_rows();
    n.pushed.clear();
    n.hold_appends();
    auto id = n.new_id();
    auto once = n.begin(reader, about("hello"), by_reader, {id, "about hello"});
    n.world().run();
    auto twice = n.begin(reader, about("hello"), by_reader, {id, "about hello"});
    n.run_for(2s);
    CHECK(n.held_appends() == 1);
    CHECK_FALSE(once.answered());
    CHECK_FALSE(twice.answered());
    CHECK(about_of(n).empty());
    CHECK(n.pushed.empty());
    CHECK(n.folded_rows() == before);
    n.let_appends_go();
    CHECK(n.take(once));
    CHECK(n.take(twice));
    CHECK(about_of(n) == "hello");
    CHECK(n.pushed.size() == 1);
    CHECK(n.count_of<users::profile_updated>(reader) == 1);
  }
}

TEST_CASE("shard: a refusal that rests on what isn't durable waits for it [I14]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    for (bool fails : {false, true}) {
      node_world n(seed, town().copy());
      n.hold_appends();
      auto closing = n.begin(reader, users::command{users::close{}}, by_reader);
      n.world().run();
      auto later = n.begin(reader, about("still here"), by_reader);
      n.run_for(2s);
      CHECK_FALSE(closing.answered());
      CHECK_FALSE(later.answered()); // refused, but only if the closing comes to be
      if (fails)
        n.disk().journal().fail_next_append(storage::memory_journal::fault::no_space);
      n.let_appends_go();
      CHECK(refused_with(n.take(closing)) == (fails ? errc::unavailable : granted));
      CHECK(refused_with(n.take(later)) == (fails ? errc::unavailable : errc::forbidden));
      CHECK((n.look_at<users::state>(reader).status == users::status::active) == fails);
      CHECK(bool(n.ask(reader, about("still here"), by_reader)) == fails);
    }
  }
}

TEST_CASE("shard: effects of what isn't durable reach nobody [I14]", "[actors]") {
  auto tea = acc("tea");
  for (auto seed : world_seeds(seeds_each)) {
    for (bool fails : {false, true}) {
      node_world n(seed, town().copy());
      auto source = n.shards().shard_for(reader);
      REQUIRE(n.shards().shard_for(tea) != source);
      n.hold_appends(source);
      auto follows = n.begin(reader, following(tea), by_reader);
      n.run_for(2s);
      CHECK(n.held_appends() == 1);
      CHECK(n.look_at<accounts::state>(tea).followers == 0);
      if (fails)
        n.disk().journal().fail_next_append(storage::memory_journal::fault::no_space);
      n.let_appends_go();
      CHECK(bool(n.take(follows)) != fails);
      n.run_for(2s);
      CHECK(n.look_at<accounts::state>(tea).followers == (fails ? 0 : 1));
    }
  }
}

TEST_CASE("shard: what the disk had no room for leaves no trace [I14] [I4]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto states = n.states();
    auto rows = n.folded_rows();
    n.pushed.clear();
    n.hold_appends();
    std::vector<asked> lost;
    for (int i = 0; i < 3; ++i)
      lost.push_back(n.begin(news, post("tea"), caller::of(owner)));
    lost.push_back(n.begin(reader, about("hello"), by_reader));
    lost.push_back(n.begin(cas("sanction"), suspending(news), caller::of(usr("senior"))));
    n.world().run();
    n.disk().journal().set_room_bytes(0);
    n.let_appends_go();
    for (auto& l : lost)
      CHECK(refused_with(n.take(l)) == errc::unavailable);
    n.run_for(2s);
    CHECK(n.states() == states);
    CHECK(n.folded_rows() == rows);
    CHECK(n.pushed.empty());
    n.disk().journal().set_room_bytes(1 << 20);
    CHECK(number_of(n.ask(news, post("tea"), caller::of(owner))) == 2);
  }
}

TEST_CASE("shard: a policy that isn't durable decides nothing [I14] [I18]", "[actors]") {
  node_world n({}, town().copy());
  auto senior = caller::of(usr("senior"));
  auto held = n.shards().shard_for(policy_entity);
  REQUIRE(n.shards().shard_for(news) != held);
  int made = 0;
  auto next_case = [&] {
    case_id file;
    do
      file = cas("sanction " + std::to_string(++made));
    while (n.shards().shard_for(file) == held);
    return file;
  };
  auto version = n.policy()->version();
  n.hold_appends(held);
  policies::revoke_role revoke{usr("senior"), role::senior_moderator};
  auto revoked = n.begin(policy_entity, policies::command{revoke}, caller::system());
  n.run_for(2s);
  CHECK_FALSE(revoked.answered());
  CHECK(n.policy()->version() == version);
  CHECK(n.ask(next_case(), suspending(news), senior));
  n.let_appends_go();
  REQUIRE(n.take(revoked));
  CHECK(refused_with(n.ask(next_case(), suspending(news), senior)) == errc::forbidden);
  CHECK(n.policy()->version() > version);
}

TEST_CASE("shard: what was answered is there after a crash at any moment [I1]", "[actors]") {
  for (auto seed : world_seeds(2 * seeds_each)) {
    for (bool with_rows : {true, false}) {
      node_world n(seed, town().copy());
      std::mt19937_64 random(seed);
      std::vector<asked> posts;
      std::vector<asked> abouts;
      for (int i = 0; i < 12; ++i) {
        posts.push_back(n.begin(news, post("post " + std::to_string(i)), caller::of(owner)));
        abouts.push_back(n.begin(reader, about("about " + std::to_string(i)), by_reader));
        for (auto steps = random() % 25; steps > 0 && n.world().step(); --steps) {
        }
      }
      std::uint64_t last = 0;
      for (auto& p : posts)
        if (p.answered())
          last = std::max(last, number_of(p.take()));
      std::size_t told = 0;
      for (std::size_t i = 0; i < abouts.size(); ++i)
        if (abouts[i].answered() && abouts[i].take())
          told = i + 1;
      n.restart(with_rows);
      CHECK(n.count_of<accounts::published>(news) >= last);
      CHECK(n.look_at<accounts::state>(news).last_number >= last);
      if (last > 0)
        CHECK(storage::post(n.disk(), {news, last}));
      auto after = about_of(n);
      if (told > 0) {
        REQUIRE(after.starts_with("about "));
        CHECK(std::stoul(after.substr(6)) + 1 >= told);
      }
      auto next = number_of(n.ask(news, post("and on"), caller::of(owner)));
      CHECK(next == n.count_of<accounts::published>(news));
    }
  }
}

TEST_CASE("shard: an outcome that nobody knows is not answered, and the same command finds it [I1] [I3]", "[actors]") {
  using fault = storage::memory_journal::fault;
  for (auto what : {fault::throw_lost, fault::throw_landed}) {
    node_world n({}, town().copy());
    auto id = n.new_id();
    n.disk().journal().fail_next_append(what);
    auto asked = n.begin(news, post("tea"), caller::of(owner), {id, "tea"});
    n.run_for(20s);
    CHECK_FALSE(n.fatal.empty()); // production ends here
    CHECK_FALSE(asked.answered());
    auto landed = n.count_of<accounts::published>(news);
    CHECK(landed == (what == fault::throw_landed ? 2 : 1));
    n.restart();
    CHECK(number_of(n.ask(news, post("tea"), caller::of(owner), {id, "tea"})) == 2);
    CHECK(n.count_of<accounts::published>(news) == 2);
  }
}

// -- the same command again ---------------------------------------------------------------

TEST_CASE("shard: a command that comes again takes effect once and is answered alike [I3]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    auto id = n.new_id();
    sending how{id, "tea"};
    auto first = n.begin(news, post("tea"), caller::of(owner), how);
    std::mt19937_64 random(seed);
    std::vector<asked> again;
    for (int i = 0; i < 4; ++i) {
      for (auto steps = random() % 6; steps > 0 && n.world().step(); --steps) {
      }
      again.push_back(n.begin(news, post("tea"), caller::of(owner), how));
    }
    CHECK(number_of(n.take(first)) == 2);
    for (auto& a : again)
      CHECK(number_of(n.take(a)) == 2);
    CHECK(number_of(n.ask(news, post("tea"), caller::of(owner), how)) == 2);
    for (bool with_rows : {true, false}) {
      n.restart(with_rows);
      CHECK(number_of(n.ask(news, post("tea"), caller::of(owner), how)) == 2);
      CHECK(refused_with(n.ask(news, post("milk"), caller::of(owner), {id, "milk"})) == errc::conflict);
      CHECK(refused_with(n.ask(acc("tea"), post("tea"), caller::of(owner), how)) == errc::conflict);
    }
    CHECK(n.count_of<accounts::published>(news) == 2);
    // Somebody else's id is another one.
    CHECK(number_of(n.ask(news, post("eve's"), caller::of(eve), how)) == 3);
  }
}

TEST_CASE("shard: an id with other parameters is a conflict while the first is on its way [I3]", "[actors]") {
  node_world n({}, town().copy());
  auto id = n.new_id();
  n.hold_appends();
  auto first = n.begin(news, post("tea"), caller::of(owner), {id, "tea"});
  n.world().run();
  auto other = n.begin(news, post("milk"), caller::of(owner), {id, "milk"});
  CHECK(refused_with(n.take(other)) == errc::conflict);
  CHECK_FALSE(first.answered());
  n.let_appends_go();
  CHECK(n.take(first));
  CHECK(n.count_of<accounts::published>(news) == 2);
}

TEST_CASE("shard: ids older than a day or from the future are refused, results outlive them [I3]", "[actors]") {
  node_world n({}, town().copy());
  auto ask_with = [&](command_id id) { return n.ask(news, post("tea"), caller::of(owner), {id, "tea"}); };
  CHECK(refused_with(ask_with(n.new_id(n.now() - 24h - 1s))) == errc::invalid_params);
  CHECK(refused_with(ask_with(n.new_id(n.now() + limits::clock_skew_max + 1s))) == errc::invalid_params);
  CHECK(refused_with(ask_with(command_id{usr("no uuid").raw})) == errc::invalid_params);
  auto id = n.new_id(n.now() - 1s);
  REQUIRE(ask_with(id));
  n.jump(24h - 30s);
  n.run_for(20s); // results are cleared up now and then
  CHECK(number_of(ask_with(id)) == 2);
  n.jump(30s);
  CHECK(refused_with(ask_with(id)) == errc::invalid_params);
  CHECK(n.count_of<accounts::published>(news) == 2);
}

TEST_CASE("shard: a saga that is asked for again after a restart gives the one answer [I3] [I15]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    std::mt19937_64 random(seed);
    auto person = named<identity_id>("new");
    verify(n, person, "new");
    sending how{n.new_id(), "new"};
    users::command c{registration("new", person, "new")};
    auto first = n.begin(usr("new"), c, caller::anonymous(), how);
    for (auto steps = random() % 60; steps > 0 && n.world().step(); --steps) {
    }
    n.restart(random() % 2 == 0);
    auto second = n.begin(usr("new"), c, caller::anonymous(), how);
    auto third = n.begin(usr("new"), c, caller::anonymous(), how);
    CHECK(n.take(second));
    CHECK(n.take(third));
    CHECK(n.count_of<users::registered>(usr("new")) == 1);
    CHECK(n.count_of<identities::place_claimed>(person) == 1);
    CHECK(n.count_of<names::claimed>(named<name_id>("new")) == 1);
  }
}

// -- disks and heads --------------------------------------------------------------------

TEST_CASE("shard: a full disk refuses changes, answers reads, and takes changes again later [I12]", "[actors]") {
  node_world n({}, town().copy());
  n.disk().journal().set_room_bytes(0);
  auto no = n.ask(news, post("tea"), caller::of(owner));
  CHECK(refused_with(no) == errc::unavailable);
  CHECK(no.why().retry_after_ms > 0);
  CHECK(n.status_of(news).disk_full);
  CHECK(n.look_at<accounts::state>(news).last_number == 1);
  CHECK(storage::post(n.disk(), {news, 1}));
  n.run_for(5s);
  CHECK(n.fatal.empty());
  n.disk().journal().set_room_bytes(1 << 20);
  CHECK(number_of(n.ask(news, post("tea"), caller::of(owner))) == 2);
  CHECK_FALSE(n.status_of(news).disk_full);
}

TEST_CASE("shard: effects that a full disk turned away arrive when there is room [I3] [I12]", "[actors]") {
  node_world n({}, town().copy());
  auto target = n.shards().shard_for(news);
  auto followers = n.look_at<accounts::state>(news).followers;
  REQUIRE(n.shards().shard_for(usr("ann")) != target);
  n.hold_appends(target);
  REQUIRE(n.ask(usr("ann"), following(news), caller::of(usr("ann"))));
  n.world().run();
  n.disk().journal().set_room_bytes(0);
  n.let_appends_go();
  n.run_for(5s);
  CHECK(n.look_at<accounts::state>(news).followers == followers);
  n.disk().journal().set_room_bytes(1 << 20);
  n.run_for(5s);
  CHECK(n.look_at<accounts::state>(news).followers == followers + 1);
}

TEST_CASE("shard: one whose journal has moved on begins again from its head [I1] [I3]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    sending how{n.new_id(), "tea"};
    n.disk().journal().fail_next_append(storage::memory_journal::fault::conflict);
    auto first = n.begin(news, post("tea"), caller::of(owner), how);
    auto outcome = n.take(first, 5s);
    CHECK(refused_with(outcome) == errc::unavailable); // nobody waits for ever
    CHECK(n.alarmed("shard_conflict"));
    n.run_for(5s);
    CHECK(number_of(n.ask(news, post("tea"), caller::of(owner), how)) == 2);
    CHECK(n.count_of<accounts::published>(news) == 2);
  }
}

// -- bounds -----------------------------------------------------------------------------

TEST_CASE("shard: so many commands may wait at an entity, and the next is told so [I12]", "[actors]") {
  node_world n({}, town().copy());
  n.hold_appends();
  std::vector<asked> waiting;
  for (std::size_t i = 0; i < limits::entity_commands_max; ++i)
    waiting.push_back(n.begin(news, post("tea"), caller::of(owner)));
  n.world().run();
  auto no = n.ask(news, post("one more"), caller::of(owner));
  CHECK(refused_with(no) == errc::unavailable);
  CHECK(no.why().retry_after_ms > 0);
  CHECK(std::ranges::none_of(waiting, [](auto& w) { return w.answered(); }));
  n.let_appends_go();
  std::size_t taken = 0;
  for (auto& w : waiting)
    taken += n.take(w) ? 1 : 0;
  CHECK(taken == waiting.size());
  CHECK(n.count_of<accounts::published>(news) == 1 + taken);
  CHECK(n.ask(news, post("one more"), caller::of(owner)));
}

TEST_CASE("shard: a flood of ordinary commands doesn't hold up a sanction [I19] [I12]", "[actors]") {
  node_world n({}, town().copy());
  auto flooded = n.shards().shard_for(news);
  // All that the shard may have waiting, and nobody takes it out: as if it were that slow.
  std::size_t waiting = 0;
  while (waiting <= limits::shard_commands_max && n.shards().take_credit(flooded, urgency::ordinary))
    ++waiting;
  CHECK(waiting == limits::shard_commands_max);
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::unavailable);
  // A case of the same shard, so that the flood stands before both of its steps.
  case_id file;
  for (int i = 0; n.shards().shard_for(file) != flooded || i == 0; ++i)
    file = cas("sanction " + std::to_string(i));
  REQUIRE(n.ask(file, suspending(news), caller::of(usr("senior"))));
  CHECK(n.count_of<accounts::restricted>(news) == 1);
}

TEST_CASE("shard: with every shard flooded, sanctions and revocations are answered, and hold [I19] [I2]", "[actors]") {
  node_world n({}, town().copy());
  auto senior = caller::of(usr("senior"));
  std::vector<shard_id> taken;
  for (auto shard : n.shards().shards())
    while (n.shards().take_credit(shard, urgency::ordinary))
      taken.push_back(shard);
  CHECK(refused_with(n.ask(acc("tea"), post("tea"), caller::of(usr("ann")))) == errc::unavailable);
  REQUIRE(n.ask(cas("on the paper"), suspending(paper), senior));
  REQUIRE(n.ask(cas("on ann"), suspending(usr("ann"), "ann"), senior));
  policies::revoke_role revoke{usr("senior"), role::senior_moderator};
  REQUIRE(n.ask(policy_entity, policies::command{revoke}, caller::system()));
  CHECK(refused_with(n.ask(cas("one more"), suspending(news), senior)) == errc::forbidden);
  for (auto shard : taken)
    n.shards().give_back(shard, urgency::ordinary);
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(eve))) == errc::sanctioned);
  CHECK(refused_with(n.ask(acc("tea"), post("tea"), caller::of(usr("ann")))) == errc::sanctioned);
}

// -- idle ones ----------------------------------------------------------------------------

TEST_CASE("shard: an idle entity ends with a snapshot and wakes with the next message [I6]", "[actors]") {
  node_world n({}, town().copy());
  REQUIRE(n.ask(news, post("tea"), caller::of(owner)));
  auto before = codec::encode(n.look_at<accounts::state>(news));
  n.run_for(limits::entity_idle_before_passivation + 60s);
  CHECK(n.status_of(news).live == 0);
  auto snapshot = storage::snapshot_of(n.disk(), news);
  REQUIRE(snapshot);
  CHECK(snapshot->state == before);
  CHECK(codec::encode(n.look_at<accounts::state>(news)) == before);
  CHECK(number_of(n.ask(news, post("milk"), caller::of(owner))) == 3);
}

TEST_CASE("shard: what comes while an entity goes to sleep is kept in order, and it wakes [I3] [I4]", "[actors]") {
  for (auto seed : world_seeds(2 * seeds_each)) {
    auto disk = town().copy();
    node_world n(seed, disk);
    n.idle_before_passivation = 1s;
    n.restart();
    std::mt19937_64 random(seed);
    std::uint64_t sent = 1;
    std::vector<asked> posts;
    for (int round = 0; round < 6; ++round) {
      n.run_for(1s + static_cast<int>(random() % 4) * node_pulse);
      for (auto steps = random() % 40; steps > 0; --steps)
        if (!n.world().step())
          n.run_for(node_pulse);
      for (int i = 0; i < 3; ++i) {
        posts.push_back(n.begin(news, post("post " + std::to_string(++sent)), caller::of(owner)));
        for (auto steps = random() % 5; steps > 0 && n.world().step(); --steps) {
        }
      }
    }
    std::uint64_t number = 1;
    for (auto& p : posts)
      CHECK(number_of(n.take(p)) == ++number);
    CHECK(counters().entities_passivated > 0);
    CHECK(n.count_of<accounts::published>(news) == sent);
  }
}

TEST_CASE("shard: a timed sanction ends by itself, and its end is told", "[actors]") {
  node_world n({}, town().copy());
  auto file = cas("sanction");
  auto answered = n.ask(file, suspending(news), caller::of(usr("senior")));
  REQUIRE(answered);
  auto until = std::get<sanction_answer>(*answered).until;
  REQUIRE(until);
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::sanctioned);
  n.jump(*until - n.now() - 10s);
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::sanctioned);
  n.run_for(12s);
  CHECK(n.ask(news, post("tea"), caller::of(owner)));
  CHECK(n.look_at<accounts::state>(news).held.empty());
  CHECK(n.count_of<cases::lifted>(file) == 1);
}
