#include <catch2/catch.hpp>

#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

const auto service_key = cn_2014().provider.credentials.front().key;

credential provider_credential(timestamp until = noon + 200 * 24h, std::string number = "No. 1") {
  return {service_key, std::move(number), "a ministry", "everything", noon - 24h, until};
}

policies::found founding() {
  policies::found c;
  c.provider = "Example Messaging";
  c.credentials = {provider_credential()};
  c.charter_text = "the charter's file";
  c.charter_digest = digest_of(c.charter_text);
  c.charter_id = "cn-2014";
  c.charter_version = 1;
  c.charter_from = cn_2014().effective_from;
  c.warnings_due = expiry_warnings(cn_2014(), provider_credential());
  return c;
}

/// The policy entity and the view that others have of it, kept in step as the server does.
struct provider {
  policy_view view;
  timestamp now = noon;
  decision<policies::event> last;

  result<answer> ask(const policies::command& c, caller by) {
    auto made = decide(view.facts, c, context_of(policy_entity, by, view.books.empty() ? nullptr : &view, now));
    if (!made)
      return made.why();
    last = *made;
    for (const auto& e : last.events)
      evolve(view.facts, e);
    view.books.resize(view.facts.charters.size(), std::make_shared<const rule_book>(cn_2014()));
    return last.answer;
  }

  static provider founded() {
    provider p;
    REQUIRE(p.ask(founding(), caller::system()));
    REQUIRE(p.ask(policies::grant_role{usr("operator"), role::operator_, {}, false}, caller::system()));
    return p;
  }
};

const auto the_operator = caller::of(usr("operator"));
const auto anybody = caller::of(usr("anybody"));

std::vector<leaf> leaves(const std::vector<effect>& effects) {
  std::vector<leaf> found;
  for (const auto& [to, append] : sent<audit::append>(effects))
    found.push_back(append.leaf);
  return found;
}

errc why(const result<answer>& x) { return x ? errc::internal : x.why().code; }

} // namespace

TEST_CASE("policy: a provider is founded once, by the system, and all of it is in the log", "[domain]") {
  provider p;
  CHECK(why(p.ask(founding(), anybody)) == errc::forbidden);
  auto answered = p.ask(founding(), caller::system());
  REQUIRE(answered);
  CHECK(std::get<policy_answer>(*answered).version == p.view.version());
  auto logged = leaves(p.last.effects);
  REQUIRE(logged.size() == 3);
  CHECK(logged[0].type == leaf_type::provider_founded);
  CHECK(logged[1].type == leaf_type::credential_added);
  CHECK(logged[2].type == leaf_type::charter_activated);
  CHECK(why(p.ask(founding(), caller::system())) == errc::conflict);
}

TEST_CASE("policy: every change but a warning raises the version by one", "[domain]") {
  auto p = provider::founded();
  auto before = p.view.version();
  REQUIRE(p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, the_operator));
  CHECK(p.view.version() == before + 1);
  REQUIRE(p.ask(policies::add_credential{provider_credential(noon + 300 * 24h)}, the_operator));
  CHECK(p.view.version() == before + 2);
  REQUIRE(p.ask(policies::revoke_role{usr("m"), role::moderator}, the_operator));
  CHECK(p.view.version() == before + 3);
  p.now = *due(p.view.facts);
  REQUIRE(p.ask(policies::tick{}, caller::system()));
  CHECK(all_of_type<policies::expiry_warned>(p.last.events).size() == 1);
  CHECK(p.view.version() == before + 3);
}

TEST_CASE("policy: only who holds the power changes it", "[domain]") {
  auto p = provider::founded();
  for (const auto& by : {anybody, caller::anonymous()}) {
    CHECK(why(p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, by)) == errc::forbidden);
    CHECK(why(p.ask(policies::revoke_role{usr("operator"), role::operator_}, by)) == errc::forbidden);
    CHECK(why(p.ask(policies::add_credential{provider_credential()}, by)) == errc::forbidden);
    CHECK(why(p.ask(policies::tick{}, by)) == errc::forbidden);
  }
  auto refused = p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, anybody);
  CHECK(refused.why().rule == find_power(cn_2014(), act::grant_role)->rule);
  // An entity's refusal is an event that changes nothing.
  REQUIRE(p.ask(policies::tick{}, caller::entity(usr("anybody"))));
  CHECK(all_of_type<policies::effect_refused>(p.last.events).size() == 1);
}

TEST_CASE("policy: four eyes are two persons, one staff user each", "[domain]") {
  auto p = provider::founded();
  CHECK(why(p.ask(policies::grant_role{usr("m"), role::moderator, {}, true}, the_operator)) == errc::conflict);
  REQUIRE(p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, the_operator));
  REQUIRE(p.ask(policies::grant_role{usr("m"), role::senior_moderator, {}, false}, the_operator));
  CHECK(roles_of(&p.view, usr("m")) == std::vector{role::moderator, role::senior_moderator});
  auto version = p.view.version();
  REQUIRE(p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, the_operator));
  CHECK(p.last.events.empty());
  CHECK(p.view.version() == version);
}

TEST_CASE("policy: the log says which role was granted, and never to whom", "[domain]") {
  auto p = provider::founded();
  REQUIRE(p.ask(policies::grant_role{usr("m"), role::moderator, {}, false}, the_operator));
  auto logged = leaves(p.last.effects);
  REQUIRE(logged.size() == 1);
  CHECK(logged[0].subject == "moderator");
  CHECK(logged[0].target.empty());
  REQUIRE(logged[0].commitment);
  // With the salt, which stays in the journal, a party can show whom it was about.
  auto granted = all_of_type<policies::role_granted>(p.last.events).front();
  auto salted = *granted.salt.value;
  for (char c : to_text(usr("m")))
    salted.push_back(static_cast<std::uint8_t>(c));
  CHECK(*logged[0].commitment == test_digest(salted));
}

