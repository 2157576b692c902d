// The gates that cross entities, through shards and journal: standing, policy, uniqueness, openings; in many
// interleavings each.

#include "tests/node_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

constexpr std::size_t seeds_each = 12;

/// Steps at random before it looks, so that what is begun next meets the rest at any moment.
void step_some(node_world& n, std::mt19937_64& random, std::uint64_t at_most) {
  for (auto left = random() % (at_most + 1); left > 0 && n.world().step(); --left) {
  }
}

/// Publishes by two editors, again and again, until `ending` is answered and some more; none may be accepted after
/// that answer.
void race_publishing(std::uint64_t seed, const entity_id& file, const any_command& ending, const caller& by,
                     bool eve_too, errc refused_as) {
  node_world n(seed, town().copy());
  std::mt19937_64 random(seed);
  std::vector<asked> posts;
  auto publish_once = [&] {
    auto who = eve_too && random() % 2 == 0 ? eve : owner;
    posts.push_back(n.begin(news, post("post " + std::to_string(posts.size())), caller::of(who)));
  };
  for (int i = 0; i < 3; ++i)
    publish_once();
  step_some(n, random, 40);
  auto end = n.begin(file, ending, by);
  while (!end.answered() && posts.size() < 400) {
    publish_once();
    step_some(n, random, 8);
    if (random() % 16 == 0)
      n.run_for(node_pulse);
  }
  n.world().run_until(end.answered, 30s);
  auto accepted = n.count_of<accounts::published>(news);
  auto outcome = end.take();
  INFO((outcome ? "" : outcome.why().detail));
  REQUIRE(outcome);
  for (int i = 0; i < 3; ++i)
    publish_once();
  n.run_for(2s);
  CHECK(n.count_of<accounts::published>(news) == accepted);
  auto last = n.take(posts.back());
  CHECK(refused_with(last) == refused_as);
  for (auto& p : posts)
    CHECK((p.answered() || &p == &posts.back()));
  // The stream that came of it has no hole (I4).
  std::uint64_t number = 0;
  for (const auto& e : n.events_of<accounts::published>(news))
    CHECK(e.number == ++number);
}

} // namespace

TEST_CASE("gates: after a sanction on the account is answered, no post of it is accepted [I2] [I4]", "[actors]") {
  for (auto seed : world_seeds(seeds_each))
    race_publishing(seed, cas("sanction"), suspending(news), caller::of(usr("senior")), true, errc::sanctioned);
}

TEST_CASE("gates: after a sanction on the organisation is answered, no post of its account is accepted [I2]",
          "[actors]") {
  for (auto seed : world_seeds(seeds_each))
    race_publishing(seed, cas("sanction"), suspending(paper), caller::of(usr("senior")), true, errc::sanctioned);
}

TEST_CASE("gates: after a sanction on the editor is answered, no post by that editor is accepted [I2]", "[actors]") {
  for (auto seed : world_seeds(seeds_each))
    race_publishing(seed, cas("sanction"), suspending(owner), caller::of(usr("senior")), false, errc::sanctioned);
}

// -- policy -----------------------------------------------------------------------------

namespace {

/// The shipped charter with another agreement, so that everybody has to sign anew.
policies::activate_charter next_charter(const node_world& n) {
  auto text = cn_2014_text();
  auto put = [&](const std::string& what, const std::string& with) {
    auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    text.replace(at, what.size(), with);
  };
  put("id = \"cn-2014\"\nversion = 1", "id = \"cn-2014\"\nversion = 2");
  put("[agreement]\nversion = 1", "[agreement]\nversion = 2");
  return {text, storage::sha256(view_of(text)), cn_2014().id, 2, n.now()};
}

} // namespace

TEST_CASE("gates: after a new agreement is in force, no post of who hasn't signed it is accepted [I7] [I18]",
          "[actors]") {
  auto before = counters().redecided_policy.load();
  for (auto seed : world_seeds(seeds_each)) {
    node_world when({}, town().copy());
    race_publishing(seed, policy_entity, policies::command{next_charter(when)}, caller::system(), true,
                    errc::agreement_required);
  }
  // In some of them a post was decided under the old policy and came to the journal under the new one.
  if (!std::getenv("SEED"))
    CHECK(counters().redecided_policy.load() > before);
}

TEST_CASE("gates: after a role is revoked, nothing that it allowed is accepted [I18]", "[actors]") {
  for (auto seed : world_seeds(seeds_each)) {
    node_world n(seed, town().copy());
    std::mt19937_64 random(seed);
    std::vector<std::pair<case_id, asked>> sanctions;
    auto impose_once = [&] {
      auto file = cas("sanction " + std::to_string(sanctions.size()));
      sanctions.emplace_back(file, n.begin(file, suspending(news), caller::of(usr("senior"))));
    };
    impose_once();
    step_some(n, random, 20);
    policies::revoke_role revoke{usr("senior"), role::senior_moderator};
    auto end = n.begin(policy_entity, policies::command{revoke}, caller::system());
    while (!end.answered() && sanctions.size() < 100) {
      impose_once();
      step_some(n, random, 6);
    }
    n.world().run_until(end.answered, 10s);
    REQUIRE(end.take());
    std::size_t imposed = 0;
    for (auto& [file, s] : sanctions)
      imposed += n.count_of<cases::imposed>(file);
    impose_once();
    n.run_for(3s);
    std::size_t later = 0;
    for (auto& [file, s] : sanctions)
      later += n.count_of<cases::imposed>(file);
    CHECK(later == imposed);
    CHECK(refused_with(n.take(sanctions.back().second)) == errc::forbidden);
  }
}

