#include <catch2/catch.hpp>

#include "tests/cases_fixture.hpp"

using namespace charter;
using namespace charter::test;
using cases::case_status;
using cases::verdict;

TEST_CASE("case: an application claims its name before it is in the queue [I15]", "[domain]") {
  matter m;
  auto what = organisation_application();
  auto answered = m.ask(cases::apply{what, acc("city news")}, "applicant");
  REQUIRE(answered);
  CHECK(std::get<application_answer>(*answered).deadline == review_deadline(cn_2014(), what.kind, noon)->deadline);
  CHECK(m.last.awaiting == cases::await_name);
  auto claims = sent<names::claim>(m.last.effects);
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].first == entity_id{what.name_key});
  CHECK(claims[0].second.holder == entity_id{acc("city news")});
  CHECK_FALSE(outcome(m.state, cases::await_name));

  auto taken = m;
  REQUIRE(taken.hear(cases::name_answer{what.name_key, false}, what.name_key));
  CHECK(taken.state.status == case_status::failed);
  CHECK(outcome(taken.state, cases::await_name)->why().code == errc::conflict);

  REQUIRE(m.hear(cases::name_answer{what.name_key, true}, named<name_id>("another name")));
  CHECK(all_of_type<cases::effect_refused>(m.last.events).size() == 1);
  REQUIRE(m.hear(cases::name_answer{what.name_key, true}, what.name_key));
  CHECK(m.state.status == case_status::open);
  CHECK(*outcome(m.state, cases::await_name));
}

