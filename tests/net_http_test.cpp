#include <catch2/catch.hpp>

#include <random>

#include "net/cookies.hpp"
#include "tests/net_fixture.hpp"

using namespace charter;
using namespace charter::net;
using namespace std::chrono_literals;

namespace {

std::string get(std::string_view path, std::string_view more = {}) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view more = {}) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) +
         "\r\n" + std::string(body);
}

} // namespace

TEST_CASE("net: a page, its headers, and the same again on the same connection", "[net]") {
  running_server s;
  net_client c(s.port);
  for (int i = 0; i < 3; ++i) {
    c.send(get("/page?a=1&b=%E5%9B%BD"));
    auto r = c.read_response();
    CHECK(r.status == 200);
    CHECK(r.body == "<p>hello</p>");
    for (auto line : {"Content-Type: text/html\r\n", "Connection: keep-alive\r\n",
                      "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: same-origin\r\n",
                      "Content-Security-Policy: default-src 'self'", "Cache-Control: no-store\r\n", "Date: "})
      CHECK(r.has(line));
    CHECK_FALSE(r.has("Strict-Transport-Security"));
  }
  CHECK(s.diary.last_request_.query == "a=1&b=%E5%9B%BD");
  CHECK(s.diary.last_request_.host == "localhost");
  CHECK(s.diary.last_peer_.address == "127.0.0.1");
}

TEST_CASE("net: HEAD has the head of GET and no body; a known ETag gets 304", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send("HEAD /page HTTP/1.1\r\nHost: x\r\n\r\n");
  auto head = c.read_response(true);
  CHECK(head.status == 200);
  CHECK(head.has("Content-Length: 12\r\n"));
  auto at = head.head.find("ETag: ") + 6;
  auto etag = head.head.substr(at, head.head.find("\r\n", at) - at);
  c.send(get("/page", "If-None-Match: \"other\", W/" + etag + "\r\n"));
  auto unchanged = c.read_response();
  CHECK(unchanged.status == 304);
  CHECK_FALSE(unchanged.has("Content-Length"));
  CHECK(unchanged.has("ETag: " + etag));
  c.send(get("/page", "If-None-Match: \"other\"\r\n"));
  CHECK(c.read_response().status == 200);
}

TEST_CASE("net: pipelined requests are answered in order, late answers included", "[net]") {
  running_server s;
  net_client c(s.port);
  std::string requests;
  for (int i = 0; i < 50; ++i)
    requests += post("/echo", std::to_string(i)) + get(i % 2 ? "/later" : "/page") + "\r\n";
  c.send(requests);
  for (int i = 0; i < 50; ++i) {
    CHECK(c.read_response().body == std::to_string(i));
    CHECK(c.read_response().body == (i % 2 ? "later\n" : "<p>hello</p>"));
  }
}

TEST_CASE("net: only the first answer to a request counts", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send(get("/twice") + get("/page"));
  CHECK(c.read_response().body == "once\n");
  CHECK(c.read_response().body == "<p>hello</p>");
}

TEST_CASE("net: large bodies both ways, chunked ones too", "[net]") {
  running_server s;
  net_client c(s.port);
  std::string body(1 << 20, 'q');
  c.send(post("/echo", body));
  CHECK(c.read_response().body == body);
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  c.send_slowly("5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\nTrailer: x\r\n\r\n");
  CHECK(c.read_response().body == "hello world");
  c.send(get("/big"));
  CHECK(c.read_response().body.size() == 3'000'000);
  c.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(c.read_response().status == 100);
  c.send("ok");
  CHECK(c.read_response().body == "ok");
}

TEST_CASE("net: a peer that closes its half still gets its answer", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send(get("/later"));
  c.shutdown_write();
  CHECK(c.read_response().body == "later\n");
  CHECK(c.at_end());
}

