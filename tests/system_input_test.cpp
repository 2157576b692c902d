// Bad input on the real server: every way of being wrong gets the code that docs/API.md names, and nobody else notices.

#include <catch2/catch.hpp>

#include <random>
#include <set>

#include "net/rpc_codec.hpp"
#include "tests/net_client.hpp"
#include "tests/storage_support.hpp"
#include "tests/system_town.hpp"

using namespace charter;
using namespace charter::test;
using net::codec;
using net::net_client;

namespace {

enum class way { socket, http };

/// Sends bytes as they are, and decodes what comes back. One connection.
class peer {
public:
  peer(way by, codec c) : by_(by), codec_(c), client_(town::shared().server().port()) {
    if (by == way::socket && !client_.upgrade(c == codec::json ? "charter.v1.json" : "charter.v1.msgpack"))
      throw std::runtime_error("no WebSocket");
  }
  json ask(std::string_view bytes) {
    client_.send(by_ == way::socket ? net_client::frame(codec_ == codec::json ? 0x81 : 0x82, bytes) : posted(bytes));
    auto answer = by_ == way::socket ? client_.read_frame().payload : client_.read_response().body;
    return codec_ == codec::json ? json::parse(answer, nullptr, false) : json::from_msgpack(answer, true, false);
  }

private:
  std::string posted(std::string_view body) const {
    return std::string{"POST /v1/rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/"} +
           (codec_ == codec::json ? "json" : "msgpack") + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + std::string{body};
  }

  way by_;
  codec codec_;
  net_client client_;
};

std::string encoded(codec c, const json& document) {
  auto bytes = net::encode_document(c, document);
  return std::string{text_of(bytes)};
}

/// Serves on: whoever was wrong before is answered as anybody.
bool serves(peer& p, codec c) {
  return p.ask(encoded(c, {{"jsonrpc", "2.0"}, {"id", "after"}, {"method", "provider.status"}})).contains("result");
}

template <class F>
void on_every_way_in(F check) {
  for (auto c : {codec::json, codec::msgpack})
    for (auto by : {way::socket, way::http}) {
      CAPTURE(c == codec::json ? "JSON" : "MessagePack", by == way::socket ? "socket" : "HTTP");
      peer p{by, c};
      check(p, c);
      CHECK(serves(p, c));
    }
}

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

} // namespace

TEST_CASE("input: what is no request gets its code on every way in, and the connection serves on", "[system]") {
  struct wrong {
    std::string document;
    int code;
    std::string type;
    std::string field = {};
  };
  const std::string status = R"("jsonrpc":"2.0","id":1,"method":"provider.status")";
  const wrong all[] = {
      {R"([])", -32600, "invalid_params"},
      {R"("provider.status")", -32600, "invalid_params"},
      {R"(null)", -32600, "invalid_params"},
      {R"({"id":1,"method":"provider.status"})", -32600, "invalid_params"},
      {R"({"jsonrpc":"1.0","id":1,"method":"provider.status"})", -32600, "invalid_params"},
      {R"({"jsonrpc":"2.0","id":1})", -32600, "invalid_params"},
      {R"({"jsonrpc":"2.0","id":1,"method":["provider.status"]})", -32600, "invalid_params"},
      {R"({"jsonrpc":"2.0","id":{},"method":"provider.status"})", -32600, "invalid_params"},
      {R"({"jsonrpc":"2.0","id":1.5,"method":"provider.status"})", -32600, "invalid_params"},
      {"{" + status + R"(,"token":"mine"})", -32600, "invalid_params"},
      {"{" + status + R"(,"params":[1,2]})", -32602, "invalid_params", "params"},
      {"{" + status + R"(,"params":)" + nested(17) + "}", -32007, "too_large"},
      {R"({"jsonrpc":"2.0","id":1,"method":"provider.stat"})", -32601, "not_found"},
      {R"({"jsonrpc":"2.0","id":1,"method":""})", -32601, "not_found"},
      {R"({"jsonrpc":"2.0","id":1,"method":"account.schedule","params":{}})", -32601, "not_found"},
      {R"({"jsonrpc":"2.0","id":1,"method":"account.get","params":{"account":5}})", -32602, "invalid_params",
       "account"},
      {R"({"jsonrpc":"2.0","id":1,"method":"account.get","params":{"account":"usr_x"}})", -32602, "invalid_params",
       "account"},
      {R"({"jsonrpc":"2.0","id":1,"method":"account.get","params":{"acount":"x"}})", -32602, "invalid_params",
       "acount"},
      {R"({"jsonrpc":"2.0","id":1,"method":"auth.login","params":{"pseudonym":"operator"}})", -32602, "invalid_params",
       "password"},
      {R"({"jsonrpc":"2.0","id":1,"method":"account.directory","params":{"limit":-1}})", -32602, "invalid_params",
       "limit"},
  };
  on_every_way_in([&](peer& p, codec c) {
    for (auto& w : all) {
      CAPTURE(w.document);
      auto answer = p.ask(encoded(c, json::parse(w.document)));
      REQUIRE(answer.contains("error"));
      CHECK(answer["error"]["code"] == w.code);
      CHECK(answer["error"]["data"]["type"] == w.type);
      CHECK(answer["error"]["data"].value("field", "") == w.field);
    }
    json batch = json::array();
    for (int i = 0; i < 51; ++i)
      batch.push_back({{"jsonrpc", "2.0"}, {"id", i}, {"method", "provider.status"}});
    CHECK(p.ask(encoded(c, batch))["error"]["code"] == -32007);
    batch.erase(50);
    CHECK(p.ask(encoded(c, batch)).size() == 50);
  });
}

