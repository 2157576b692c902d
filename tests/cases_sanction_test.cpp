#include <catch2/catch.hpp>

#include "tests/cases_fixture.hpp"

using namespace charter;
using namespace charter::test;
using cases::case_status;
using cases::verdict;

TEST_CASE("case: every sanction has notice, reason, rule, evidence, a way to appeal and a log entry [I9]", "[domain]") {
  // By complaint or without, every step that one senior moderator can take.
  for (auto weight : {severity::minor, severity::moderate, severity::serious, severity::grave})
    for (bool by_complaint : {false, true}) {
      auto r = recommended(weight);
      auto m = by_complaint ? complained("fraud") : matter{};
      if (by_complaint) {
        auto c = upheld(r);
        c.reasons.differs_because = "The circumstances.";
        REQUIRE(m.ask(c, "senior"));
      } else {
        auto c = imposition(r);
        c.weight = weight;
        REQUIRE(m.ask(c, "senior"));
      }
      REQUIRE(m.state.sanction);
      const auto& what = m.state.sanction->what;
      REQUIRE_FALSE(what.notify.empty());
      for (auto who : what.notify) {
        std::vector<notice> told;
        for (const auto& [to, notify] : sent<users::notify>(m.last.effects))
          if (to == entity_id{who} && notify.notice.kind == notice_kind::sanction)
            told.push_back(notify.notice);
        REQUIRE(told.size() == 1);
        CHECK(told[0].text.value_or_empty().find(what.reasons.facts) != std::string::npos);
        CHECK(told[0].rule == what.reasons.rule);
        CHECK_FALSE(told[0].rule.empty());
        CHECK_FALSE(told[0].evidence.empty());
        CHECK(told[0].appeal_until == appeal_until(cn_2014(), noon));
        CHECK(told[0].expects == "appeal.file");
        CHECK(told[0].about == entity_id{m.self});
      }
      auto logged = m.leaves();
      auto entry = std::find_if(logged.begin(), logged.end(),
                                [](const leaf& x) { return x.type == leaf_type::sanction_imposed; });
      REQUIRE(entry != logged.end());
      CHECK(entry->commitment);
      CHECK(detail_of(*entry, "step") == to_name(what.measure.step));
    }
}

TEST_CASE("case: a sanction without reason, rule, evidence or anybody to tell isn't imposed [I9]", "[domain]") {
  auto refused = [](auto change) {
    matter m;
    auto c = imposition();
    change(c);
    auto answered = m.ask(c, "senior");
    REQUIRE_FALSE(answered);
    return answered.why().field;
  };
  CHECK(refused([](auto& c) { c.reasons.facts.clear(); }) == "facts");
  CHECK(refused([](auto& c) { c.reasons.evidence.clear(); }) == "evidence");
  CHECK(refused([](auto& c) { c.reasons.rule = {}; }) == "rule");
  CHECK(refused([](auto& c) { c.reasons.rule.article = "99"; }) == "rule");
  CHECK(refused([](auto& c) { c.notify.clear(); }) == "notify");
}

TEST_CASE("case: a sanction is answered when its target has journaled it [I2]", "[domain]") {
  matter m;
  REQUIRE(m.ask(imposition(), "senior"));
  CHECK(m.last.awaiting == cases::await_sanction);
  CHECK(m.state.status == case_status::enforcing);
  auto asked = sent<accounts::restrict_>(m.last.effects);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].first == entity_id{acc("shop")});
  CHECK(asked[0].second.what.sanction == m.self);
  CHECK(asked[0].second.what.until == m.state.sanction->what.until);
  CHECK_FALSE(outcome(m.state, cases::await_sanction));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("another")));
  CHECK_FALSE(outcome(m.state, cases::await_sanction));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  CHECK(*outcome(m.state, cases::await_sanction));
  CHECK(m.state.status == case_status::decided);
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  CHECK(all_of_type<cases::effect_refused>(m.last.events).size() == 1);
}

TEST_CASE("case: with a withheld post, the answer waits for both [I2]", "[domain]") {
  matter m;
  auto c = imposition();
  c.target.post = 7;
  c.measure.withhold_post = true;
  REQUIRE(m.ask(c, "senior"));
  REQUIRE(sent<accounts::withhold_post>(m.last.effects).size() == 1);
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  CHECK_FALSE(outcome(m.state, cases::await_sanction));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  CHECK(*outcome(m.state, cases::await_sanction));
}

TEST_CASE("case: sanctions go to organisations and users as well", "[domain]") {
  auto c = imposition();
  matter m, n;
  c.target.entity = org("paper");
  REQUIRE(m.ask(c, "senior"));
  CHECK(sent<organisations::restrict_>(m.last.effects).size() == 1);
  c.target.entity = usr("somebody");
  c.notify.clear();
  REQUIRE(n.ask(c, "senior"));
  CHECK(sent<users::restrict_>(n.last.effects).size() == 1);
  CHECK(n.notices_to("somebody").size() == 1);
  for (const auto& logged : n.leaves())
    CHECK(logged.target.empty()); // the log names no person
}

