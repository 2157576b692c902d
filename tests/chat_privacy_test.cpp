// Who gets a chat's words, from the method that takes them to the sockets that bring them: members, sealed storage,
// a member's own export, and nobody else (I11).

#include "tests/gateway_world.hpp"

using namespace charter;
using namespace charter::test;

namespace {

/// Four of the staff, and somebody who runs a public account.
constexpr std::array outsiders{"moderator", "senior", "paul", "operator", "eve"};

/// Of "ann" and "reader".
json direct_chat(gateway_world& g) {
  return g.ask("ann", "chat.direct", {{"user", to_text(usr("reader"))}}).at("chat");
}

json group_of(gateway_world& g, std::string_view owner, std::initializer_list<std::string_view> others) {
  auto chat = g.ask(owner, "chat.create", {{"title", "Jasmine"}}).at("chat");
  for (auto user : others) {
    g.ask(owner, "chat.invite", {{"chat", chat}, {"user", to_text(usr(user))}});
    g.ask(user, "chat.join", {{"chat", chat}});
  }
  return chat;
}

void say(gateway_world& g, std::string_view user, const json& chat, const std::string& words) {
  g.ask(user, "chat.send", {{"chat", chat}, {"text", words}});
}

using lines = std::vector<std::string>;

/// The texts of these messages.
lines texts(const json& messages) {
  lines all;
  for (auto& m : messages)
    all.push_back(m.at("text"));
  return all;
}

/// The words of the messages that were pushed to this socket up to now.
lines heard(gateway_world::socket& s) {
  s.ask("user.me");
  lines all;
  for (auto& push : s.pushed)
    if (push["params"].contains("message") && push["params"]["message"].is_object())
      all.push_back(push["params"]["message"].at("text"));
  return all;
}

bool exports(gateway_world& g, std::string_view user, const std::string& words) {
  return g.ask(user, "user.export").dump().find(words) != std::string::npos;
}

/// Where a node keeps anything: records, rows (snapshots among them), the public log, what it tells its operators.
bool kept_somewhere(node_world& n, std::string_view words) {
  bool found = false;
  auto look = [&](std::string_view text) { found = found || text.find(words) != text.npos; };
  for (auto shard : n.disk().shards())
    static_cast<void>(n.disk().journal().read(shard, 1, [&](storage::position, const storage::log_record& record) {
      look(text_of(record.header));
      look(text_of(record.body));
      return true;
    }));
  n.disk().scan({}, {}, [&](std::string_view key, byte_view value) {
    look(key);
    look(text_of(value));
    return true;
  });
  for (auto& entry : n.entries())
    look(entry);
  for (auto& [what, detail] : n.alarms)
    look(detail);
  return found;
}

} // namespace

TEST_CASE("chat privacy: words are sealed wherever a node keeps them [I11]", "[gateway]") {
  gateway_world g;
  auto group = group_of(g, "ann", {"reader"});
  for (auto& chat : {direct_chat(g), group}) {
    say(g, "ann", chat, "the first osmanthus");
    say(g, "reader", chat, "another osmanthus");
    g.ask("ann", "chat.edit", {{"chat", chat}, {"number", 1}, {"text", "an edited osmanthus"}});
    g.ask("reader", "chat.recall", {{"chat", chat}, {"number", 2}});
    auto history = g.ask("reader", "chat.history", {{"chat", chat}});
    CHECK(texts(history.at("items")) == lines{"", "an edited osmanthus"});
  }
  CHECK_FALSE(kept_somewhere(g.node, "osmanthus"));
  g.run(limits::entity_idle_before_passivation + 60s); // now there are snapshots, too
  CHECK(kept_somewhere(g.node, "Jasmine"));            // a title is no message: the search does find what is there
  CHECK_FALSE(kept_somewhere(g.node, "osmanthus"));
}