TEST_CASE("case: an application says what the charter knows", "[domain]") {
  auto refused = [](auto change) {
    auto what = organisation_application();
    change(what);
    matter m;
    auto answered = m.ask(cases::apply{what, acc("a")}, "applicant");
    REQUIRE_FALSE(answered);
    return answered.why();
  };
  CHECK(refused([](auto& x) { x.category = "no such"; }).field == "category");
  CHECK(refused([](auto& x) { x.region = "99"; }).field == "region");
  CHECK(refused([](auto& x) { x.kind = "no such"; }).field == "kind");
  CHECK(refused([](auto& x) { x.organisation.reset(); }).field == "organisation");
  CHECK(refused([](auto& x) { x.kind = "individual"; }).field == "organisation");
  CHECK(refused([](auto& x) { x.name = ""; }).field == "name");
  CHECK(refused([](auto& x) { x.description = std::string(2'001, 'x'); }).code == errc::too_large);
  matter m;
  CHECK(why(m.ask(cases::apply{organisation_application(), acc("a")}, caller::anonymous())) == errc::unauthenticated);
}

TEST_CASE("case: a right that a holder of this kind can never have isn't applied for [I8]", "[domain]") {
  auto book = cn_2014();
  std::erase_if(book.news.approvals, [](const approval_rule&) { return true; });
  matter m;
  m.policy = policy_with(book);
  auto what = personal_application();
  what.requested = news_right::repost;
  auto refused = m.ask(cases::apply{what, acc("a")}, "applicant");
  CHECK(why(refused) == errc::not_entitled);
  CHECK(refused.why().rule == book.news.rule);
}

TEST_CASE("case: approving needs the whole checklist of its lane", "[domain]") {
  auto m = applied(organisation_application());
  auto c = approval(organisation_application());
  REQUIRE(c.checklist.size() > 3);
  for (std::size_t i = 0; i < c.checklist.size(); ++i) {
    auto short_of = c;
    short_of.checklist.erase(short_of.checklist.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(m.ask(short_of, "moderator").why().field == "checklist");
  }
  CHECK(m.ask(c, "moderator"));
}

TEST_CASE("case: an approval opens the account and files it with the region's office and the national one",
          "[domain]") {
  auto m = applied(organisation_application());
  auto c = approval(organisation_application());
  c.confirms = {{cn_2014().organisation_credentials.front().key, "N-5", "an issuer", "", noon - 24h, noon + 24h}};
  REQUIRE(m.ask(c, "moderator"));
  CHECK(m.last.awaiting == cases::await_account);
  REQUIRE(sent<organisations::confirm>(m.last.effects).size() == 1);
  CHECK(sent<organisations::confirm>(m.last.effects)[0].first == entity_id{org("paper")});
  auto opens = sent<accounts::open>(m.last.effects);
  REQUIRE(opens.size() == 1);
  CHECK(opens[0].first == entity_id{acc("city news")});
  CHECK(opens[0].second.owner == usr("applicant"));

  auto filings = sent<offices::receive>(m.last.effects);
  REQUIRE(filings.size() == 2);
  CHECK(filings[0].first == entity_id{offices::office_of("11", &test_digest)});
  CHECK(filings[1].first == entity_id{offices::office_of(cn_2014().regulators.national.code, &test_digest)});
  for (const auto& field : cn_2014().filing.fields_of_record) {
    const auto& content = filings[0].second.item.content;
    auto at = std::find_if(content.begin(), content.end(), [&](const labelled& x) { return x.key == field.key; });
    INFO(field.key);
    REQUIRE(at != content.end());
    CHECK_FALSE(at->value.empty());
  }
  REQUIRE(m.leaves().size() == 1);
  CHECK(m.leaves()[0].type == leaf_type::account_opened);
  CHECK(m.notices_to("applicant").size() == 1);

  CHECK_FALSE(outcome(m.state, cases::await_account));
  REQUIRE(m.hear(cases::account_opened{acc("city news"), false, {}}, acc("city news")));
  CHECK(*outcome(m.state, cases::await_account));
}

TEST_CASE("case: an account that can't open gives its name back", "[domain]") {
  auto m = applied(personal_application());
  REQUIRE(m.ask(approval(personal_application()), "moderator"));
  REQUIRE(m.hear(cases::account_opened{acc("city news"), true, "its owner has left"}, acc("city news")));
  CHECK(outcome(m.state, cases::await_account)->why().code == errc::conflict);
  CHECK(sent<names::release>(m.last.effects).size() == 1);
  CHECK(m.notices_to("applicant").size() == 1);
}

TEST_CASE("case: a rejection has a reason, frees the name and is told and logged", "[domain]") {
  auto m = applied(personal_application());
  cases::decide_application c;
  c.verdict = verdict::reject;
  CHECK(m.ask(c, "moderator").why().field == "reason");
  c.reason = "The name poses as the city.";
  REQUIRE(m.ask(c, "moderator"));
  CHECK(sent<names::release>(m.last.effects).size() == 1);
  REQUIRE(m.notices_to("applicant").size() == 1);
  CHECK(m.notices_to("applicant")[0].text.value_or_empty().find(c.reason) != std::string::npos);
  REQUIRE(m.leaves().size() == 1);
  CHECK(m.leaves()[0].type == leaf_type::application_rejected);
  CHECK(m.state.status == case_status::decided);
  CHECK(sent<accounts::open>(m.last.effects).empty());
}

TEST_CASE("case: an applicant asked for more has a time to answer, then the application is closed", "[domain]") {
  auto m = applied(personal_application());
  CHECK(why(m.ask(cases::amend{"d", "s", "news"}, "applicant")) == errc::conflict);
  cases::decide_application c;
  c.verdict = verdict::ask_more;
  c.reason = "What is it for?";
  REQUIRE(m.ask(c, "moderator"));
  REQUIRE(m.state.status == case_status::waiting);
  CHECK(m.notices_to("applicant")[0].expects == "account.amend");
  auto until = noon + cn_2014().review.amend_within;
  CHECK(due(m.state) == until);

  auto silent = m;
  silent.now = until;
  REQUIRE(silent.tick());
  CHECK(silent.state.status == case_status::withdrawn);
  CHECK(sent<names::release>(silent.last.effects).size() == 1);
  CHECK_FALSE(due(silent.state));

  CHECK(why(m.ask(cases::amend{"d", "s", "news"}, "somebody")) == errc::forbidden);
  m.now = until - 1ms;
  REQUIRE(m.ask(cases::amend{"Better.", "For the city.", "news"}, "applicant"));
  CHECK(m.state.status == case_status::open);
  CHECK(m.state.applied->application.description == "Better.");
  CHECK(m.state.due.deadline > until);
  CHECK(m.ask(approval(personal_application()), "moderator")); // asking decided nothing yet
}

TEST_CASE("case: an applicant can withdraw, which frees the name", "[domain]") {
  auto m = applied(personal_application());
  CHECK(why(m.ask(cases::withdraw{}, "somebody")) == errc::forbidden);
  REQUIRE(m.ask(cases::withdraw{}, "applicant"));
  CHECK(m.state.status == case_status::withdrawn);
  CHECK(sent<names::release>(m.last.effects).size() == 1);
  CHECK(why(m.ask(cases::withdraw{}, "applicant")) == errc::conflict);
  CHECK(why(m.ask(approval(personal_application()), "moderator")) == errc::conflict);
}

TEST_CASE("case: a news right takes two persons [I8]", "[domain]") {
  auto what = organisation_application(news_right::original);
  auto m = applied(what);
  auto answered = m.ask(approval(what), "moderator");
  REQUIRE(answered);
  CHECK(std::get<decision_answer>(*answered).needs_second);
  CHECK(m.last.effects.empty());
  CHECK(m.state.status == case_status::second);
  CHECK(why(m.ask(cases::second{true, "", false}, "moderator")) == errc::forbidden);   // the same
  CHECK(why(m.ask(cases::second{true, "", false}, "moderator 2")) == errc::forbidden); // no senior
  CHECK(why(m.ask(cases::second{true, "", true}, "senior")) == errc::forbidden);       // another pseudonym of the same
  CHECK(m.ask(cases::second{false, "", false}, "senior").why().field == "reason");
  auto agreed = m;
  REQUIRE(agreed.ask(cases::second{true, "", false}, "senior"));
  CHECK(sent<accounts::open>(agreed.last.effects)[0].second.requested == news_right::original);
  auto decided = all_of_type<cases::application_decided>(agreed.last.events);
  REQUIRE(decided.size() == 1);
  CHECK(decided[0].by == std::vector{usr("moderator"), usr("senior")});

  REQUIRE(m.ask(cases::second{false, "The credential has expired.", false}, "senior"));
  CHECK(m.state.status == case_status::open);
  CHECK(why(m.ask(approval(what), "moderator")) == errc::forbidden); // has decided before
  CHECK(why(m.ask(approval(what), "senior")) == errc::forbidden);
  CHECK(m.ask(approval(what), "moderator 2"));
}

TEST_CASE("case: a special approval is for those whom the charter names, and no longer than it says [I8]", "[domain]") {
  auto what = personal_application();
  what.requested = news_right::repost;
  auto m = applied(what);
  auto c = approval(what);
  const auto& rule = cn_2014().news.approvals.front();
  c.approval = special_approval{rule.key, noon, noon + rule.valid_max + 1ms};
  CHECK(m.ask(c, "senior").why().field == "approval");
  c.approval = special_approval{"no such", noon, noon + 24h};
  CHECK(m.ask(c, "senior").why().field == "approval");
  c.approval = special_approval{rule.key, noon, noon + rule.valid_max};
  CHECK(why(m.ask(c, "moderator")) == errc::forbidden);
  REQUIRE(m.ask(c, "senior"));
  REQUIRE(m.ask(cases::second{true, "", false}, "senior 2"));
  auto granted = sent<accounts::grant_right>(m.last.effects);
  REQUIRE(granted.size() == 1);
  CHECK(granted[0].second.approval == c.approval);
}

TEST_CASE("case: without the provider's credential no account is approved", "[domain]") {
  auto m = applied(personal_application());
  m.policy.facts.credentials.clear();
  auto refused = m.ask(approval(personal_application()), "moderator");
  CHECK(why(refused) == errc::credential_missing);
  CHECK_FALSE(refused.why().rule.empty());
}

TEST_CASE("case: nobody reviews the own application, under whichever pseudonym [I9]", "[domain]") {
  auto m = applied(personal_application());
  m.policy = with_role(m.policy, usr("applicant"), role::moderator);
  CHECK(why(m.ask(approval(personal_application()), "applicant")) == errc::forbidden);
  auto c = approval(personal_application());
  c.same_person = true;
  CHECK(why(m.ask(c, "moderator")) == errc::forbidden);
  CHECK(why(m.ask(cases::claim{true}, "moderator")) == errc::forbidden);
}

TEST_CASE("case: who has taken a case decides it, until it is released", "[domain]") {
  auto m = applied(personal_application());
  CHECK(why(m.ask(cases::claim{}, "applicant")) == errc::forbidden);
  REQUIRE(m.ask(cases::claim{}, "moderator"));
  CHECK(why(m.ask(cases::claim{}, "moderator 2")) == errc::conflict);
  CHECK(why(m.ask(approval(personal_application()), "moderator 2")) == errc::conflict);
  CHECK(why(m.ask(cases::release{}, "moderator 2")) == errc::conflict);
  CHECK(m.ask(cases::note{personal_text{std::string{"Looks fine."}}}, "moderator 2"));
  CHECK(why(m.ask(cases::note{personal_text{std::string{"Please!"}}}, "applicant")) == errc::forbidden);
  REQUIRE(m.ask(cases::release{}, "moderator"));
  CHECK(m.ask(approval(personal_application()), "moderator 2"));
}

TEST_CASE("case: a deadline is raised before it passes, and seen when it has passed", "[domain]") {
  auto m = applied(personal_application());
  REQUIRE(m.ask(cases::claim{}, "moderator"));
  auto times = m.state.due;
  CHECK(due(m.state) == times.escalate_at);
  m.now = times.escalate_at - 1ms;
  REQUIRE(m.tick());
  CHECK(m.last.events.empty());
  m.now = times.escalate_at;
  REQUIRE(m.tick());
  CHECK(m.state.escalated);
  CHECK_FALSE(m.state.overdue);
  CHECK(m.notices_to("moderator").size() == 1);
  CHECK(due(m.state) == times.deadline);
  m.now = times.deadline;
  REQUIRE(m.tick());
  CHECK(m.state.overdue);
  CHECK_FALSE(due(m.state)); // nothing wakes it in vain
  CHECK(why(m.ask(cases::tick{}, "moderator")) == errc::forbidden);
}