TEST_CASE("case: a target that is gone is said to be gone", "[domain]") {
  matter m;
  REQUIRE(m.ask(imposition(), "senior"));
  REQUIRE(m.hear(cases::enforcement_confirmed{false, true}, acc("shop")));
  CHECK(outcome(m.state, cases::await_sanction)->why().code == errc::not_found);
}

TEST_CASE("case: a step other than the recommended one needs its reason", "[domain]") {
  matter m;
  auto c = imposition(recommended(severity::minor)); // a warning, where the charter would limit
  CHECK(m.ask(c, "senior").why().field == "differs_because");
  c.reasons.differs_because = "It was taken back within the hour.";
  auto answered = m.ask(c, "senior");
  REQUIRE(answered);
  CHECK(std::get<sanction_answer>(*answered).recommended == recommended(severity::serious).step);
  CHECK(m.state.sanction->what.weight == severity::serious);
}

TEST_CASE("case: the record raises what is recommended", "[domain]") {
  auto strikes = std::vector<strike>(5, strike{noon - 24h, severity::serious});
  auto r = recommended_step(cn_2014(), severity::serious, strikes, noon);
  REQUIRE(r.step != recommended(severity::serious).step);
  matter m;
  auto c = imposition();
  c.record = strikes;
  CHECK(m.ask(c, "senior").why().field == "differs_because");
}

TEST_CASE("case: the ladder bounds what is imposed", "[domain]") {
  auto field = [](cases::measure x) {
    matter m;
    return m.ask(imposition(x), "senior").why().field;
  };
  CHECK(field({sanction_step::suspend, sanction_scope::all_posts, 9999 * 24h, {}, false}) == "length");
  CHECK(field({sanction_step::suspend, sanction_scope::all_posts, {}, {}, false}) == "length");
  CHECK(field({sanction_step::warn, sanction_scope::all_posts, {}, {}, false}) == "scope");
  CHECK(field({sanction_step::limit, sanction_scope::all_posts, 7 * 24h, {}, true}) == "withhold_post");
}

TEST_CASE("case: closing an account takes two persons", "[domain]") {
  cases::measure close{sanction_step::close, sanction_scope::account, {}, {}, false};
  auto c = imposition(close);
  c.reasons.differs_because = "It was made for fraud.";
  matter m;
  auto answered = m.ask(c, "senior");
  REQUIRE(answered);
  CHECK(std::get<sanction_answer>(*answered).needs_second);
  CHECK(m.last.effects.empty());
  CHECK_FALSE(m.last.awaiting);
  CHECK(why(m.ask(cases::second{true, "", false}, "senior")) == errc::forbidden);
  CHECK(why(m.ask(cases::second{true, "", false}, "moderator")) == errc::forbidden);
  CHECK(why(m.ask(cases::second{true, "", false}, "owner")) == errc::forbidden);

  auto not_agreed = m;
  REQUIRE(not_agreed.ask(cases::second{false, "A limit is enough.", false}, "senior 2"));
  CHECK_FALSE(not_agreed.state.sanction);
  CHECK(not_agreed.state.status == case_status::decided);

  REQUIRE(m.ask(cases::second{true, "", false}, "senior 2"));
  CHECK(m.state.sanction->what.by == std::vector{usr("senior"), usr("senior 2")});
  CHECK(sent<accounts::restrict_>(m.last.effects).size() == 1);
  CHECK_FALSE(m.state.sanction->what.until);

  // The same by complaint; whoever disagrees decides nothing more in it.
  auto n = complained("fraud");
  auto d = upheld(close);
  d.reasons.differs_because = "It was made for fraud.";
  REQUIRE(n.ask(d, "senior"));
  REQUIRE(n.ask(cases::second{false, "A limit is enough.", false}, "senior 2"));
  CHECK(n.state.status == case_status::open);
  CHECK(why(n.ask(upheld(), "senior 2")) == errc::forbidden);
  CHECK(n.ask(upheld(), "senior 3"));
}

TEST_CASE("case: nobody sanctions in a matter of their own [I9]", "[domain]") {
  matter m;
  auto c = imposition();
  c.notify = {usr("senior")};
  CHECK(why(m.ask(c, "senior")) == errc::forbidden);
  c = imposition();
  c.same_person = true;
  CHECK(why(m.ask(c, "senior")) == errc::forbidden);
  CHECK(why(m.ask(imposition(), "moderator")) == errc::forbidden);
}