TEST_CASE("chat privacy: to staff and strangers no method shows a chat, or that there is one [I11]", "[gateway]") {
  gateway_world g;
  auto group = group_of(g, "ann", {"reader"});
  for (auto& chat : {direct_chat(g), group}) {
    say(g, "ann", chat, "a secret");
    json here{{"chat", chat}};
    auto with = [&](const char* key, json value) {
      auto params = here;
      params[key] = std::move(value);
      return params;
    };
    for (std::string_view who : outsiders) {
      CAPTURE(who);
      CHECK(refused_with(g.call(who, "chat.history", here)) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.history", {{"chat", chat}, {"from", 1}, {"to", 9}})) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.members", here)) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.join", here)) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.invite", with("user", to_text(usr(who))))) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.send", with("text", "hello?"))) == errc::not_found);
      CHECK(refused_with(g.call(who, "chat.read", with("number", 1))) == errc::not_found);
      CHECK(g.ask(who, "chat.list").dump().find(chat.get<std::string>()) == std::string::npos);
      CHECK_FALSE(exports(g, who, "a secret"));
    }
  }
  CHECK(exports(g, "ann", "a secret"));
  CHECK(exports(g, "reader", "a secret"));
}

TEST_CASE("chat privacy: messages reach the sockets of members, and none of whoever listens to all else [I11]",
          "[gateway]") {
  gateway_world g;
  auto& ann = g.connect("ann");
  auto& reader = g.connect("reader");
  std::vector<gateway_world::socket*> others;
  for (std::string_view who : outsiders)
    others.push_back(&g.connect(who));
  for (auto* s : {&ann, &reader})
    s->ask("feed.listen");
  for (auto* s : others)
    s->ask("feed.listen");
  auto& deaf = g.connect("reader"); // a member's socket that asked for nothing
  auto chat = direct_chat(g);
  say(g, "ann", chat, "a secret");
  g.ask("ann", "chat.edit", {{"chat", chat}, {"number", 1}, {"text", "a better secret"}});
  CHECK(heard(ann) == lines{"a secret", "a better secret"});
  CHECK(heard(reader) == lines{"a secret", "a better secret"});
  CHECK(heard(deaf).empty());
  for (auto* s : others) {
    s->ask("user.me");
    for (auto& push : s->pushed)
      CHECK_FALSE(push["method"].get<std::string>().starts_with("chat."));
  }
}

TEST_CASE("chat privacy: whoever leaves, is removed or closes hears no more, and exports no more [I11]", "[gateway]") {
  gateway_world g;
  auto chat = group_of(g, "ann", {"reader", "eve", "moderator"});
  std::vector<gateway_world::socket*> former;
  for (auto who : {"reader", "eve", "moderator"}) {
    former.push_back(&g.connect(who));
    former.back()->ask("feed.listen");
  }
  auto& again = g.connect("eve"); // listens once she has gone
  say(g, "ann", chat, "for all of us");
  g.ask("reader", "chat.leave", {{"chat", chat}});
  g.ask("ann", "chat.remove", {{"chat", chat}, {"user", to_text(usr("eve"))}});
  again.ask("feed.listen");
  g.ask("ann", "chat.remove", {{"chat", chat}, {"user", to_text(usr("moderator"))}});
  say(g, "ann", chat, "for me alone");
  for (auto* s : former)
    CHECK(heard(*s) == lines{"for all of us"});
  CHECK(heard(again).empty());
  CHECK(refused_with(g.call("reader", "chat.history", {{"chat", chat}})) == errc::not_found);
  CHECK_FALSE(exports(g, "reader", "for all of us"));
  CHECK(exports(g, "ann", "for me alone"));
}

TEST_CASE("chat privacy: whoever joins later sees what comes after, by page, range and export [I11]", "[gateway]") {
  gateway_world g;
  auto chat = group_of(g, "ann", {});
  say(g, "ann", chat, "before");
  auto& eve = g.connect("eve");
  eve.ask("feed.listen");
  g.ask("ann", "chat.invite", {{"chat", chat}, {"user", to_text(usr("eve"))}});
  say(g, "ann", chat, "while invited");
  CHECK(heard(eve).empty());
  CHECK(refused_with(g.call("eve", "chat.history", {{"chat", chat}})) == errc::not_found);
  g.ask("eve", "chat.join", {{"chat", chat}});
  say(g, "ann", chat, "after");
  CHECK(heard(eve) == lines{"after"});
  for (json ask : {json{{"chat", chat}}, json{{"chat", chat}, {"from", 1}, {"to", 9}}})
    CHECK(texts(g.ask("eve", "chat.history", ask).at("items")) == lines{"after"});
  CHECK(exports(g, "eve", "after"));
  CHECK_FALSE(exports(g, "eve", "before"));
  CHECK_FALSE(exports(g, "eve", "while invited"));
}
