// Presence and typing: seen by whom one talks with, told once a second, gone with the socket.

#include "tests/gateway_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Of "ann" and "reader", who have both read in it.
json talk(gateway_world& g) {
  auto chat = g.ask("ann", "chat.direct", {{"user", to_text(usr("reader"))}}).at("chat");
  g.ask("ann", "chat.send", {{"chat", chat}, {"text", "tea?"}});
  for (auto user : {"ann", "reader"})
    g.ask(user, "chat.read", {{"chat", chat}, {"number", 1}});
  return chat;
}

json watching(std::string_view user) { return {{"users", json::array({to_text(usr(user))})}}; }

/// What this socket was told of the user's presence, up to now.
std::vector<std::string> seen(gateway_world& g, gateway_world::socket& s, std::string_view user) {
  g.run(2s);
  s.ask("user.me");
  std::vector<std::string> states;
  for (auto& push : s.pushed)
    if (push["method"] == "presence.changed")
      for (auto& view : push["params"]["users"])
        if (view["user"] == to_text(usr(user)))
          states.push_back(view["state"]);
  return states;
}

using states = std::vector<std::string>;

} // namespace

TEST_CASE("presence: who watches hears how somebody is, and when that changes", "[gateway]") {
  gateway_world g;
  talk(g);
  auto& ann = g.connect("ann");
  ann.ask("presence.watch", watching("reader"));
  CHECK(seen(g, ann, "reader") == states{"offline"});
  auto& phone = g.connect("reader");
  CHECK(seen(g, ann, "reader") == states{"offline", "online"});
  auto& desk = g.connect("reader");
  phone.ask("presence.set", {{"state", "away"}});
  CHECK(seen(g, ann, "reader") == states{"offline", "online"}); // at the desk still
  desk.ask("presence.set", {{"state", "offline"}});
  CHECK(seen(g, ann, "reader") == states{"offline", "online", "away"});
  ann.ask("presence.watch", {{"users", json::array()}});
  phone.ask("presence.set", {{"state", "online"}});
  CHECK(seen(g, ann, "reader").size() == 3);
}

TEST_CASE("presence: changes within a second are told as one", "[gateway]") {
  gateway_world g;
  talk(g);
  auto& ann = g.connect("ann");
  ann.ask("presence.watch", watching("reader"));
  seen(g, ann, "reader");
  auto& phone = g.connect("reader");
  for (auto state : {"away", "online", "away", "online"})
    phone.ask("presence.set", {{"state", state}});
  CHECK(seen(g, ann, "reader") == states{"offline", "online"});
}

TEST_CASE("presence: only of people who have read in a direct chat with oneself", "[gateway]") {
  gateway_world g;
  auto& ann = g.connect("ann");
  CHECK(ann.call("presence.watch", watching("reader")).why().code == errc::forbidden);
  auto chat = g.ask("ann", "chat.direct", {{"user", to_text(usr("reader"))}}).at("chat");
  g.ask("ann", "chat.send", {{"chat", chat}, {"text", "tea?"}});
  CHECK(ann.call("presence.watch", watching("reader")).why().code == errc::forbidden);
  g.ask("reader", "chat.read", {{"chat", chat}, {"number", 1}});
  CHECK(ann.call("presence.watch", watching("reader")));
  json many = json::array();
  for (int i = 0; i < 201; ++i)
    many.push_back(to_text(usr("reader")));
  CHECK(ann.call("presence.watch", {{"users", many}}).why().code == errc::invalid_params);
}

TEST_CASE("typing: members hear of it at once, others never, and not more often than it helps [I11]", "[gateway]") {
  gateway_world g;
  auto chat = talk(g);
  auto& ann = g.connect("ann");
  auto& reader = g.connect("reader");
  reader.ask("feed.listen");
  auto told = [&] {
    reader.ask("user.me");
    return std::ranges::count(reader.pushed, "chat.typing", [](auto& push) { return push["method"]; });
  };
  ann.ask("chat.typing", {{"chat", chat}});
  ann.ask("chat.typing", {{"chat", chat}});
  CHECK(told() == 1);
  g.run(3s);
  ann.ask("chat.typing", {{"chat", chat}});
  CHECK(told() == 2);
  auto& eve = g.connect("eve");
  CHECK(eve.call("chat.typing", {{"chat", chat}}).why().code == errc::not_found);
  CHECK(g.call("ann", "chat.typing", {{"chat", chat}}).why().code == errc::invalid_params); // over HTTP
  CHECK(told() == 2);
}

TEST_CASE("gateway: when the hub begins anew, sockets hear of a gap and go on [I4]", "[gateway]") {
  gateway_world g;
  auto& reader = g.connect("reader");
  reader.ask("feed.listen");
  g.restart_hub();
  reader.ask("user.me");
  CHECK(std::ranges::count(reader.pushed, "stream.gap", [](auto& push) { return push["method"]; }) > 0);
  auto chat = talk(g);
  reader.ask("user.me");
  CHECK(std::ranges::count(reader.pushed, "chat.changed", [](auto& push) { return push["method"]; }) > 0);
}

TEST_CASE("gateway: whoever logs out hears nothing more of what it listened to", "[gateway]") {
  gateway_world g;
  auto chat = talk(g);
  auto& reader = g.connect("reader");
  reader.ask("feed.listen");
  reader.ask("auth.logout");
  g.ask("ann", "chat.send", {{"chat", chat}, {"text", "more tea?"}});
  CHECK(reader.call("user.me").why().code == errc::unauthenticated);
  CHECK(reader.pushed.empty());
}