TEST_CASE("case: upheld decisions are reported as the charter says", "[domain]") {
  auto region = offices::office_of("11", &test_digest);
  auto national = offices::office_of(cn_2014().regulators.national.code, &test_digest);
  auto count = [&](const matter& m, office_id to) {
    auto all = sent<offices::receive>(m.last.effects);
    return std::count_if(all.begin(), all.end(), [&](const auto& x) { return x.first == entity_id{to}; });
  };
  auto m = complained("fraud"); // serious: the complaint with a copy, and the sanction without
  REQUIRE(m.ask(upheld(), "senior"));
  CHECK(count(m, region) == 2);
  CHECK(count(m, national) == 1);

  matter minor;
  auto c = imposition(recommended(severity::minor));
  c.weight = severity::minor;
  REQUIRE(minor.ask(c, "senior"));
  CHECK(count(minor, region) == 0);
}

// Mastodon knows no timed sanctions.
TEST_CASE("case: a timed sanction ends by itself, to the minute, and its end is told and logged", "[domain]") {
  auto m = sanctioned();
  auto until = *m.state.sanction->what.until;
  CHECK(due(m.state) == until);
  m.now = until - 1ms;
  REQUIRE(m.tick());
  CHECK(m.last.events.empty());
  m.now = until;
  REQUIRE(m.tick());
  CHECK(m.state.sanction->lifted->over);
  CHECK_FALSE(m.state.sanction->lifted->overturned);
  CHECK(sent<accounts::lift>(m.last.effects).size() == 1);
  CHECK(m.notices_to("owner").size() == 1);
  CHECK(m.leaves().front().type == leaf_type::sanction_lifted);
  CHECK_FALSE(due(m.state));
}

TEST_CASE("case: a withheld post outlasts the days of its sanction, and comes back with a lift", "[domain]") {
  auto make = [] {
    matter m;
    auto c = imposition();
    c.target.post = 7;
    c.measure.withhold_post = true;
    REQUIRE(m.ask(c, "senior"));
    REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
    REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
    return m;
  };
  auto over = make();
  over.now = *over.state.sanction->what.until;
  REQUIRE(over.tick());
  CHECK(sent<accounts::restore_post>(over.last.effects).empty());

  auto lifted = make();
  REQUIRE(lifted.ask(cases::lift{"A mistake.", false}, "senior"));
  CHECK(sent<accounts::restore_post>(lifted.last.effects).size() == 1);
  CHECK(lifted.last.awaiting == cases::await_lift);
  REQUIRE(lifted.hear(cases::enforcement_confirmed{true, false}, acc("shop")));
  CHECK_FALSE(outcome(lifted.state, cases::await_lift));
  REQUIRE(lifted.hear(cases::enforcement_confirmed{true, false}, acc("shop")));
  CHECK(*outcome(lifted.state, cases::await_lift));
}

TEST_CASE("case: lifting takes its power and a reason, and a sanction in force", "[domain]") {
  auto m = sanctioned();
  CHECK(why(m.ask(cases::lift{"why", false}, "moderator")) == errc::forbidden);
  CHECK(why(m.ask(cases::lift{"why", true}, "senior 2")) == errc::forbidden);
  CHECK(m.ask(cases::lift{"", false}, "senior 2").why().field == "reason");
  REQUIRE(m.ask(cases::lift{"It was a mistake.", false}, "senior 2"));
  CHECK(m.notices_to("owner").size() == 1);
  CHECK(m.leaves().front().type == leaf_type::sanction_lifted);
  CHECK(why(m.ask(cases::lift{"again", false}, "senior 2")) == errc::conflict);
}

TEST_CASE("case: without the rules nothing is imposed [I18]", "[domain]") {
  auto made = decide(cases::state{}, imposition(), context_of(cas("c"), caller::of(usr("senior")), nullptr));
  CHECK(made.why().code == errc::unavailable);
}

TEST_CASE("case: what comes from entities is never an error [I3]", "[domain]") {
  for (entity_id from : {entity_id{usr("u")}, entity_id{acc("a")}, entity_id{cas("c")}, policy_entity})
    for (const cases::command& c :
         {cases::command{cases::apply{}}, cases::command{complaint()}, cases::command{imposition()},
          cases::command{cases::claim{}}, cases::command{cases::release{}}, cases::command{cases::lift{}},
          cases::command{cases::second{true, "", false}}, cases::command{cases::file_appeal{"x"}},
          cases::command{cases::name_answer{}}, cases::command{cases::enforcement_confirmed{}},
          cases::command{cases::account_opened{}}, cases::command{cases::office_news{}},
          cases::command{cases::tick{}}}) {
      auto m = sanctioned();
      auto before = m.state;
      REQUIRE(m.hear(c, from));
      CHECK(all_of_type<cases::effect_refused>(m.last.events).size() == 1);
      CHECK(m.state == before);
    }
}
