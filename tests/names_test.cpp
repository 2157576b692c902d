// One name, one holder.

#include "domain/names.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;
using names::claim;
using names::release;

namespace {

const auto tea = named<name_id>("tea");

auto decided(const names::state& s, const names::command& c, entity_id by) {
  return names::decide(s, c, context_of(tea, caller::entity(by)));
}
names::state held_by(entity_id holder, entity_id by) {
  return after(names::state{}, std::vector<names::event>{names::claimed{holder, by, noon}});
}
bool answered(const std::vector<effect>& effects, bool granted) {
  auto answers = sent<users::name_answer>(effects);
  return answers.size() == 1 && answers[0].second.granted == granted && answers[0].second.name == tea;
}

} // namespace

TEST_CASE("name: the first claim is granted, the second refused [I15]", "[domain]") {
  auto first = decided({}, claim{usr("ann")}, usr("ann"));
  REQUIRE(first);
  CHECK(answered(first->effects, true));
  auto s = after(names::state{}, first->events);
  auto second = decided(s, claim{usr("bob")}, usr("bob"));
  REQUIRE(second);
  CHECK(answered(second->effects, false));
  CHECK(after(s, second->events) == s);
  CHECK(second->effects[0].to == entity_id{usr("bob")});
}

TEST_CASE("name: a case claims for the account that it may open, and is answered itself", "[domain]") {
  auto made = decided({}, claim{acc("news")}, cas("case"));
  REQUIRE(made);
  auto answers = sent<cases::name_answer>(made->effects);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].first == entity_id{cas("case")});
  CHECK(answers[0].second.granted);
}

TEST_CASE("name: nobody claims for somebody else", "[domain]") {
  for (auto [holder, by] : {std::pair<entity_id, entity_id>{usr("ann"), usr("bob")},
                            {usr("ann"), cas("case")},
                            {acc("news"), acc("news")},
                            {acc("news"), usr("ann")}}) {
    auto made = decided({}, claim{holder}, by);
    REQUIRE(made);
    CHECK(all_of_type<names::effect_refused>(made->events).size() == 1);
    CHECK(made->effects.empty());
  }
  CHECK(refused_with(names::decide({}, claim{usr("ann")}, context_of(tea, caller::of(usr("ann"))))) == errc::forbidden);
}

TEST_CASE("name: released by its holder or by who claimed it, and by nobody else", "[domain]") {
  auto s = held_by(acc("news"), cas("case"));
  for (entity_id by : {entity_id{acc("news")}, entity_id{cas("case")}})
    CHECK_FALSE(after(s, decided(s, release{acc("news")}, by)->events).holder);
  for (auto [holder, by] : {std::pair<entity_id, entity_id>{acc("news"), cas("other")}, {usr("ann"), usr("ann")}})
    CHECK(after(s, decided(s, release{holder}, by)->events) == s);
}

TEST_CASE("name: a claim by its own holder changes nothing and is granted", "[domain]") {
  auto s = held_by(usr("ann"), usr("ann"));
  auto made = names::decide(s, claim{usr("ann")}, context_of(tea, caller::entity(usr("ann")), nullptr, noon + 1h));
  REQUIRE(made);
  CHECK(answered(made->effects, true));
  CHECK(after(s, made->events) == s);
}

TEST_CASE("name: whatever is claimed and released, the grants tell who holds it [I15]", "[domain]") {
  CHECK(rc::check([] {
    names::state s;
    std::optional<char> holder;
    for (auto [claims, which] : *rc::gen::arbitrary<std::vector<std::pair<bool, bool>>>()) {
      char name = which ? 'a' : 'b';
      auto who = usr({&name, 1});
      auto made = claims ? decided(s, claim{who}, who) : decided(s, release{who}, who);
      RC_ASSERT(bool(made));
      RC_ASSERT(made->events.size() == 1u);
      if (claims) {
        bool granted = !holder || *holder == name;
        RC_ASSERT(answered(made->effects, granted));
        if (granted)
          holder = name;
      } else if (holder == name) {
        holder.reset();
      }
      s = after(s, made->events);
      RC_ASSERT(s.holder.has_value() == holder.has_value());
    }
  }));
}