TEST_CASE("input: bytes that are no document are a parse error, and the connection serves on", "[system]") {
  const std::vector<std::string> no_json{"", "nonsense", R"({"jsonrpc":"2.0","id":1,"method":"provider.status")",
                                         R"({"jsonrpc":"2.0"} {})", "{'id':1}"};
  // Cut short, never used, more than one, and sizes that nobody could have sent.
  const std::vector<std::string> no_msgpack{"",
                                            "\x81\xa2id",
                                            "\xc1",
                                            std::string("\xc0\xc0"),
                                            "\xdd\xff\xff\xff\xff",
                                            "\xdf\xff\xff\xff\xff",
                                            "\xdb\xff\xff\xff\xfftext",
                                            "\x81\xa2id\xa1\xff"};
  on_every_way_in([&](peer& p, codec c) {
    for (auto& bytes : c == codec::json ? no_json : no_msgpack) {
      CAPTURE(bytes);
      auto answer = p.ask(bytes);
      REQUIRE(answer.contains("error"));
      CHECK(answer["error"]["code"] == -32700);
      CHECK(answer["id"].is_null());
    }
    // Well-formed, and still not of this protocol: a key twice, and in MessagePack what JSON can't say.
    std::string twice =
        c == codec::json ? R"({"id":1,"id":2,"jsonrpc":"2.0","method":"provider.status"})" : "\x82\xa2id\x01\xa2id\x02";
    CHECK(p.ask(twice)["error"]["code"] == -32600);
    if (c == codec::msgpack)
      for (std::string_view alien : {"\x81\xa2id\xc4\x01x", "\x81\xa2id\xd4\x01x", "\x81\x01\x01"})
        CHECK(p.ask(alien)["error"]["code"] == -32600);
  });
}

