// Roles and sessions, as the gateway knows them.

#include "tests/gateway_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Whether everybody could see it at the moment when the answer left.
template <class IsSeen>
bool seen_at_answer(gateway_world& g, std::string_view method, const json& grant, IsSeen is_seen) {
  bool seen = false;
  g.at_answer = [&] { seen = is_seen(); };
  g.ask("operator", method, grant);
  g.at_answer = nullptr;
  return seen;
}

} // namespace

TEST_CASE("roles: granted and taken away before the answer says so", "[gateway]") {
  gateway_world g;
  json grant{{"user", to_text(usr("ann"))}, {"role", "moderator"}};
  auto is_staff = [&] { return !roles_of(g.node.policy().get(), usr("ann")).empty(); };
  CHECK(seen_at_answer(g, "admin.grant_role", grant, is_staff));
  json queue{{"queue", "complaint"}};
  CHECK(g.call("ann", "desk.queue", queue));
  CHECK(seen_at_answer(g, "admin.revoke_role", grant, [&] { return !is_staff(); }));
  CHECK(g.call("ann", "desk.queue", queue).why().code == errc::forbidden);
}

TEST_CASE("access: a node that lacks what the others have calls nobody a stranger", "[gateway]") {
  gateway_world g;
  g.complete = false;
  json of_nobody{{"account", to_text(entity_id{acc("not there")})}};
  CHECK(g.call("ann", "user.me").why().code == errc::unavailable);
  CHECK(g.call("ann", "account.get", of_nobody).why().code == errc::unavailable);
  g.complete = true;
  CHECK(g.call("ann", "user.me"));
  CHECK(g.call("ann", "account.get", of_nobody).why().code == errc::not_found);
}

TEST_CASE("access: a node that hears nothing from the others takes no session for open", "[gateway]") {
  gateway_world g;
  REQUIRE(g.call("ann", "user.me"));
  g.current = false;
  CHECK(g.call("ann", "user.me").why().code == errc::unavailable);
  json of_nobody{{"account", to_text(entity_id{acc("not there")})}};
  CHECK(g.call("ann", "account.get", of_nobody).why().code == errc::unavailable);
  CHECK(g.call("", "account.get", of_nobody).why().code == errc::not_found); // which anybody may ask
  g.current = true;
  CHECK(g.call("ann", "user.me"));
}

TEST_CASE("access: who closes sessions is answered when no node takes them", "[gateway]") {
  std::vector<entity_id> asked;
  bool all_know = true;
  auto answers = [&](const reach_everywhere& r) -> caf::result<done> {
    asked.push_back(r.entity);
    if (all_know)
      return done{};
    return to_error(refuse(errc::unavailable, "a node hasn't said so"));
  };
  gateway_world g;
  auto others = g.node.world().own(g.node.world().system().spawn(
      [&](everywhere_actor::pointer) -> everywhere_actor::behavior_type { return {answers}; }));
  g.stands_for_others(others);
  auto method = GENERATE(std::string{"auth.logout"}, "auth.revoke", "user.close");
  SECTION("they know") { CHECK(g.call("ann", method)); }
  SECTION("they don't") {
    all_know = false;
    CHECK(g.call("ann", method).why().code == errc::unavailable);
  }
  CHECK(asked == std::vector<entity_id>{usr("ann")});
}

TEST_CASE("roles: while a node doesn't know the policy yet, staff are asked to come again", "[gateway]") {
  gateway_world g;
  json queue{{"queue", "complaint"}};
  CHECK(g.call("ann", "desk.queue", queue).why().code == errc::forbidden);
  // As a node that has just started, and waits for the owner of the policy's shard.
  const_cast<policy_cell&>(g.node.policy_in_force()).set({});
  CHECK(g.call("operator", "desk.queue", queue).why().code == errc::unavailable);
  CHECK(g.call("operator", "user.me"));
}
