// An organisation: its credentials count once confirmed, and its standing reaches every account before a case hears so.

#include "domain/organisations.hpp"

#include <catch2/catch.hpp>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;
using namespace charter::organisations;

namespace {

const auto paper = org("paper");
const auto olga = usr("olga");
const auto review = cas("review");
const auto sanction = cas("sanction");

credential licence(std::string number = "17", std::string kind = "news_information") {
  return {std::move(kind), std::move(number), "office", "", noon - 24h, noon + 24h};
}
user_standing good_standing() { return {1, cn_2014().agreement.version, true, false, {}}; }
register_ registration() { return {"news_website", "The Paper", "31", {licence()}, good_standing()}; }

auto decided(const state& s, const command& c, caller by, const policy_view* policy = &shipped_policy()) {
  return decide(s, c, context_of(paper, by, policy));
}
state then(state s, const command& c, caller by) {
  auto made = decided(s, c, by);
  REQUIRE(made);
  return after(std::move(s), made->events);
}
state registered_one() { return then({}, registration(), caller::of(olga)); }
state with_accounts(std::initializer_list<std::string_view> names) {
  auto s = registered_one();
  for (auto name : names)
    s = then(s, begin_edge{acc(name), olga}, caller::entity(acc(name)));
  return s;
}
restriction suspension() {
  restriction r;
  r.sanction = sanction;
  r.step = sanction_step::suspend;
  r.scope = sanction_scope::all_posts;
  return r;
}
bool confirmed_to_case(const std::vector<effect>& effects, bool lifting) {
  auto found = sent<cases::enforcement_confirmed>(effects);
  return found.size() == 1 && found[0].first == entity_id{sanction} && found[0].second.lifting == lifting &&
         !found[0].second.refused;
}

} // namespace

TEST_CASE("organisation: registered by a verified user with the current agreement [I7]", "[domain]") {
  auto made = decided({}, registration(), caller::of(olga));
  REQUIRE(made);
  CHECK(sent<users::organisation_registered>(made->effects).at(0).first == entity_id{olga});
  CHECK(std::get<organisation_answer>(made->answer).organisation == paper);
  auto with = [](user_standing standing) {
    auto c = registration();
    c.standing = standing;
    return refused_with(decided({}, c, caller::of(olga)));
  };
  auto standing = good_standing();
  standing.agreement_version = 0;
  CHECK(with(standing) == errc::agreement_required);
  standing = good_standing();
  standing.verified = false;
  CHECK(with(standing) == errc::identity_required);
  CHECK(refused_with(decided({}, registration(), caller::anonymous())) == errc::unauthenticated);
  CHECK(refused_with(decided({}, registration(), caller::of(olga), nullptr)) == errc::unavailable);
  CHECK(refused_with(decided(registered_one(), registration(), caller::of(olga))) == errc::conflict);
}

TEST_CASE("organisation: kind, region and credentials are the charter's", "[domain]") {
  auto with = [](auto change) {
    auto c = registration();
    change(c);
    auto made = decided({}, c, caller::of(olga));
    return made ? "" : made.why().field;
  };
  CHECK(with([](auto& c) { c.kind = "individual"; }) == "kind");
  CHECK(with([](auto& c) { c.kind = "club"; }) == "kind");
  CHECK(with([](auto& c) { c.region = "99"; }) == "region");
  CHECK(with([](auto& c) { c.name.clear(); }) == "name");
  CHECK(with([](auto& c) { c.credentials[0].kind = "driving"; }) == "credentials");
  CHECK(with([](auto& c) { c.credentials[0].valid_until = c.credentials[0].valid_from; }) == "credentials");
}

TEST_CASE("organisation: what its owner declares counts only once a review confirmed it [I8]", "[domain]") {
  auto s = then(registered_one(), add_credential{licence("18")}, caller::of(olga));
  CHECK(s.declared.size() == 2);
  CHECK(standing_of(s).credentials.empty());
  auto before = s.standing_sequence;
  s = then(s, confirm{{licence("18"), licence("undeclared")}, {}}, caller::entity(review));
  CHECK(standing_of(s).credentials == std::vector{licence("18")});
  CHECK(s.standing_sequence == before + 1);
  CHECK(refused_with(decided(s, confirm{{licence()}, {}}, caller::of(olga))) == errc::forbidden);
  CHECK(refused_with(decided(s, add_credential{licence()}, caller::of(usr("bob")))) == errc::forbidden);
}