TEST_CASE("gates: what was decided under an older policy is decided again, not appended [I18]", "[actors]") {
  node_world n({}, town().copy());
  n.hold_appends(n.shards().shard_for(news));
  auto posted = n.begin(news, post("in between"), caller::of(owner));
  n.run_for(1s);
  REQUIRE(n.held_appends() == 1);
  REQUIRE(n.ask(policy_entity, policies::command{next_charter(n)}, caller::system()));
  CHECK_FALSE(posted.answered());
  n.let_appends_go();
  CHECK(refused_with(n.take(posted)) == errc::agreement_required);
  CHECK(n.count_of<accounts::published>(news) == 1);
}

TEST_CASE("gates: without policy public acts are refused, and what is no public act goes on [I18]", "[actors]") {
  auto disk = town().copy();
  node_world n({}, disk);
  n.crash();
  n.without_policy = true;
  n.start();
  auto no = n.ask(news, post("tea"), caller::of(owner));
  CHECK(refused_with(no) == errc::unavailable);
  CHECK(no.why().retry_after_ms > 0);
  CHECK(refused_with(n.ask(cas("sanction"), suspending(news), caller::of(usr("senior")))) == errc::unavailable);
  CHECK(refused_with(n.ask(cas("app x"), cases::command{cases::apply{personal_application(), acc("x")}},
                           caller::of(usr("reader")))) == errc::unavailable);
  users::update c;
  c.about = personal_text{"hello"};
  CHECK(n.ask(usr("reader"), users::command{c}, caller::of(usr("reader"))));
  CHECK(n.count_of<accounts::published>(news) == 1);
  n.crash();
  n.without_policy = false;
  n.start();
  CHECK(n.ask(news, post("tea"), caller::of(owner)));
}

TEST_CASE("gates: the provider's credential ends at its time, and public acts with it [I18]", "[actors]") {
  node_world n({}, town().copy());
  auto held = shipped_policy().facts.credentials;
  auto until = held.front().valid_until;
  n.jump(until - n.now() - 2s);
  CHECK(n.ask(news, post("just in time"), caller::of(owner)));
  n.jump(3s);
  CHECK(refused_with(n.ask(news, post("too late"), caller::of(owner))) == errc::credential_missing);
  for (auto& c : held) {
    c.valid_until += 365 * 24h;
    REQUIRE(n.ask(policy_entity, policies::command{policies::add_credential{c}}, caller::system()));
  }
  n.world().run();
  CHECK(n.ask(news, post("renewed"), caller::of(owner)));
}

// -- who may what -----------------------------------------------------------------------

TEST_CASE("gates: only who is entitled publishes current political news, under its badge [I8]", "[actors]") {
  node_world n({}, town().copy());
  auto no = n.ask(acc("tea"), post("an election", post_kind::news_original), caller::of(usr("ann")));
  CHECK(refused_with(no) == errc::not_entitled);
  CHECK(no.why().rule == cn_2014().news.rule);
  auto yes = n.ask(news, post("an election", post_kind::news_original), caller::of(owner));
  REQUIRE(yes);
  CHECK(std::get<post_answer>(*yes).badge == news_right::original);
  auto shown = storage::post(n.disk(), {news, 2});
  REQUIRE(shown);
  CHECK(n.events_of<accounts::published>(news).back().badge == news_right::original);
  // The press card is over: so is the right.
  n.jump(press_card().valid_until - n.now() - 1s);
  for (auto& c : shipped_policy().facts.credentials) { // not for want of the provider's own
    auto renewed = c;
    renewed.valid_until += 365 * 24h;
    REQUIRE(n.ask(policy_entity, policies::command{policies::add_credential{renewed}}, caller::system()));
  }
  n.world().run();
  CHECK(n.ask(news, post("an election", post_kind::news_original), caller::of(owner)));
  n.jump(2s);
  CHECK(refused_with(n.ask(news, post("an election", post_kind::news_original), caller::of(owner))) ==
        errc::not_entitled);
  CHECK(n.ask(news, post("the weather"), caller::of(owner)));
}

TEST_CASE("gates: only active editors with a current agreement publish [I7]", "[actors]") {
  node_world n({}, town().copy());
  for (auto who : {"reader", "ann", "moderator"})
    CHECK(refused_with(n.ask(news, post("tea"), caller::of(usr(who)))) == errc::forbidden);
  REQUIRE(n.ask(policy_entity, policies::command{next_charter(n)}, caller::system()));
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(owner))) == errc::agreement_required);
  auto book = n.policy()->book_at(n.now());
  users::sign_agreement sign{2, storage::sha256(view_of(canonical_text(book->agreement))), all_items(*book)};
  REQUIRE(n.ask(owner, users::command{sign}, caller::of(owner)));
  n.run_for(1s);
  CHECK(n.ask(news, post("tea"), caller::of(owner)));
  CHECK(refused_with(n.ask(news, post("tea"), caller::of(eve))) == errc::agreement_required);
}
