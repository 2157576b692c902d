// Who may come in: tokens that are over, tickets that are used twice, and one person at two doors at the same instant.

#include <catch2/catch.hpp>

#include <future>

#include "tests/net_client.hpp"
#include "tests/system_clock.hpp"
#include "tests/system_town.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// A call over HTTP with this token.
json post(town& t, const std::string& token, const std::string& method, json params = json::object()) {
  auto body = json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", std::move(params)}}.dump();
  net::net_client client{t.server().port()};
  client.send("POST /v1/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
              token + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  return json::parse(client.read_response().body);
}

bool speaks_for_somebody(town& t, const std::string& token) { return post(t, token, "user.me").contains("result"); }

/// Another session of that person.
json log_in_as(town& t, const person& who) {
  auto stranger = t.anybody();
  return must(stranger, "auth.login", {{"pseudonym", who.name()}, {"password", who.password()}});
}

json signature_of(town& t) {
  auto stranger = t.anybody();
  auto terms = must(stranger, "agreement.current");
  json keys = json::array();
  for (auto& item : terms["items"])
    keys.push_back(item["key"]);
  return {{"version", terms["version"]}, {"digest", terms["digest"]}, {"items", keys}};
}

/// All at the same instant, each on a socket of its own; null where it was refused.
std::vector<json> register_at_once(town& t, const std::vector<json>& all) {
  std::promise<void> start;
  auto started = start.get_future().share();
  std::vector<std::future<json>> answers;
  for (auto& params : all)
    answers.push_back(std::async(std::launch::async, [&t, params, started] {
      auto stranger = t.anybody();
      must(stranger, "provider.status"); // connected
      started.wait();
      auto answer = stranger.call("auth.register", params);
      return answer ? *answer : json{};
    }));
  start.set_value();
  std::vector<json> out;
  for (auto& answer : answers)
    out.push_back(answer.get());
  return out;
}

} // namespace

