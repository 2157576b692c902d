// What waits at a shard is counted, and what governs is counted apart.

#include "actors/router.hpp"

#include <catch2/catch.hpp>

#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

urgency urgency_for(const entity_id& to, const caller& by) {
  envelope e;
  e.to = to;
  e.by = by;
  return urgency_of(e);
}

std::size_t credit_left(router& r, shard_id shard, urgency in) {
  std::size_t taken = 0;
  while (taken <= limits::shard_commands_max && r.take_credit(shard, in))
    ++taken;
  return taken;
}

} // namespace

TEST_CASE("router: what governs is urgent, whoever asks for it, and so is what entities ask of each other [I19]",
          "[actors]") {
  auto by_user = caller::of(usr("somebody"));
  for (entity_id to : {entity_id{cas("case")}, policy_entity, audit_log_entity, entity_id{named<office_id>("office")}})
    for (const auto& by : {by_user, caller::anonymous(), caller::system(), caller::entity(acc("account"))})
      CHECK(urgency_for(to, by) == urgency::urgent);
  for (entity_id to : {entity_id{usr("user")}, entity_id{acc("account")}, entity_id{org("paper")},
                       entity_id{named<chat_id>("chat")}, entity_id{named<name_id>("name")}}) {
    CHECK(urgency_for(to, by_user) == urgency::ordinary);
    CHECK(urgency_for(to, caller::entity(cas("case"))) == urgency::urgent);
  }
}

TEST_CASE("router: an ordinary flood leaves a shard's urgent credit and its neighbours alone [I12] [I19]", "[actors]") {
  router r{4};
  CHECK(credit_left(r, 1, urgency::ordinary) == limits::shard_commands_max);
  CHECK_FALSE(r.take_credit(1, urgency::ordinary));
  CHECK(r.take_credit(2, urgency::ordinary));
  CHECK(r.take_credit(first_vault_shard, urgency::ordinary));
  CHECK(credit_left(r, 1, urgency::urgent) == limits::shard_commands_max); // bounded as well
  r.give_back(1, urgency::ordinary);
  CHECK(credit_left(r, 1, urgency::ordinary) == 1);
  CHECK_FALSE(r.take_credit(1, urgency::urgent));
}

TEST_CASE("router: a shard that begins again begins with all its credit, and no more [I12]", "[actors]") {
  router r{4};
  credit_left(r, 1, urgency::ordinary);
  r.set(1, shard_actor{});
  r.give_back(1, urgency::ordinary); // of its former life
  CHECK(credit_left(r, 1, urgency::ordinary) == limits::shard_commands_max);
}
