#include <catch2/catch.hpp>

#include "tests/cases_fixture.hpp"

using namespace charter;
using namespace charter::test;
using cases::case_status;
using cases::verdict;

TEST_CASE("case: anyone complains, signed in or not, and has a receipt with the reason's deadline", "[domain]") {
  for (const auto& by : {caller::of(usr("complainant")), caller::anonymous()}) {
    matter m;
    auto answered = m.ask(complaint(), by);
    REQUIRE(answered);
    auto receipt = std::get<complaint_answer>(*answered);
    CHECK(receipt.complaint.starts_with("cmp_"));
    CHECK(receipt.deadline == noon + find_reason(cn_2014(), "fraud")->deadline);
    CHECK(sent<users::notify>(m.last.effects).size() == (by.is_user() ? 1 : 0));
  }
  matter m;
  CHECK(why(m.ask(complaint(), caller::system())) == errc::forbidden);
}

TEST_CASE("case: complaints are about public accounts, posts and organisations only [I11]", "[domain]") {
  auto refused = [](cases::target target) {
    matter m;
    auto c = complaint();
    c.target = target;
    return why(m.ask(c, "complainant"));
  };
  CHECK(refused({named<chat_id>("chat"), {}, {}}) == errc::invalid_params);
  CHECK(refused({usr("somebody"), {}, {}}) == errc::invalid_params);
  CHECK(refused({org("paper"), 1, {}}) == errc::invalid_params);
  CHECK(refused({acc("shop"), 0, {}}) == errc::invalid_params);
  matter m;
  auto about_organisation = complaint();
  about_organisation.target = {org("paper"), {}, {}};
  CHECK(m.ask(about_organisation, "complainant"));
  matter n;
  CHECK(n.ask(complaint("no such reason"), "complainant").why().field == "reason");
}

