// What is compressed on its way to a client, and what never is (docs/adr/0011).

#include "tests/gateway_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Long enough to be worth it.
std::string long_text() {
  std::string text;
  for (int i = 0; i < 40; ++i)
    text += "The bridge is closed until day " + std::to_string(i) + ". ";
  return text;
}

void publish(gateway_world& g, const std::string& text) {
  g.ask("owner", "account.publish", {{"account", to_text(entity_id{news})}, {"text", text}});
}

} // namespace

TEST_CASE("compression: who inflates and who doesn't hear the same push [I4]", "[gateway]") {
  gateway_world g;
  auto& plain = g.connect("reader");
  auto& inflating = g.connect("reader", true);
  plain.ask("feed.listen");
  inflating.ask("feed.listen");
  publish(g, "short");
  publish(g, long_text());
  plain.ask("user.me");
  inflating.ask("user.me");
  REQUIRE(plain.pushed.size() == 2);
  CHECK(plain.pushed[1]["params"]["text"] == long_text());
  CHECK(inflating.pushed == plain.pushed);
  CHECK(plain.compressed.empty());
  CHECK(inflating.compressed == std::vector{plain.pushed[1]});
}

TEST_CASE("compression: an answer with more in it than anybody may read is never compressed", "[gateway]") {
  gateway_world g;
  auto chat = g.ask("ann", "chat.create", {{"title", "Tea"}}).at("chat");
  g.ask("ann", "chat.send", {{"chat", chat}, {"text", long_text()}});
  publish(g, long_text());
  auto& ann = g.connect("ann", true);
  auto comes_compressed = [&](std::string_view method, json params) {
    ann.compressed.clear();
    CHECK(ann.ask(method, std::move(params)).dump().size() > 1'000);
    return !ann.compressed.empty();
  };
  CHECK(comes_compressed("account.posts", {{"account", to_text(entity_id{news})}}));
  CHECK_FALSE(comes_compressed("chat.history", {{"chat", chat}}));
  CHECK_FALSE(comes_compressed("user.export", json::object()));
}
