#include <catch2/catch.hpp>

#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Beijing's office, its mailbox as rows, and two officers: one of its own and one of another office.
struct mailbox {
  offices::state state;
  std::map<std::pair<office_item_kind, std::uint64_t>, office_item> rows;
  policy_view policy = with_role(with_role(with_role(shipped_policy(), usr("officer"), role::regulator, "11"),
                                           usr("stranger"), role::regulator, "31"),
                                 usr("liaison"), role::liaison_officer, "11");
  decision<offices::event> last;
  entity_id self = offices::office_of("11", &test_digest);

  result<answer> ask(const offices::command& c, caller by) {
    auto in = context_of(self, by, &policy);
    auto row = needs(c);
    for (const auto& [key, item] : rows)
      if (row.in != needed_row::table::none && key.second == row.number)
        if (row.in == needed_row::table::filing   ? key.first == office_item_kind::filing
            : row.in == needed_row::table::report ? key.first == office_item_kind::report
                                                  : key.first == office_item_kind::referral)
          in.rows.item = item;
    auto made = decide(state, c, in);
    if (!made)
      return made.why();
    last = *made;
    for (const auto& e : last.events) {
      evolve(state, e);
      keep(e);
    }
    return last.answer;
  }
  void keep(const offices::event& e) {
    if (auto* x = std::get_if<offices::received>(&e))
      rows[{x->item.kind, x->item.number}] = x->item;
    else if (auto* x = std::get_if<offices::acknowledged>(&e))
      rows[{x->kind, x->number}].state = office_item_state::acknowledged;
    else if (auto* x = std::get_if<offices::answered>(&e))
      rows[{office_item_kind::referral, x->number}].state = office_item_state::answered;
  }
};

offices::receive item(office_item_kind kind, entity_id about = acc("shop")) {
  offices::receive c;
  c.code = "11";
  c.item.kind = kind;
  c.item.about = about;
  c.item.title = "Shop";
  c.item.content = {{"account_name", "Shop"}};
  if (kind == office_item_kind::referral)
    c.item.department = "public_security";
  return c;
}

const auto the_case = caller::entity(cas("c"));
const auto officer = caller::of(usr("officer"));

std::vector<leaf_type> leaves(const decision<offices::event>& d) {
  std::vector<leaf_type> found;
  for (const auto& [to, append] : sent<audit::append>(d.effects))
    found.push_back(append.leaf.type);
  return found;
}
errc why(const result<answer>& x) { return x ? errc::internal : x.why().code; }

} // namespace

TEST_CASE("office: each kind of item has its own numbers, without holes", "[domain]") {
  mailbox m;
  for (std::uint64_t n = 1; n <= 2; ++n)
    for (auto kind : {office_item_kind::filing, office_item_kind::report, office_item_kind::referral}) {
      REQUIRE(m.ask(item(kind), the_case));
      CHECK(all_of_type<offices::received>(m.last.events).front().item.number == n);
    }
  CHECK(m.state.filings_open == 2);
  CHECK(m.state.code == "11");
}

TEST_CASE("office: the case hears what became of its filing, until it is acknowledged", "[domain]") {
  mailbox m;
  REQUIRE(m.ask(item(office_item_kind::filing), the_case));
  CHECK(leaves(m.last) == std::vector{leaf_type::filing_sent});
  auto news = sent<cases::office_news>(m.last.effects);
  REQUIRE(news.size() == 1);
  CHECK(news[0].first == entity_id{cas("c")});
  CHECK(news[0].second.state == office_item_state::sent);

  REQUIRE(m.ask(offices::acknowledge{office_item_kind::filing, 1, "BJ-77"}, officer));
  CHECK(leaves(m.last) == std::vector{leaf_type::filing_acknowledged});
  news = sent<cases::office_news>(m.last.effects);
  REQUIRE(news.size() == 1);
  CHECK(news[0].second.text == "BJ-77");
  CHECK(m.state.filings_open == 0);
  CHECK(why(m.ask(offices::acknowledge{office_item_kind::filing, 1, "again"}, officer)) == errc::conflict);
}