TEST_CASE("policy: regulators belong to an office, liaison officers to a region, others to neither", "[domain]") {
  auto p = provider::founded();
  auto grant = [&](role r, std::string office) {
    return p.ask(policies::grant_role{usr("x"), r, std::move(office), false}, the_operator);
  };
  CHECK(why(grant(role::regulator, "")) == errc::invalid_params);
  CHECK(why(grant(role::regulator, "no such office")) == errc::invalid_params);
  CHECK(grant(role::regulator, "00"));
  CHECK(why(grant(role::liaison_officer, "99")) == errc::invalid_params);
  CHECK(grant(role::liaison_officer, "11"));
  CHECK(why(grant(role::moderator, "11")) == errc::invalid_params);
}

TEST_CASE("policy: somebody remains who can grant roles", "[domain]") {
  auto p = provider::founded();
  CHECK(why(p.ask(policies::revoke_role{usr("operator"), role::operator_}, the_operator)) == errc::conflict);
  REQUIRE(p.ask(policies::grant_role{usr("other"), role::operator_, {}, false}, the_operator));
  CHECK(p.ask(policies::revoke_role{usr("operator"), role::operator_}, the_operator));
  CHECK_FALSE(has_role(context_of(policy_entity, anybody, &p.view), usr("operator"), role::operator_));
}

TEST_CASE("policy: a credential's expiry is warned of ahead, and said when it is over", "[domain]") {
  auto p = provider::founded();
  auto until = provider_credential().valid_until;
  std::vector<timestamp> warned;
  while (auto next = due(p.view.facts)) {
    p.now = *next;
    REQUIRE(p.ask(policies::tick{}, caller::system()));
    REQUIRE(sent<users::notify>(p.last.effects).size() == 1);
    auto [to, notify] = sent<users::notify>(p.last.effects).front();
    CHECK(to == entity_id{usr("operator")});
    CHECK(notify.notice.text.value_or_empty().find(p.now < until ? "renew it" : "is over since") != std::string::npos);
    warned.push_back(*next);
  }
  auto expected = expiry_warnings(cn_2014(), provider_credential());
  expected.push_back(until);
  CHECK(warned == expected);
}

TEST_CASE("policy: a renewed credential's old warnings are off", "[domain]") {
  auto p = provider::founded();
  auto renewed = provider_credential(noon + 400 * 24h);
  REQUIRE(p.ask(policies::add_credential{renewed}, the_operator));
  CHECK(p.view.facts.credentials == std::vector{renewed});
  CHECK(*due(p.view.facts) == expiry_warnings(cn_2014(), renewed).front());
}

TEST_CASE("policy: a tick that comes early changes nothing", "[domain]") {
  auto p = provider::founded();
  REQUIRE(p.ask(policies::tick{}, caller::system()));
  CHECK(p.last.events.empty());
}

TEST_CASE("policy: a charter comes into force at its time, not before and not in the past", "[domain]") {
  auto p = provider::founded();
  auto next = cn_2014();
  next.version = 2;
  policies::activate_charter c{"second", digest_of("second"), "cn-2014", 2, noon + 24h};
  CHECK(why(p.ask(c, anybody)) == errc::forbidden);
  c.charter_from = noon - 1ms;
  CHECK(why(p.ask(c, the_operator)) == errc::invalid_params);
  c.charter_from = noon + 24h;
  c.charter_digest = {};
  CHECK(why(p.ask(c, the_operator)) == errc::invalid_params);
  c.charter_digest = digest_of("second");
  REQUIRE(p.ask(c, the_operator));
  p.view.books[1] = std::make_shared<const rule_book>(next);
  CHECK(p.view.book_at(noon + 24h - 1ms)->version == 1);
  CHECK(p.view.book_at(noon + 24h)->version == 2);
  CHECK(why(p.ask(c, the_operator)) == errc::conflict);
}

TEST_CASE("policy: without a policy or a charter in force, public acts are refused [I18]", "[domain]") {
  auto in = context_of(policy_entity, the_operator, nullptr);
  CHECK(rules_of(in).why().code == errc::unavailable);
  CHECK(pass_gate(in, act::publish).why().code == errc::unavailable);
  CHECK(may_act(in, act::grant_role).why().code == errc::unavailable);
  CHECK(rules_of(in).why().retry_after_ms > 0);
  auto early = context_of(policy_entity, the_operator, &shipped_policy(), cn_2014().effective_from - 1ms);
  CHECK(rules_of(early).why().code == errc::unavailable);
}

TEST_CASE("policy: a gate closes on the minute that the credential is over, and opens when it is renewed", "[domain]") {
  auto view = shipped_policy();
  auto over = view.facts.credentials.front().valid_until;
  auto passes = [&](timestamp at) { return bool(pass_gate(context_of(acc("a"), anybody, &view, at), act::publish)); };
  CHECK(passes(over - 1ms));
  CHECK_FALSE(passes(over));
  for (auto& held : view.facts.credentials)
    held.valid_until += 24h;
  CHECK(passes(over));
}

TEST_CASE("policy: what the charter gives to no role, nobody of the staff may do", "[domain]") {
  auto book = cn_2014();
  std::erase_if(book.powers, [](const power& p) { return p.what == act::suspend; });
  auto view = with_role(policy_with(book), usr("senior"), role::senior_moderator);
  auto in = context_of(cas("c"), caller::of(usr("senior")), &view);
  CHECK(may_act(in, act::limit));
  CHECK(may_act(in, act::suspend).why().code == errc::forbidden);
  CHECK(may_act(in, act::file_complaint));
}