TEST_CASE("organisation: a confirmed approval stays until another one comes", "[domain]") {
  special_approval approval{"repost_approval", noon, noon + 24h};
  auto s = then(registered_one(), confirm{{}, approval}, caller::entity(review));
  s = then(s, confirm{{licence()}, {}}, caller::entity(review));
  CHECK(s.approval == approval);
}

TEST_CASE("organisation: renewing a credential replaces it, and the number of them is bounded [I12]", "[domain]") {
  auto s = registered_one();
  auto renewed = licence();
  renewed.valid_until += 24h;
  s = then(s, add_credential{renewed}, caller::of(olga));
  CHECK(s.declared == std::vector{renewed});
  for (std::size_t i = 1; i < limits::credentials_max; ++i)
    s = then(s, add_credential{licence("n" + std::to_string(i))}, caller::of(olga));
  CHECK(refused_with(decided(s, add_credential{licence("more")}, caller::of(olga))) == errc::too_large);
  CHECK(refused_with(decided(s, add_credential{renewed}, caller::of(olga))) == granted);
}

TEST_CASE("organisation: stands behind accounts of its owner only", "[domain]") {
  auto s = registered_one();
  auto made = decided(s, begin_edge{acc("a"), olga}, caller::entity(acc("a")));
  CHECK(sent<accounts::organisation_standing>(made->effects).at(0).second.standing == standing_of(s));
  for (auto [who, in] : {std::pair{usr("bob"), s}, std::pair{olga, state{}}}) {
    auto no = decided(in, begin_edge{acc("a"), who}, caller::entity(acc("a")));
    REQUIRE(no);
    CHECK(sent<accounts::organisation_refused>(no->effects).size() == 1);
    CHECK(all_of_type<effect_refused>(no->events).size() == 1);
  }
}

TEST_CASE("organisation: a restriction without accounts is confirmed at once [I2]", "[domain]") {
  auto made = decided(registered_one(), restrict_{suspension()}, caller::entity(sanction));
  CHECK(confirmed_to_case(made->effects, false));
}

TEST_CASE("organisation: a restriction is confirmed when the last account has journaled it [I2]", "[domain]") {
  auto s = with_accounts({"a", "b"});
  auto made = decided(s, restrict_{suspension()}, caller::entity(sanction));
  CHECK(sent<accounts::organisation_standing>(made->effects).size() == 2);
  CHECK(sent<cases::enforcement_confirmed>(made->effects).empty());
  s = after(s, made->events);
  auto sequence = s.standing_sequence;

  auto first = decided(s, standing_confirmed{acc("a"), sequence}, caller::entity(acc("a")));
  CHECK(first->effects.empty());
  s = after(s, first->events);
  auto stale = decided(s, standing_confirmed{acc("b"), sequence - 1}, caller::entity(acc("b")));
  CHECK(stale->effects.empty());
  s = after(s, stale->events);
  auto last = decided(s, standing_confirmed{acc("b"), sequence}, caller::entity(acc("b")));
  CHECK(confirmed_to_case(last->effects, false));
  s = after(s, last->events);
  CHECK(s.pending.empty());
  CHECK(decided(s, standing_confirmed{acc("b"), sequence}, caller::entity(acc("b")))->effects.empty());
}

TEST_CASE("organisation: a lift travels the same way", "[domain]") {
  auto s = then(with_accounts({"a"}), restrict_{suspension()}, caller::entity(sanction));
  s = then(s, lift{sanction}, caller::entity(sanction));
  CHECK(s.held.empty());
  auto made = decided(s, standing_confirmed{acc("a"), s.standing_sequence}, caller::entity(acc("a")));
  auto told = sent<cases::enforcement_confirmed>(made->effects);
  REQUIRE(told.size() == 2);
  CHECK_FALSE(told[0].second.lifting);
  CHECK(told[1].second.lifting);
}

TEST_CASE("organisation: only the sanction's own case restricts and lifts", "[domain]") {
  auto s = then(registered_one(), restrict_{suspension()}, caller::entity(sanction));
  CHECK(after(s, decided(s, lift{sanction}, caller::entity(review))->events) == s);
  CHECK(refused_with(decided(s, lift{sanction}, caller::of(olga))) == errc::forbidden);
  auto nobody = decided({}, restrict_{suspension()}, caller::entity(sanction));
  CHECK(sent<cases::enforcement_confirmed>(nobody->effects).at(0).second.refused);
}