TEST_CASE("net: HTTP/1.0 and Connection: close end the connection", "[net]") {
  running_server s;
  for (std::string request :
       {"GET /page HTTP/1.0\r\n\r\n", "GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    net_client c(s.port);
    c.send(request);
    CHECK(c.read_response().body == "<p>hello</p>");
    CHECK(c.at_end());
  }
}

TEST_CASE("net: bad requests get their status, and the connection ends [I12]", "[net]") {
  server_config config;
  config.limits.body_bytes_max = 1000;
  config.limits.header_bytes_max = 2000;
  running_server s(config);
  struct bad {
    std::string request;
    int status;
  };
  std::vector<bad> table{
      {"garbage\r\n\r\n", 400},
      {"GET\r\n\r\n", 400},
      {"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET relative HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nBad Name: y\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\nName : y\r\n\r\n", 400},
      {std::string("GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 34), 400},
      {"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", 501},
      {post("/echo", std::string(1001, 'x')), 413},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + std::string(1001, 'x'), 413},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'x'), 400},
      {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: miracles\r\n\r\nx", 417},
      {"GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + std::string(3000, 'a') + "\r\n\r\n", 431},
      {std::string(70'000, 'A'), 431},
  };
  for (auto& row : table) {
    INFO(row.request.substr(0, 120));
    net_client c(s.port);
    c.send(row.request);
    auto r = c.read_response();
    CHECK(r.status == row.status);
    CHECK(r.has("Connection: close\r\n"));
    CHECK_FALSE(r.body.empty());
    if (row.status == 405)
      CHECK(r.has("Allow: GET, HEAD, POST\r\n"));
    c.shutdown_write();
    CHECK(c.at_end());
  }
  CHECK(s.count(counter::inbox_bytes) == 0);
}

TEST_CASE("net: a client that sends on after 413 still reads the answer", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send("POST /v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n");
  std::thread writer([&] {
    std::string chunk(100'000, 'x');
    for (int i = 0; i < 100 && c.send(chunk); ++i) {
    }
    c.shutdown_write();
  });
  auto r = c.read_response();
  writer.join();
  CHECK(r.status == 413);
  CHECK(r.has("Content-Type: application/json\r\n"));
  CHECK(r.body.find("\"type\":\"too_large\"") != std::string::npos);
  CHECK(c.at_end());
}

TEST_CASE("net: slow headers, slow bodies, slow answers and idle connections have deadlines [I12]", "[net]") {
  server_config config;
  config.limits.header_deadline = config.limits.body_deadline = config.limits.response_deadline = 60ms;
  config.limits.keep_alive = 60ms;
  running_server s(config);
  net_client head(s.port);
  head.send("GET /page HTTP/1.1\r\nHost: x\r\nX-Sl");
  CHECK(head.read_response().status == 408);
  net_client body(s.port);
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nsome");
  CHECK(body.read_response().status == 408);
  net_client answer(s.port);
  answer.send(get("/never"));
  CHECK(answer.read_response().status == 503);
  s.diary.kept_.front()(make_text_response(200, "too late"));
  net_client idle(s.port);
  idle.send(get("/page"));
  CHECK(idle.read_response().status == 200);
  CHECK(idle.at_end());
  CHECK(s.count(counter::http_timeouts) == 3);
}

TEST_CASE("net: a header that trickles is cut off all the same [I12]", "[net]") {
  server_config config;
  config.limits.header_deadline = 100ms;
  running_server s(config);
  net_client c(s.port);
  c.send("GET /page HTTP/1.1\r\nHost: x\r\n");
  // Goes on sending as long as the server listens.
  std::thread drip([&] {
    for (int i = 0; i < 100'000 && c.send("X-A: b\r\n"); ++i)
      std::this_thread::yield();
  });
  auto status = c.read_response().status;
  CHECK((status == 408 || status == 431));
  c.shutdown_write();
  drip.join();
}

TEST_CASE("net: tokens come from the header or the cookie, and the cookie needs our own origin", "[net]") {
  running_server s;
  auto status = [&](const std::string& request) {
    net_client c(s.port);
    c.send(request);
    return c.read_response().status;
  };
  CHECK(status(get("/page", "Authorization: Bearer abc\r\nCookie: charter_session=xyz\r\n")) == 200);
  CHECK(s.diary.last_peer_.bearer == "abc");
  CHECK_FALSE(s.diary.last_peer_.from_cookie);
  CHECK(status(get("/page", "Authorization: Basic abc\r\n")) == 200);
  CHECK(s.diary.last_peer_.bearer.empty());
  CHECK(status(get("/page", "Cookie: a=b; charter_session=xyz\r\n")) == 200);
  CHECK(s.diary.last_peer_.bearer == "xyz");
  CHECK(s.diary.last_peer_.from_cookie);
  const std::string cookie = "Cookie: charter_session=xyz\r\n";
  CHECK(status(post("/echo", "x", cookie)) == 403);
  CHECK(status(post("/echo", "x", cookie + "Origin: http://evil.example\r\n")) == 403);
  CHECK(status(post("/echo", "x", cookie + "Origin: https://localhost\r\n")) == 403);
  CHECK(status(post("/echo", "x", cookie + "Origin: null\r\n")) == 403);
  CHECK(status(post("/echo", "x", cookie + "Origin: http://localhost\r\n")) == 200);
  CHECK(status(get("/page", cookie + "Origin: http://evil.example\r\n")) == 403);
  CHECK(status(net_client::upgrade_request("charter.v1.json", cookie)) == 403);
  CHECK(status(net_client::upgrade_request("charter.v1.json", cookie + "Origin: http://evil.example\r\n")) == 403);
  CHECK(status(net_client::upgrade_request("charter.v1.json", cookie + "Origin: http://localhost\r\n")) == 101);
  CHECK(s.diary.wait([&] { return s.diary.opened_.size() == 1; }));
  CHECK(s.diary.last_peer_.bearer == "xyz");
}

TEST_CASE("net: TLS with a trial certificate serves both HTTP and WebSocket", "[net]") {
  server_config config;
  config.tls = make_trial_identity({"localhost", "127.0.0.1"});
  config.kernel_tls = GENERATE(false, true); // where the kernel can't, this shows that nothing is lost by asking
  config.listeners = {{"127.0.0.1", 0, true}, {"127.0.0.1", 0, false}};
  config.limits.messages_rate = config.limits.flood_rate = 0;
  running_server s(config);
  CHECK(fingerprint(*config.tls).size() == 95);
  net_client c(s.ports[0]);
  REQUIRE(c.start_tls(*config.tls, "localhost"));
  c.send(get("/big"));
  CHECK(c.read_response().body.size() == 3'000'000);
  REQUIRE(c.upgrade());
  CHECK(s.diary.last_peer_.secure);
  std::string big(700'000, 't');
  for (int i = 0; i < 50; ++i) {
    auto number = std::to_string(i);
    c.send(net_client::frame(0x81, number) + net_client::frame(0x89, number) + net_client::frame(0x81, big));
    CHECK(c.read_frame().payload == number);
    CHECK(c.read_frame().first == 0x8a);
    CHECK((c.read_frame().payload == big));
  }
  c.send(net_client::close_frame(1000));
  CHECK(c.read_close().close_code() == 1000);
  CHECK(c.at_end());
  net_client plain(s.ports[1]);
  plain.send(get("/page"));
  CHECK(plain.read_response().status == 200);
}

TEST_CASE("net: a TLS port survives everything that isn't TLS [I12]", "[net]") {
  server_config config;
  config.tls = make_trial_identity({"localhost"});
  config.listeners = {{"127.0.0.1", 0, true}};
  config.limits.header_deadline = 60ms;
  running_server s(config);
  net_client plain(s.port);
  plain.send(get("/page"));
  auto r = plain.read_response();
  CHECK(r.status == 400);
  CHECK(r.body.find("TLS") != std::string::npos);
  net_client garbage(s.port);
  garbage.send(std::string(1000, '\xff'));
  garbage.read_all(); // an alert
  net_client silent(s.port);
  CHECK(silent.at_end());
  CHECK(s.count(counter::tls_failed) == 3);
  net_client other_name(s.port);
  CHECK_FALSE(other_name.start_tls(*config.tls, "example.org"));
  net_client good(s.port);
  CHECK(good.start_tls(*config.tls, "localhost"));
}

TEST_CASE("net: certificates and keys that don't fit refuse to start", "[net]") {
  auto a = make_trial_identity({"localhost"});
  auto b = make_trial_identity({"localhost"});
  CHECK_THROWS_WITH(make_server_context({a.certificate_chain, b.private_key}), Catch::Contains("TLS:"));
  CHECK_THROWS_WITH(make_server_context({"nonsense", a.private_key}), Catch::Contains("certificate"));
  CHECK_THROWS_WITH(load_tls_identity("/nonexistent/cert.pem", "/nonexistent/key.pem"),
                    Catch::Contains("/nonexistent/cert.pem"));
  server s;
  echo_handler diary(s);
  server_config config;
  config.listeners = {{"127.0.0.1", 0, true}};
  CHECK_THROWS_WITH(s.start(config, diary), Catch::Contains("certificate"));
}

TEST_CASE("net: garbage never hurts the server [I12]", "[net]") {
  auto seed = std::random_device{}();
  if (auto* given = std::getenv("SEED"))
    seed = static_cast<unsigned>(std::strtoul(given, nullptr, 10));
  INFO("SEED=" << seed);
  std::mt19937 random(seed);
  auto below = [&](unsigned n) { return random() % n; };
  server_config config;
  config.limits.header_deadline = config.limits.body_deadline = config.limits.message_deadline = 200ms;
  config.limits.close_deadline = 200ms;
  running_server s(config);
  const std::string seeds[]{
      get("/page"), post("/echo", "{\"a\":1}"), net_client::upgrade_request("charter.v1.json"),
      "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"};
  for (int round = 0; round < 400; ++round) {
    net_client c(s.port);
    std::string stream;
    if (below(2)) {
      REQUIRE(c.upgrade());
      for (unsigned i = below(6); i > 0; --i)
        stream += net_client::frame(static_cast<std::uint8_t>(below(256)), std::string(below(300), 'a'));
    } else {
      stream = seeds[below(4)];
    }
    for (unsigned i = below(8); i > 0 && !stream.empty(); --i) {
      auto at = below(static_cast<unsigned>(stream.size()));
      if (below(3) == 0)
        stream.insert(at, 1 + below(20), static_cast<char>(below(256)));
      else
        stream[at] = static_cast<char>(below(256));
    }
    while (!stream.empty()) {
      auto size = 1 + below(static_cast<unsigned>(stream.size()));
      if (!c.send(std::string_view(stream).substr(0, size)))
        break;
      stream.erase(0, size);
    }
    if (below(3) == 0) {
      c.reset();
      continue;
    }
    c.shutdown_write();
    c.read_all();
  }
  net_client well(s.port);
  REQUIRE(well.upgrade());
  well.send(net_client::frame(0x81, "alive"));
  CHECK(well.read_frame().payload == "alive");
  well.drop();
  s.transport.stop(20s);
  CHECK_FALSE(s.diary.out_of_order_);
  CHECK(s.diary.opened_.size() == s.diary.closed_);
  for (auto level : {counter::connections, counter::sessions, counter::outbox_bytes, counter::inbox_bytes})
    CHECK(s.count(level) == 0);
}

TEST_CASE("net: cookies are read and spelled", "[net]") {
  CHECK(cookie_value("a=1; b=2;c=\"3\"", "b") == "2");
  CHECK(cookie_value("a=1; b=2;c=\"3\"", "c") == "3");
  CHECK(cookie_value("ab=1; b", "b").empty());
  CHECK(cookie_value("b=first; b=second", "b") == "first");
  CHECK(cookie_value("", "b").empty());
  CHECK(make_session_cookie("s", "v", 60s, true) == "s=v; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure");
  CHECK(make_session_cookie("s", "", 0s, false) == "s=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

TEST_CASE("net: targets, escapes, tags", "[net]") {
  http_request r;
  CHECK(split_target("/a/b?c=d#e", r));
  CHECK(r.path == "/a/b");
  CHECK(r.query == "c=d");
  CHECK(split_target("http://host:1/x?y", r));
  CHECK(r.path == "/x");
  CHECK(split_target("http://host", r));
  CHECK(r.path == "/");
  CHECK(split_target("/redirect?to=http://x/", r));
  CHECK(r.path == "/redirect");
  CHECK_FALSE(split_target("*", r));
  std::string out;
  CHECK(percent_decode("%E5%9b%BD+a", out));
  CHECK(out == "国+a");
  for (auto bad : {"%", "%a", "%0", "%gg", "x%00"})
    CHECK_FALSE(percent_decode(bad, out));
  CHECK(query_value("a=1&b=%32&c", "b") == "2");
  CHECK(query_value("a=1&b=%3", "b").empty());
  auto tag = make_etag(view_of("x"));
  CHECK(tag.size() == 34);
  CHECK(etag_matches("\"a,b\" , " + tag, tag));
  CHECK(etag_matches("*", tag));
  CHECK_FALSE(etag_matches("*", ""));
  CHECK_FALSE(etag_matches("\"a", tag));
}

TEST_CASE("net: large answers to pipelined requests wait for the reader [I12]", "[net]") {
  running_server s;
  net_client c(s.port);
  std::string requests;
  for (int i = 0; i < 20; ++i)
    requests += get("/big");
  c.send(requests);
  // 60 MB in answers; no more than about one waits at a time.
  REQUIRE(s.diary.wait([&] { return !s.diary.last_request_.path.empty(); }));
  for (int i = 0; i < 20; ++i) {
    CHECK(s.count(counter::outbox_bytes) < 4'000'000);
    CHECK(c.read_response().body.size() == 3'000'000);
  }
  CHECK(s.count(counter::outbox_overflows) == 0);
}