TEST_CASE("office: a referral is tracked to its answer", "[domain]") {
  mailbox m;
  REQUIRE(m.ask(item(office_item_kind::referral, cas("c")), the_case));
  CHECK(leaves(m.last) == std::vector{leaf_type::case_referred});
  CHECK(all_of_type<offices::received>(m.last.events).front().item.due ==
        noon + find_department(cn_2014(), "public_security")->answer_within);
  REQUIRE(m.ask(offices::acknowledge{office_item_kind::referral, 1, ""}, officer));
  CHECK(m.state.referrals_open == 1);
  REQUIRE(m.ask(offices::answer{1, "A file was opened."}, officer));
  CHECK(leaves(m.last) == std::vector{leaf_type::referral_answered});
  CHECK(sent<cases::office_news>(m.last.effects).front().second.text == "A file was opened.");
  CHECK(m.state.referrals_open == 0);
  CHECK(why(m.ask(offices::answer{1, "again"}, officer)) == errc::conflict);
}

TEST_CASE("office: only its own officers acknowledge and answer", "[domain]") {
  mailbox m;
  REQUIRE(m.ask(item(office_item_kind::filing), the_case));
  REQUIRE(m.ask(item(office_item_kind::referral), the_case));
  for (const auto& by : {caller::of(usr("stranger")), caller::of(usr("liaison")), caller::of(usr("anybody"))}) {
    CHECK(why(m.ask(offices::acknowledge{office_item_kind::filing, 1, "x"}, by)) == errc::forbidden);
    CHECK(why(m.ask(offices::answer{1, "x"}, by)) == errc::forbidden);
  }
  CHECK(why(m.ask(offices::acknowledge{office_item_kind::filing, 1, "x"}, caller::anonymous())) ==
        errc::unauthenticated);
  CHECK(why(m.ask(offices::acknowledge{office_item_kind::filing, 9, "x"}, officer)) == errc::not_found);
}

TEST_CASE("office: people send reports only, and liaison officers only", "[domain]") {
  mailbox m;
  auto liaison = caller::of(usr("liaison"));
  REQUIRE(m.ask(item(office_item_kind::report), liaison));
  auto kept = all_of_type<offices::received>(m.last.events).front().item;
  CHECK(kept.sent_by == usr("liaison"));
  CHECK(sent<cases::office_news>(m.last.effects).empty());
  CHECK(why(m.ask(item(office_item_kind::filing), liaison)) == errc::forbidden);
  CHECK(why(m.ask(item(office_item_kind::report), officer)) == errc::forbidden);
  CHECK(why(m.ask(item(office_item_kind::report, usr("somebody")), liaison)) == errc::invalid_params);
}

TEST_CASE("office: mail for another office, or from another entity, changes nothing but the high-water mark [I3]",
          "[domain]") {
  mailbox m;
  auto elsewhere = item(office_item_kind::filing);
  elsewhere.code = "31";
  REQUIRE(m.ask(elsewhere, the_case));
  CHECK(all_of_type<offices::effect_refused>(m.last.events).size() == 1);
  REQUIRE(m.ask(item(office_item_kind::filing), caller::entity(usr("u"))));
  CHECK(all_of_type<offices::effect_refused>(m.last.events).size() == 1);
  CHECK(m.last.effects.empty());
  CHECK(m.state == offices::state{});
}

TEST_CASE("office: who sends doesn't say what number, state or answer an item has", "[domain]") {
  mailbox m;
  auto forged = item(office_item_kind::filing);
  forged.item.number = 99;
  forged.item.state = office_item_state::answered;
  forged.item.answer = "yes";
  REQUIRE(m.ask(forged, the_case));
  auto kept = all_of_type<offices::received>(m.last.events).front().item;
  CHECK(kept.number == 1);
  CHECK(kept.state == office_item_state::sent);
  CHECK(kept.answer.empty());
  CHECK(kept.due == noon + cn_2014().filing.acknowledge_within);
}