TEST_CASE("input: a frame that breaks the protocol or a bound closes its socket with a code [I12]", "[system]") {
  struct breach {
    const char* subprotocol;
    std::string bytes;
    int code;
  };
  const breach all[] = {
      {"charter.v1.json", net_client::frame(0x82, "{}"), 1003},
      {"charter.v1.msgpack", net_client::frame(0x81, "{}"), 1003},
      {"charter.v1.json", net_client::frame(0x81, "\xff\xfe"), 1007},
      {"charter.v1.json", std::string("\x81\x02{}", 4), 1002}, // without a mask
      {"charter.v1.json", net_client::frame(0xc1, "{}"), 1002},
      {"charter.v1.json", net_client::frame(0x83, "{}"), 1002},
      {"charter.v1.json", net_client::frame(0x80, "{}"), 1002},
      {"charter.v1.json", net_client::frame(0x89, std::string(126, 'p')), 1002},
      // Its header is enough.
      {"charter.v1.json", net_client::frame(0x81, std::string(1024 * 1024 + 1, ' ')).substr(0, 14), 1009},
      {"charter.v1.msgpack", net_client::frame(0x02, std::string(1024 * 1024, '\0')) + net_client::frame(0x80, "x"),
       1009},
  };
  auto& t = town::shared();
  for (auto& b : all) {
    CAPTURE(b.subprotocol, b.code, b.bytes.substr(0, 14));
    net_client client{t.server().port()};
    REQUIRE(client.upgrade(b.subprotocol));
    client.send(b.bytes);
    auto last = client.read_close();
    CHECK(last.close_code() == b.code);
    CHECK_FALSE(last.close_reason().empty());
    CHECK(client.at_end());
  }
  auto reader = t.anybody();
  CHECK(reader.call("provider.status"));
}