TEST_CASE("case: the bounds of a complaint hold [I12]", "[domain]") {
  auto refused = [](auto change) {
    matter m;
    auto c = complaint();
    change(c);
    return why(m.ask(c, "complainant"));
  };
  CHECK(refused([](auto& c) { c.statement = std::string(5'001, 'x'); }) == errc::too_large);
  CHECK(refused([](auto& c) { c.evidence.assign(33, "x"); }) == errc::too_large);
  CHECK(refused([](auto& c) { c.contact = std::string(257, 'x'); }) == errc::too_large);
  CHECK(refused([](auto& c) { c.notify.assign(33, usr("x")); }) == errc::too_large);
}

// Mastodon's reporters never learn what became of their report.
TEST_CASE("case: both sides learn the outcome of a complaint", "[domain]") {
  for (const auto& c : {dismissed(), upheld()}) {
    auto m = complained();
    REQUIRE(m.ask(c, "senior"));
    for (auto who : {"complainant", "owner", "editor"}) {
      INFO(who);
      CHECK(m.notices_to(who).size() == 1);
    }
    auto logged = m.leaves().front();
    CHECK(logged.type == leaf_type::complaint_decided);
    CHECK(detail_of(logged, "outcome") == (c.verdict == verdict::uphold ? "upheld" : "dismissed"));
    CHECK(logged.target == to_text(acc("shop")));
  }
}

TEST_CASE("case: the account isn't told who complained, nor is the log", "[domain]") {
  auto m = complained();
  REQUIRE(m.ask(upheld(), "senior"));
  auto name = to_text(usr("complainant"));
  for (const auto& notice : m.notices_to("owner")) {
    CHECK(notice.text.value_or_empty().find(name) == std::string::npos);
    CHECK(notice.evidence.find(name) == std::string::npos);
  }
  for (const auto& leaf : m.leaves())
    for (const auto& line : leaf.detail)
      CHECK(line.value.find("usr_") == std::string::npos);
}

TEST_CASE("case: upholding names a consequence, and its power", "[domain]") {
  auto m = complained();
  auto c = upheld();
  c.measure.reset();
  CHECK(m.ask(c, "senior").why().field == "measure");
  CHECK(why(m.ask(upheld(), "moderator")) == errc::forbidden); // the charter lets seniors sanction
  CHECK(why(m.ask(upheld(), "complainant")) == errc::forbidden);
  auto silent = dismissed();
  silent.reasons.facts.clear();
  CHECK(m.ask(silent, "moderator").why().field == "facts");
  CHECK(m.ask(dismissed(), "moderator"));
  CHECK(m.state.status == case_status::decided);
}

TEST_CASE("case: no party decides a complaint [I9]", "[domain]") {
  for (auto party : {"complainant", "owner"}) {
    auto m = complained();
    m.policy = with_role(m.policy, usr(party), role::senior_moderator);
    CHECK(why(m.ask(dismissed(), party)) == errc::forbidden);
    CHECK(why(m.ask(cases::claim{}, party)) == errc::forbidden);
  }
  auto m = complained();
  auto c = dismissed();
  c.same_person = true;
  CHECK(why(m.ask(c, "moderator")) == errc::forbidden);
}

// Bluesky punished people for old posts under new rules.
TEST_CASE("case: an act is judged by the rules of its time", "[domain]") {
  auto later = cn_2014();
  later.version = 2;
  later.effective_from = noon - 24h;
  for (auto& reason : later.complaints)
    if (reason.key == "fraud")
      reason.bottom_line = "social_morality";
  auto added = later.complaints.front();
  added.key = "new reason";
  later.complaints.push_back(added);
  matter m;
  m.policy.facts.charters.push_back({later.id, 2, {}, later.effective_from, noon - 48h, {}});
  m.policy.books.push_back(std::make_shared<const rule_book>(later));

  auto old_post = complaint();
  old_post.target.at = noon - 24h - 1ms;
  auto a = m, b = m, c = m, d = m;
  REQUIRE(a.ask(old_post, "complainant"));
  CHECK(a.state.complained->rule.item == find_reason(cn_2014(), "fraud")->bottom_line);
  REQUIRE(b.ask(complaint(), "complainant"));
  CHECK(b.state.complained->rule.item == "social_morality");
  old_post.reason = "new reason";
  CHECK(why(c.ask(old_post, "complainant")) == errc::conflict);
  old_post.target.at = cn_2014().effective_from - 1ms;
  old_post.reason = "fraud";
  CHECK(why(d.ask(old_post, "complainant")) == errc::conflict);
}

// -- withholding before a decision ----------------------------------------------

namespace {

matter withheld() {
  auto m = complained();
  REQUIRE(m.ask(cases::withhold{because(), false}, "senior"));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  return m;
}

} // namespace

TEST_CASE("case: a post is held back before a decision for a bounded time, told with its reasons", "[domain]") {
  auto m = complained();
  CHECK(why(m.ask(cases::withhold{because(), false}, "moderator")) == errc::forbidden);
  CHECK(m.ask(cases::withhold{because(""), false}, "senior").why().field == "facts");
  REQUIRE(m.ask(cases::withhold{because(), false}, "senior"));
  auto asked = sent<accounts::withhold_post>(m.last.effects);
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].second.number == 7);
  CHECK(asked[0].second.sanction == m.self);
  CHECK(m.notices_to("owner").size() == 1);
  CHECK(m.leaves().size() == 1);
  CHECK_FALSE(outcome(m.state, cases::await_withheld));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  CHECK(*outcome(m.state, cases::await_withheld));

  m.now = noon + cn_2014().sanctions.withholding.interim_max;
  REQUIRE(m.tick());
  CHECK(sent<accounts::restore_post>(m.last.effects).size() == 1);
  CHECK(m.leaves().front().type == leaf_type::post_restored);
  CHECK(why(m.ask(cases::withhold{because(), false}, "senior")) == errc::conflict); // once only
}

TEST_CASE("case: a minor complaint holds nothing back before its decision", "[domain]") {
  for (const auto& reason : cn_2014().complaints) {
    auto m = complained(reason.key);
    auto answered = m.ask(cases::withhold{because(), false}, "senior");
    CHECK(bool(answered) == (reason.weight >= cn_2014().sanctions.withholding.from));
  }
}

TEST_CASE("case: a post held back comes back with a decision that doesn't withhold it", "[domain]") {
  for (const auto& c : {dismissed(), upheld()}) {
    auto m = withheld();
    REQUIRE(m.ask(c, "senior 2"));
    CHECK(sent<accounts::restore_post>(m.last.effects).size() == 1);
  }
  auto m = withheld();
  auto c = upheld();
  c.measure->withhold_post = true;
  REQUIRE(m.ask(c, "senior 2"));
  CHECK(sent<accounts::restore_post>(m.last.effects).empty());
  CHECK(sent<accounts::withhold_post>(m.last.effects).empty()); // it is already
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  m.now = noon + cn_2014().sanctions.withholding.interim_max;
  REQUIRE(m.tick());
  CHECK(sent<accounts::restore_post>(m.last.effects).empty());
}

TEST_CASE("case: a post can be restored by hand, with a reason", "[domain]") {
  auto m = withheld();
  CHECK(why(m.ask(cases::restore{"why", false}, "moderator")) == errc::forbidden);
  CHECK(m.ask(cases::restore{"", false}, "senior").why().field == "reason");
  REQUIRE(m.ask(cases::restore{"It is satire.", false}, "senior"));
  CHECK_FALSE(outcome(m.state, cases::await_restored));
  REQUIRE(m.hear(cases::enforcement_confirmed{true, false}, acc("shop")));
  CHECK(*outcome(m.state, cases::await_restored));
  CHECK(why(m.ask(cases::restore{"again", false}, "senior")) == errc::conflict);
}

TEST_CASE("case: a post that is gone can't be held back, and the moderator is told so", "[domain]") {
  auto m = complained();
  REQUIRE(m.ask(cases::withhold{because(), false}, "senior"));
  REQUIRE(m.hear(cases::enforcement_confirmed{false, true}, acc("shop")));
  CHECK(outcome(m.state, cases::await_withheld)->why().code == errc::not_found);
}

// -- referrals ------------------------------------------------------------------

TEST_CASE("case: a referral goes to its office with its evidence, and its answer comes back", "[domain]") {
  auto m = complained();
  cases::refer c{"public_security", "11", "Suspected fraud.", digest_of("bundle")};
  CHECK(why(m.ask(c, "senior")) == errc::forbidden);
  auto wrong = c;
  wrong.department = "no such";
  CHECK(m.ask(wrong, "liaison").why().field == "department");
  wrong = c;
  wrong.office = "no such";
  CHECK(m.ask(wrong, "liaison").why().field == "office");
  REQUIRE(m.ask(c, "liaison"));
  auto to = offices::office_of("11", &test_digest);
  auto received = sent<offices::receive>(m.last.effects);
  REQUIRE(received.size() == 1);
  CHECK(received[0].first == entity_id{to});
  CHECK(received[0].second.item.evidence == c.bundle);
  CHECK(received[0].second.item.kind == office_item_kind::referral);

  cases::office_news news{"11", office_item_kind::referral, 4, office_item_state::sent, ""};
  REQUIRE(m.hear(news, to));
  news.state = office_item_state::answered;
  news.text = "A file was opened.";
  REQUIRE(m.hear(news, to));
  REQUIRE(m.state.office_items.size() == 1);
  CHECK(m.state.office_items[0].text == news.text);
  REQUIRE(m.hear(news, offices::office_of("31", &test_digest))); // in another office's name
  CHECK(all_of_type<cases::effect_refused>(m.last.events).size() == 1);
}
