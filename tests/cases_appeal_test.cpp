#include <catch2/catch.hpp>

#include "tests/cases_fixture.hpp"

using namespace charter;
using namespace charter::test;
using cases::verdict;

namespace {

cases::decide_appeal ruling(verdict v) {
  cases::decide_appeal c;
  c.verdict = v;
  c.reason = "The goods were delivered.";
  return c;
}
/// "senior" imposed, "owner" appealed.
matter appealed() {
  auto m = sanctioned();
  REQUIRE(m.ask(cases::file_appeal{"I delivered."}, "owner"));
  return m;
}

} // namespace

TEST_CASE("case: the sanctioned appeal within the window, once", "[domain]") {
  auto m = sanctioned();
  CHECK(why(m.ask(cases::file_appeal{"I?"}, "somebody")) == errc::forbidden);
  CHECK(m.ask(cases::file_appeal{""}, "owner").why().field == "statement");
  auto late = m;
  late.now = m.state.sanction->what.appeal_until;
  auto refused = late.ask(cases::file_appeal{"Late."}, "owner");
  CHECK(why(refused) == errc::conflict);
  CHECK(refused.why().rule == cn_2014().appeals.rule);

  m.now = m.state.sanction->what.appeal_until - 1ms;
  auto answered = m.ask(cases::file_appeal{"I delivered."}, "owner");
  REQUIRE(answered);
  auto receipt = std::get<appeal_answer>(*answered);
  CHECK(receipt.appeal.starts_with("apl_"));
  CHECK(receipt.deadline == appeal_deadline(cn_2014(), m.now).deadline);
  CHECK(m.notices_to("owner").size() == 1);
  CHECK(why(m.ask(cases::file_appeal{"Again."}, "owner")) == errc::conflict);
  CHECK(cases::due(m.state) == std::min(m.state.due.escalate_at, *m.state.sanction->what.until));
}

TEST_CASE("case: an appeal is decided by somebody else [I9]", "[domain]") {
  auto m = appealed();
  auto refused = m.ask(ruling(verdict::dismiss), "senior");
  CHECK(why(refused) == errc::forbidden);
  CHECK(refused.why().rule == find_power(cn_2014(), act::decide_appeal)->rule);
  CHECK(why(m.ask(cases::claim{}, "senior")) == errc::forbidden);
  auto same = ruling(verdict::dismiss);
  same.same_person = true;
  CHECK(why(m.ask(same, "senior 2")) == errc::forbidden);
  m.policy = with_role(m.policy, usr("owner"), role::senior_moderator);
  CHECK(why(m.ask(ruling(verdict::uphold), "owner")) == errc::forbidden);
  CHECK(why(m.ask(ruling(verdict::uphold), "moderator")) == errc::forbidden);
  CHECK(m.ask(ruling(verdict::dismiss), "senior 2"));
  CHECK(why(m.ask(ruling(verdict::uphold), "senior 3")) == errc::conflict); // decided, once
}

TEST_CASE("case: whoever seconded a sanction doesn't decide about its appeal either [I9]", "[domain]") {
  auto c = imposition({sanction_step::close, sanction_scope::account, {}, {}, false});
  c.reasons.differs_because = "It was made for fraud.";
  matter m;
  REQUIRE(m.ask(c, "senior"));
  REQUIRE(m.ask(cases::second{true, "", false}, "senior 2"));
  REQUIRE(m.ask(cases::file_appeal{"I delivered."}, "owner"));
  CHECK(why(m.ask(ruling(verdict::uphold), "senior")) == errc::forbidden);
  CHECK(why(m.ask(ruling(verdict::uphold), "senior 2")) == errc::forbidden);
  CHECK(m.ask(ruling(verdict::uphold), "senior 3"));
}

// Mastodon's appeals are missing from its audit log; its strikes stay after all.
TEST_CASE("case: an appeal upheld strikes the sanction and restores what was lost; both sides and the log hear of it",
          "[domain]") {
  auto m = complained();
  auto c = upheld();
  c.measure->withhold_post = true;
  REQUIRE(m.ask(c, "senior"));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  REQUIRE(m.hear(cases::enforcement_confirmed{}, acc("shop")));
  REQUIRE(m.ask(cases::file_appeal{"I delivered."}, "owner"));
  CHECK(m.notices_to("complainant").size() == 1);
  REQUIRE(m.ask(ruling(verdict::uphold), "senior 2"));
  CHECK(m.state.sanction->lifted->overturned);
  CHECK(sent<accounts::lift>(m.last.effects).size() == 1);
  CHECK(sent<accounts::restore_post>(m.last.effects).size() == 1);
  CHECK(m.last.awaiting == cases::await_lift);
  CHECK_FALSE(m.notices_to("owner").empty());
  CHECK(m.notices_to("complainant").size() == 1);
  std::vector<leaf_type> logged;
  for (const auto& leaf : m.leaves())
    logged.push_back(leaf.type);
  CHECK(logged == std::vector{leaf_type::appeal_decided, leaf_type::sanction_lifted, leaf_type::post_restored});
  REQUIRE(m.hear(cases::enforcement_confirmed{true, false}, acc("shop")));
  REQUIRE(m.hear(cases::enforcement_confirmed{true, false}, acc("shop")));
  CHECK(*outcome(m.state, cases::await_lift));
}

TEST_CASE("case: an appeal dismissed leaves the sanction as it is, and is told and logged", "[domain]") {
  auto m = appealed();
  auto c = ruling(verdict::dismiss);
  c.reason.clear();
  CHECK(m.ask(c, "senior 2").why().field == "reason");
  c = ruling(verdict::approve);
  CHECK(m.ask(c, "senior 2").why().field == "verdict");
  REQUIRE(m.ask(ruling(verdict::dismiss), "senior 2"));
  CHECK_FALSE(m.state.sanction->lifted);
  CHECK_FALSE(m.last.awaiting);
  CHECK(m.notices_to("owner").size() == 1);
  REQUIRE(m.leaves().size() == 1);
  CHECK(detail_of(m.leaves()[0], "outcome") == "dismissed");
}

TEST_CASE("case: an appeal still clears the record of a sanction that is over", "[domain]") {
  auto m = appealed();
  m.now = *m.state.sanction->what.until;
  REQUIRE(m.tick());
  REQUIRE(m.state.sanction->lifted->over);
  REQUIRE(m.ask(ruling(verdict::uphold), "senior 2"));
  CHECK(m.state.sanction->lifted->overturned);
  CHECK(sent<accounts::lift>(m.last.effects).empty()); // lifted already
}

TEST_CASE("case: an appeal's deadline is raised before it passes", "[domain]") {
  auto m = appealed();
  m.now = m.state.due.escalate_at;
  REQUIRE(m.tick());
  CHECK(m.state.escalated);
  m.now = m.state.due.deadline;
  REQUIRE(m.tick());
  CHECK(m.state.overdue);
}