TEST_CASE("input: HTTP that isn't for this server gets its status, and on the protocol's path its error [I12]",
          "[system]") {
  auto port = town::shared().server().port();
  auto answer_to = [&](const std::string& request) {
    net_client client{port};
    client.send(request);
    return client.read_response();
  };
  auto too_large = answer_to(
      "POST /v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n");
  CHECK(too_large.status == 413);
  CHECK(json::parse(too_large.body)["error"]["code"] == -32007);
  CHECK(answer_to("GET /v1/rpc HTTP/1.1\r\nHost: x\r\n\r\n").status == 405);
  CHECK(answer_to("PUT /v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").status == 405);
  CHECK(answer_to("GET /v1/ws HTTP/1.1\r\nHost: x\r\n\r\n").status == 426);
  CHECK(answer_to("GET / HTTP/1.1\r\nHost: x\r\n" + std::string(17'000, 'h') + ": 1\r\n\r\n").status == 431);
  CHECK(answer_to("nonsense\r\n\r\n").status == 400);
  CHECK(answer_to("GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
  CHECK(answer_to("GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
  CHECK(answer_to("GET /@%zz HTTP/1.1\r\nHost: x\r\n\r\n").status == 400);
  CHECK(answer_to("GET /@nobody HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
  CHECK(answer_to("GET /p/pst_x HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
  CHECK(answer_to("GET /audit/entry/999999999999999999999 HTTP/1.1\r\nHost: x\r\n\r\n").status == 404);
}

// -- every method ---------------------------------------------------------------------------

namespace {

json methods() { return json::parse(town::shared().at().get("/v1/openrpc.json").body)["methods"]; }

/// A newcomer with every role, whose person and account are at hand for whatever a method wants to have named.
struct meddler {
  person& self;
  std::string account;
  std::vector<std::string> texts;

  explicit meddler(town& t) : self(t.newcomer()), account(t.open_account(self, "The meddler's")) {
    for (auto role : {"moderator", "senior_moderator", "privacy_officer", "operator"})
      t.grant(self, {{"role", role}});
    for (auto role : {"liaison_officer", "regulator"})
      t.grant(self, {{"role", role}, {"office", "31"}});
    auto post = must(self, "account.publish", {{"account", account}, {"text", "Here."}})["post"];
    auto chat = must(self, "chat.create", {{"title", "Here"}})["chat"];
    auto filed = must(self, "complaint.file", {{"post", post}, {"reason", "spam"}, {"statement", "Of my own."}});
    texts = {"",
             "x",
             std::string(30'000, 'x'),
             "\xe6\x97\xb6\xe6\x94\xbf",
             std::string("\0", 1),
             "31",
             "cn-2014",
             "8.2",
             "moderator",
             "individual",
             "registry",
             "2026-11-24T13:56:44.000Z",
             "9999-12-31T23:59:59.999Z",
             tour::fresh_command_id(),
             self.user(),
             account,
             post,
             chat,
             filed["complaint"],
             filed["receipt"]};
  }
};

/// Of the type that the schema asks for, and of no sense.
json nonsense(const json& schema, const meddler& m, std::mt19937_64& random) {
  auto one_of = [&](const auto& list) { return list[random() % std::size(list)]; };
  auto type = schema.value("type", "");
  if (schema.contains("enum"))
    return one_of(schema["enum"]);
  if (type == "string")
    return one_of(m.texts);
  if (type == "boolean")
    return random() % 2 == 0;
  if (type == "integer")
    return one_of(std::vector<json>{0, 1, 200, 201, INT32_MAX, INT64_MAX, UINT64_MAX, -1});
  json made = type == "array" ? json::array() : json::object();
  if (type == "array")
    for (auto left = random() % 3; left > 0; --left)
      made.push_back(nonsense(schema["items"], m, random));
  auto properties = schema.value("properties", json::object());
  for (auto& [name, of] : properties.items())
    if (random() % 8 != 0)
      made[name] = nonsense(of, m, random);
  return made;
}

} // namespace

TEST_CASE("input: every method names the parameter that is missing, of a wrong type, or unknown", "[system]") {
  auto& t = town::shared();
  auto anybody = t.anybody();
  for (auto& m : methods()) {
    std::string name = m["name"];
    CAPTURE(name);
    auto& by = m["description"] == "For anyone." ? anybody : t.who("operator");
    auto unknown = refused(by, name, {{"no_such_parameter", 1}});
    CHECK(unknown.code == errc::invalid_params);
    CHECK(unknown.field == "no_such_parameter");
    bool any_required = false;
    for (auto& p : m["params"]) {
      CAPTURE(p["name"]);
      any_required |= p["required"].get<bool>();
      json wrong = p["schema"]["type"] == "string" ? json(7) : json("seven");
      auto why = refused(by, name, {{p["name"].get<std::string>(), wrong}});
      CHECK(why.code == errc::invalid_params);
      CHECK_FALSE(why.field.empty());
    }
    if (any_required) {
      auto why = refused(by, name);
      CHECK(why.code == errc::invalid_params);
      CHECK_FALSE(why.field.empty());
    }
  }
}

TEST_CASE("input: every method is for whom the protocol says, and for nobody else", "[system]") {
  auto& t = town::shared();
  auto anybody = t.anybody();
  auto& user = t.newcomer();
  for (auto& m : methods()) {
    std::string name = m["name"];
    CAPTURE(name);
    if (m["description"] != "For anyone.")
      CHECK(refused(anybody, name).code == errc::unauthenticated);
    if (m["description"] == "For staff.")
      CHECK(refused(user, name).code == errc::forbidden);
  }
}

TEST_CASE("input: well-formed nonsense to any method is no fault of the server", "[system]") {
  auto& t = town::shared();
  meddler m{t};
  std::mt19937_64 random{test_seed("system_test, nonsense")};
  const std::set<std::string> would_end_it{"auth.logout", "auth.revoke",          "auth.register", "auth.login",
                                           "auth.attach", "auth.change_password", "user.close",    "admin.revoke_role"};
  for (auto& method : methods()) {
    std::string name = method["name"];
    if (would_end_it.contains(name))
      continue;
    for (int round = 0; round < 30; ++round) {
      json params = json::object();
      for (auto& p : method["params"])
        if (p["name"] != "command_id" && (p["required"] || random() % 2 == 0))
          params[p["name"].get<std::string>()] = nonsense(p["schema"], m, random);
      auto answer = m.self.call(name, params);
      CAPTURE(name, params.dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 400));
      if (!answer) {
        INFO(answer.why().why.detail);
        CHECK(answer.why().cause == client::cause::refused);
        CHECK(answer.why().why.code != errc::internal);
      }
    }
  }
  CHECK(t.metric("entity_crashes_total") == 0);
}

// -- who doesn't say goodbye, and who doesn't read ------------------------------------------

TEST_CASE("input: half-open sockets stand in nobody's way, and leave nothing behind [I12]", "[system]") {
  auto& t = town::shared();
  auto reader = t.anybody();
  REQUIRE(reader.call("provider.status"));
  auto connections = t.metric("net_connections");
  auto sessions = t.metric("net_sessions");
  auto inbox_bytes = t.metric("net_inbox_bytes");
  std::vector<std::unique_ptr<net_client>> half_open;
  for (int i = 0; i < 200; ++i) {
    auto client = std::make_unique<net_client>(t.server().port());
    switch (i % 5) {
      case 0: break;
      case 1: client->send("GET /v1/w"); break;
      case 2: client->send("POST /v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n[{"); break;
      case 3:
        REQUIRE(client->upgrade());
        client->send(net_client::frame(0x01, std::string(100'000, ' ')).substr(0, 70'000));
        break;
      case 4: client->shutdown_write(); break;
    }
    half_open.push_back(std::move(client));
  }
  CHECK(eventually(
      [&] { return t.metric("net_connections") >= connections + 150 && t.metric("net_sessions") >= sessions + 30; }));
  CHECK(reader.call("provider.status"));
  for (std::size_t i = 0; i < half_open.size(); ++i)
    i % 2 == 0 ? half_open[i]->reset() : half_open[i]->drop();
  CHECK(eventually([&] {
    return t.metric("net_connections") <= connections && t.metric("net_sessions") <= sessions &&
           t.metric("net_inbox_bytes") <= inbox_bytes;
  }));
}

namespace {

/// A follower's socket that reads only when told to.
class slow_reader {
public:
  slow_reader(std::uint16_t port, const person& who) : client_(port, 4096) {
    if (!client_.upgrade())
      throw std::runtime_error("no WebSocket");
    call("auth.login", {{"pseudonym", who.name()}, {"password", who.password()}});
    call("feed.listen", json::object());
  }
  json call(const std::string& method, json params) {
    json request{{"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", std::move(params)}};
    client_.send(net_client::frame(0x81, request.dump()));
    for (;;) {
      auto message = next();
      if (message.value("id", std::uint64_t{0}) == last_id_)
        return message.at("result");
    }
  }
  json next() {
    auto f = client_.read_frame();
    if (f.first != 0x81)
      throw std::runtime_error("the socket was closed");
    return json::parse(f.payload);
  }

private:
  net_client client_;
  std::uint64_t last_id_ = 0;
};

} // namespace

TEST_CASE("input: a slow reader holds up nobody, sees a prefix, and is told of the gap [I4] [I12]", "[system]") {
  auto& t = town::shared();
  auto& writer = t.newcomer();
  auto account = t.open_account(writer, "Long posts");
  auto& quick = t.newcomer();
  must(quick, "feed.subscribe", {{"account", account}});
  must(quick, "feed.listen");
  auto& behind = t.newcomer();
  must(behind, "feed.subscribe", {{"account", account}});
  slow_reader slow{t.server().port(), behind};
  json post{{"account", account}, {"text", std::string(20'000, 'p')}};
  std::uint64_t last = 0;
  auto publish = [&] {
    last = must(writer, "account.publish", post)["number"];
    auto push = quick.next_push("post.published", std::chrono::seconds{20});
    REQUIRE(push);
    REQUIRE((*push)["number"] == last);
  };
  auto dropped = t.metric("net_pushes_dropped_total");
  while (t.metric("net_pushes_dropped_total") < dropped + 5 && last < 2'000)
    publish();
  REQUIRE(t.metric("net_pushes_dropped_total") >= dropped + 5);
  std::uint64_t expected = 1;
  json message;
  while ((message = slow.next())["method"] == "post.published")
    REQUIRE(message["params"]["number"] == expected++);
  CHECK(message["method"] == "stream.gap");
  CHECK(message["params"] == json{{"stream", account}, {"from", expected}, {"to", last}});
  auto missing = slow.call("account.posts", {{"account", account}, {"from", expected}, {"to", last}})["items"];
  CHECK(missing.size() == last - expected + 1);
  publish();
  CHECK(slow.next()["params"]["number"] == last);
}