TEST_CASE("access: a token that is over, or was never given, speaks for nobody", "[system]") {
  auto& t = town::shared();
  auto& user = t.newcomer();
  auto first = log_in_as(t, user);
  auto second = log_in_as(t, user);
  std::string token = second["token"];
  REQUIRE(speaks_for_somebody(t, token));
  auto on_socket = t.at().open(token);
  REQUIRE(on_socket);
  REQUIRE(on_socket->call("user.me"));
  auto done_by = [&](const std::string& with, const std::string& method, json params = json::object()) {
    CHECK(post(t, with, method, std::move(params)).contains("result"));
  };
  SECTION("logged out") { done_by(token, "auth.logout"); }
  SECTION("revoked from elsewhere") { done_by(first["token"], "auth.revoke", {{"session", second["session"]}}); }
  SECTION("the password changed") {
    done_by(first["token"], "auth.change_password",
            {{"old_password", user.password()}, {"new_password", "something else altogether"}});
  }
  SECTION("the user is gone") { done_by(first["token"], "user.close"); }
  CHECK(post(t, token, "user.me")["error"]["data"]["type"] == "unauthenticated");
  CHECK(on_socket->call("user.me").why().why.code == errc::unauthenticated);
  auto again = t.at().open(token);
  CHECK(again.why().why.code == errc::unauthenticated);
  auto made_up = token;
  made_up.front() = made_up.front() == 'A' ? 'B' : 'A';
  for (auto& other : {made_up, std::string{"x"}, std::string(10'000, 'x'), token + "x"})
    CHECK(post(t, other, "user.me")["error"]["data"]["type"] == "unauthenticated");
}

TEST_CASE("access: a session ends at its time, and so do tickets and command ids", "[system]") {
  town t;
  auto& user = t.newcomer();
  std::string token = log_in_as(t, user)["token"];
  auto ticket = t.anybody().verify(t.unused_identity());
  REQUIRE(ticket);
  json old_command{{"about", "Late"}, {"command_id", tour::fresh_command_id()}};
  REQUIRE(t.server().end());
  {
    later_clock later{std::chrono::hours{24 * 29}};
    REQUIRE(t.server().launch());
    REQUIRE(t.server().await_ready());
    t.reach();
    CHECK(speaks_for_somebody(t, token));
    auto why = post(t, token, "user.update", old_command)["error"]["data"];
    CHECK(why["type"] == "invalid_params");
    CHECK(why["field"] == "command_id");
    json late{
        {"ticket", *ticket}, {"pseudonym", "late"}, {"password", "late by a month"}, {"signature", signature_of(t)}};
    CHECK(post(t, "", "auth.register", late)["error"]["data"]["type"] == "identity_required");
    REQUIRE(t.server().end());
  }
  later_clock later{std::chrono::hours{24 * 31}};
  REQUIRE(t.server().launch());
  REQUIRE(t.server().await_ready());
  t.reach();
  CHECK(post(t, token, "user.me")["error"]["data"]["type"] == "unauthenticated");
  CHECK(speaks_for_somebody(t, log_in_as(t, user)["token"]));
}

TEST_CASE("access: a ticket is good for one registration, whoever replays it [I7]", "[system]") {
  auto& t = town::shared();
  auto ticket = t.anybody().verify(t.unused_identity());
  REQUIRE(ticket);
  person first{t.at(), "first with a ticket"};
  REQUIRE(first.register_with(*ticket));
  for (int i = 0; i < 3; ++i) {
    auto replayed = person{t.at(), "replay " + std::to_string(i)}.register_with(*ticket);
    REQUIRE_FALSE(replayed);
    CHECK(replayed.why().why.code == errc::identity_required);
  }
  auto forged = *ticket;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'A' ? 'B' : 'A';
  for (auto& other : {forged, std::string{}, std::string{"ticket"}, *ticket + *ticket}) {
    auto refused = person{t.at(), "forger"}.register_with(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.why().why.code == errc::identity_required);
  }
}

TEST_CASE("access: of one person's registrations at the same instant exactly one wins [I15]", "[system]") {
  auto& t = town::shared();
  auto signature = signature_of(t);
  for (int round = 0; round < 5; ++round) {
    auto identity = t.unused_identity();
    bool one_ticket = round % 2 == 0;
    auto ticket = t.anybody().verify(identity);
    std::vector<json> all;
    for (int i = 0; i < 4; ++i) {
      if (!one_ticket)
        ticket = t.anybody().verify(identity);
      REQUIRE(ticket);
      all.push_back({{"ticket", *ticket},
                     {"pseudonym", "door " + std::to_string(round) + "-" + std::to_string(i)},
                     {"password", "one of many doors"},
                     {"signature", signature}});
    }
    std::size_t in = 0;
    auto outcomes = register_at_once(t, all);
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      // Who was refused holds no name either.
      auto login =
          t.anybody().call("auth.login", {{"pseudonym", all[i]["pseudonym"]}, {"password", "one of many doors"}});
      CHECK(bool(login) == !outcomes[i].is_null());
      in += !outcomes[i].is_null();
    }
    CHECK(in == 1);
    auto late = t.anybody().verify(identity);
    REQUIRE(late);
    auto one_more = person{t.at(), "door too many"}.register_with(*late);
    REQUIRE_FALSE(one_more);
    CHECK(one_more.why().why.code == errc::conflict);
    CHECK(one_more.why().why.rule.article == "6.1");
  }
}

TEST_CASE("access: of two persons who take one name at the same instant exactly one gets it [I15]", "[system]") {
  auto& t = town::shared();
  auto signature = signature_of(t);
  for (int round = 0; round < 5; ++round) {
    auto name = "wanted " + std::to_string(round);
    std::vector<json> all;
    for (auto spelling : {name, "W" + name.substr(1)}) {
      auto ticket = t.anybody().verify(t.unused_identity());
      REQUIRE(ticket);
      all.push_back(
          {{"ticket", *ticket}, {"pseudonym", spelling}, {"password", "a name for two"}, {"signature", signature}});
    }
    auto outcomes = register_at_once(t, all);
    CHECK(outcomes[0].is_null() != outcomes[1].is_null());
  }
}
