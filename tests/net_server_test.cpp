#include <catch2/catch.hpp>

#include <cstring>
#include <future>

#include "tests/deflate_peer.hpp"
#include "tests/net_fixture.hpp"

using namespace charter;
using namespace charter::net;
using namespace std::chrono_literals;

TEST_CASE("net: both subprotocols echo whole messages", "[net]") {
  running_server s;
  for (auto [protocol, first] : {std::pair{"charter.v1.json", 0x81}, {"charter.v1.msgpack", 0x82}}) {
    net_client c(s.port);
    REQUIRE(c.upgrade(protocol));
    for (std::string message :
         {std::string("hello"), std::string(), std::string(200, 'x'), std::string(1 << 20, 'y')}) {
      c.send(net_client::frame(static_cast<std::uint8_t>(first), message));
      auto f = c.read_frame();
      CHECK(f.first == first);
      CHECK(f.payload == message);
    }
  }
}

TEST_CASE("net: the client's first choice of subprotocol counts", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send(net_client::upgrade_request("soap, charter.v1.msgpack, charter.v1.json"));
  CHECK(c.read_response().has("Sec-WebSocket-Protocol: charter.v1.msgpack\r\n"));
}

TEST_CASE("net: handshakes that can't be are answered with what to do", "[net]") {
  running_server s;
  auto answer = [&](std::string request, const char* remove = "", const char* replacement = "") {
    if (auto at = request.find(remove); *remove && at != request.npos)
      request.replace(at, std::strlen(remove), replacement);
    net_client c(s.port);
    c.send(request);
    auto r = c.read_response();
    CHECK(c.at_end());
    return r;
  };
  auto good = net_client::upgrade_request("charter.v1.json");
  auto no_protocol = answer(good, "charter.v1.json", "soap");
  CHECK(no_protocol.status == 400);
  CHECK(no_protocol.body.find("charter.v1.msgpack") != std::string::npos);
  CHECK(answer(good, "Sec-WebSocket-Protocol: charter.v1.json\r\n").status == 400);
  CHECK(answer(good, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n").status == 400);
  CHECK(answer(good, "dGhlIHNhbXBsZSBub25jZQ==", "short").status == 400);
  auto old = answer(good, "Version: 13", "Version: 8");
  CHECK(old.status == 426);
  CHECK(old.has("Sec-WebSocket-Version: 13\r\n"));
  CHECK(answer("GET /v1/ws HTTP/1.1\r\nHost: x\r\n\r\n").status == 426);
  CHECK(answer(good, "GET", "POST").status == 405);
  CHECK(s.count(counter::sessions) == 0);
}

TEST_CASE("net: messages that follow the handshake in the same packet are read", "[net]") {
  running_server s;
  net_client c(s.port);
  c.send(net_client::upgrade_request("charter.v1.json") + net_client::frame(0x81, "early") +
         net_client::frame(0x81, "bird"));
  CHECK(c.read_response().status == 101);
  CHECK(c.read_frame().payload == "early");
  CHECK(c.read_frame().payload == "bird");
}

TEST_CASE("net: the closing handshake, from either side", "[net]") {
  running_server s;
  net_client first(s.port);
  REQUIRE(first.upgrade());
  first.send(net_client::close_frame(1000, "bye"));
  CHECK(first.read_close().close_code() == 1000);
  CHECK(first.at_end());
  net_client second(s.port);
  REQUIRE(second.upgrade());
  second.send(net_client::frame(0x81, "before") + net_client::frame(0x81, "close") + net_client::frame(0x81, "after"));
  CHECK(second.read_frame().payload == "before");
  auto f = second.read_frame();
  CHECK(f.close_code() == 4000);
  CHECK(f.close_reason() == "as you wish");
  second.send(net_client::close_frame(4000));
  CHECK(second.at_end());
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 2; }));
  CHECK(s.diary.received_ == 2);
  CHECK(s.count(counter::closed_protocol_error) == 0);
}

TEST_CASE("net: a peer that never answers our close is dropped [I12]", "[net]") {
  server_config config;
  config.limits.close_deadline = 50ms;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  s.transport.close(s.session(0), 4001, "go");
  CHECK(c.read_close().close_code() == 4001);
  CHECK(c.at_end());
}

TEST_CASE("net: many small messages keep their order", "[net]") {
  server_config config;
  config.limits.messages_rate = config.limits.flood_rate = 0;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  constexpr int count = 5000;
  std::thread writer([&] {
    std::string batch;
    for (int i = 0; i < count; ++i) {
      batch += net_client::frame(0x81, std::to_string(i));
      if (i % 37 == 0)
        c.send(std::exchange(batch, {}));
    }
    c.send(batch);
  });
  int in_order = 0;
  for (int i = 0; i < count; ++i)
    in_order += c.read_frame().payload == std::to_string(i);
  writer.join();
  CHECK(in_order == count);
}

TEST_CASE("net: beyond the rate the layer above is told, beyond the flood the session is closed [I12]", "[net]") {
  server_config config;
  config.limits.messages_rate = 0.001;
  config.limits.messages_burst = 5;
  config.limits.flood_rate = 0.001;
  config.limits.flood_burst = 20;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  for (int i = 0; i < 30; ++i)
    c.send(net_client::frame(0x81, "x"));
  CHECK(c.read_close().close_code() == 1008);
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  CHECK(s.diary.received_ == 20);
  CHECK(s.diary.over_rate_ == 15);
  // Pings count as well.
  net_client pinger(s.port);
  REQUIRE(pinger.upgrade());
  for (int i = 0; i < 30; ++i)
    pinger.send(net_client::frame(0x89, "x"));
  CHECK(pinger.read_close().close_code() == 1008);
}

TEST_CASE("net: what compressed messages of one address grow by is bounded, over all its sessions [I12]", "[net]") {
  server_config config;
  config.io_threads = 1;
  config.limits.inflated_rate = 0.001;
  config.limits.inflated_burst = 150'000;
  bool is_exempt = GENERATE(false, true);
  config.exempt = [=](std::string_view) { return is_exempt; };
  running_server s(config);
  auto bomb = net_client::frame(0xc1, deflated(std::string(100'000, ' ')));
  net_client first(s.port), second(s.port), third(s.port);
  for (auto* c : {&first, &second, &third})
    REQUIRE(c->upgrade("charter.v1.json", deflate_offer));
  first.send(bomb);
  CHECK(s.diary.wait([&] { return s.diary.received_ == 1; }));
  second.send(bomb);
  CHECK(s.diary.wait([&] { return s.diary.received_ == 2; }));
  third.send(bomb);
  if (is_exempt) {
    CHECK(s.diary.wait([&] { return s.diary.received_ == 3; }));
    return;
  }
  CHECK(third.read_close().close_code() == 1008);
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  CHECK(s.diary.received_ == 2);
  // What doesn't grow goes on.
  first.send(net_client::frame(0x81, "plain"));
  CHECK(s.diary.wait([&] { return s.diary.received_ == 3; }));
}

TEST_CASE("net: a message that inflates to too much is charged for all the same [I12]", "[net]") {
  server_config config;
  config.io_threads = 1;
  config.limits.inflated_rate = 0.001;
  config.limits.inflated_burst = static_cast<double>(config.limits.message_bytes_max) / 2;
  running_server s(config);
  net_client bomber(s.port), other(s.port);
  for (auto* c : {&bomber, &other})
    REQUIRE(c->upgrade("charter.v1.json", deflate_offer));
  bomber.send(net_client::frame(0xc1, deflated(std::string(2 * config.limits.message_bytes_max, ' '))));
  CHECK(bomber.read_close().close_code() == 1009);
  other.send(net_client::frame(0xc1, deflated("short")));
  CHECK(other.read_close().close_code() == 1008);
  CHECK(s.diary.received_ == 0);
}

TEST_CASE("net: a silent peer is pinged, and closed when it stays silent [I12]", "[net]") {
  server_config config;
  config.limits.ping_after = 40ms;
  config.limits.pong_deadline = 40ms;
  config.limits.close_deadline = 40ms;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  for (int i = 0; i < 3; ++i) {
    CHECK(c.read_frame().first == 0x89);
    c.send(net_client::frame(0x8a, ""));
  }
  auto f = c.read_close();
  CHECK(f.close_code() == 1001);
  CHECK(c.at_end());
  CHECK(s.count(counter::closed_silent) == 1);
}

TEST_CASE("net: a message that trickles in is cut off [I12]", "[net]") {
  server_config config;
  config.limits.message_deadline = 60ms;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  c.send(net_client::frame(0x01, "begun, never finished"));
  auto f = c.read_close();
  CHECK(f.close_code() == 1008);
}

TEST_CASE("net: sends from other threads arrive; numbers of the dead and unborn are swallowed", "[net]") {
  running_server s;
  net_client a(s.port);
  net_client b(s.port);
  REQUIRE(a.upgrade());
  auto number_a = s.session(0);
  REQUIRE(b.upgrade());
  auto number_b = s.session(1);
  CHECK(io_thread_of(number_a) != io_thread_of(number_b));
  for (auto n : {session_number{0}, ~session_number{0}, number_a + 1, number_a + (1 << 24)}) {
    CHECK(s.transport.send(n, make_message(codec::json, view_of("nobody"))));
    s.transport.close(n, 1000, "nobody");
  }
  CHECK(s.transport.send(number_a, make_message(codec::json, view_of("for a"))));
  CHECK(s.transport.send(number_b, make_message(codec::json, view_of("for b"))));
  CHECK(a.read_frame().payload == "for a");
  CHECK(b.read_frame().payload == "for b");
  a.reset();
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  CHECK(s.transport.send(number_a, make_message(codec::json, view_of("too late"))));
  b.send(net_client::frame(0x81, "still here"));
  CHECK(b.read_frame().payload == "still here");
}

TEST_CASE("net: one push reaches all its sessions on a thread, in order [I4]", "[net]") {
  server_config config;
  config.io_threads = 1;
  running_server s(config);
  std::vector<std::unique_ptr<net_client>> clients;
  std::vector<session_number> numbers;
  for (std::size_t i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<net_client>(s.port));
    REQUIRE(clients.back()->upgrade());
    numbers.push_back(s.session(i));
  }
  auto to = std::make_shared<const std::vector<session_number>>(numbers);
  for (std::uint64_t i = 1; i <= 100; ++i)
    CHECK(s.transport.publish(0, {make_message(codec::json, view_of(std::to_string(i))), 1, i, i}, to));
  for (auto& c : clients) {
    int in_order = 0;
    for (int i = 1; i <= 100; ++i)
      in_order += c->read_frame().payload == std::to_string(i);
    CHECK(in_order == 100);
  }
  CHECK(s.count(counter::pushes_sent) == 2000);
}

TEST_CASE("net: a slow reader loses pushes, is told which, and gets the next ones [I4] [I12]", "[net]") {
  server_config config;
  config.io_threads = 1;
  running_server s(config);
  net_client slow(s.port, 4096);
  net_client quick(s.port);
  REQUIRE(slow.upgrade());
  auto slow_number = s.session(0);
  REQUIRE(quick.upgrade());
  auto quick_number = s.session(1);
  std::string filler(16'000, 'p');
  std::uint64_t sent = 0;
  auto publish = [&] {
    ++sent;
    auto text = std::to_string(sent) + " " + filler;
    s.transport.publish(0, {make_message(codec::json, view_of(text)), 1, sent, sent}, {slow_number, quick_number});
  };
  auto number_in = [](const std::string& payload) { return std::stoull(payload); };
  // The quick one paces the publisher, so only the slow one falls behind.
  while (s.count(counter::pushes_dropped) < 50 && sent < 5000) {
    publish();
    REQUIRE(number_in(quick.read_frame().payload) == sent);
  }
  REQUIRE(s.count(counter::pushes_dropped) >= 50);
  CHECK(s.count(counter::outbox_cuts) == 1);
  CHECK(s.count(counter::outbox_bytes) <= config.limits.outbox_live_bytes_max + 2 * filler.size());
  std::uint64_t next = 1;
  std::string gap;
  for (;;) {
    auto f = slow.read_frame();
    REQUIRE(f.first == 0x81);
    if (f.payload.starts_with("gap ")) {
      gap = f.payload;
      break;
    }
    REQUIRE(number_in(f.payload) == next);
    ++next;
  }
  CHECK(gap == "gap " + std::to_string(next) + " " + std::to_string(sent));
  publish();
  CHECK(number_in(slow.read_frame().payload) == sent);
}

TEST_CASE("net: a reader that stops for good is cut, and its memory comes back [I12]", "[net]") {
  server_config config;
  config.limits.outbox_age_max = 50ms;
  config.limits.outbox_rate_min = 1 << 30;
  running_server s(config);
  net_client stalled(s.port, 4096);
  REQUIRE(stalled.upgrade());
  auto number = s.session(0);
  std::string filler(1'000'000, 'f');
  for (int i = 0; i < 7; ++i)
    s.transport.send(number, make_message(codec::json, view_of(filler)));
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  CHECK(s.count(counter::outbox_stalls) == 1);
  CHECK(s.count(counter::outbox_bytes) == 0);
}

TEST_CASE("net: answers over the hard bound cut the connection [I12]", "[net]") {
  running_server s;
  net_client stalled(s.port, 4096);
  REQUIRE(stalled.upgrade());
  auto number = s.session(0);
  std::string filler(1'000'000, 'f');
  for (int i = 0; i < 30; ++i)
    s.transport.send(number, make_message(codec::json, view_of(filler)));
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  CHECK(s.count(counter::outbox_overflows) == 1);
  CHECK(s.count(counter::outbox_bytes) == 0);
}

TEST_CASE("net: unfinished messages are bounded in sum [I12]", "[net]") {
  server_config config;
  config.io_threads = 1;
  config.limits.thread_inbox_bytes_max = 1'000'000;
  running_server s(config);
  std::vector<std::unique_ptr<net_client>> hoarders;
  for (int i = 0; i < 3; ++i) {
    hoarders.push_back(std::make_unique<net_client>(s.port));
    REQUIRE(hoarders.back()->upgrade());
    hoarders.back()->send(net_client::frame(0x01, std::string(400'000, 'h')) + net_client::frame(0x89, "seen?"));
    if (i < 2)
      CHECK(hoarders.back()->read_frame().payload == "seen?");
  }
  CHECK(hoarders.back()->read_close().close_code() == 1013);
  CHECK(s.count(counter::inbox_refused) == 1);
  hoarders[0]->send(net_client::frame(0x80, "end"));
  CHECK(hoarders[0]->read_frame().payload.size() == 400'003);
}

TEST_CASE("net: connections over the bound are refused politely, and places come free [I12]", "[net]") {
  server_config config;
  config.limits.connections_max = 2;
  running_server s(config);
  auto a = std::make_unique<net_client>(s.port);
  net_client b(s.port);
  REQUIRE(a->upgrade());
  REQUIRE(b.upgrade());
  net_client c(s.port);
  CHECK(c.read_response().status == 503);
  CHECK(s.count(counter::refused_full) == 1);
  a.reset();
  CHECK(s.diary.wait([&] { return s.diary.closed_ == 1; }));
  net_client d(s.port);
  CHECK(d.upgrade());
}

TEST_CASE("net: half-open and vanishing sockets leave nothing behind [I12]", "[net]") {
  server_config config;
  config.limits.header_deadline = 50ms;
  config.limits.close_deadline = 50ms;
  running_server s(config);
  net_client silent(s.port);
  CHECK(silent.at_end());
  net_client half(s.port);
  REQUIRE(half.upgrade());
  half.send(std::string("\x81\xfe", 2));
  half.shutdown_write();
  CHECK(half.at_end());
  for (int i = 0; i < 20; ++i) {
    net_client c(s.port);
    if (i % 2)
      c.send(net_client::upgrade_request("charter.v1.json"));
    c.reset();
  }
  net_client last(s.port);
  REQUIRE(last.upgrade());
  s.transport.stop(20s);
  CHECK(s.count(counter::connections) == 0);
  CHECK(s.count(counter::inbox_bytes) == 0);
  CHECK(s.count(counter::sessions) == 0);
  CHECK_FALSE(s.diary.out_of_order_);
}

TEST_CASE("net: stopping closes sessions with 1001 and lets open requests finish", "[net]") {
  running_server s;
  net_client web(s.port);
  REQUIRE(web.upgrade());
  net_client idle(s.port);
  idle.send("GET /page HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(idle.read_response().status == 200);
  net_client busy(s.port);
  busy.send("GET /never HTTP/1.1\r\nHost: x\r\n\r\n");
  REQUIRE(s.diary.wait([&] { return s.diary.kept_.size() == 1; }));
  std::thread stopper([&] { s.transport.stop(20s); });
  CHECK(web.read_close().close_code() == 1001);
  web.send(net_client::close_frame(1001));
  CHECK(web.at_end());
  CHECK(idle.at_end());
  s.diary.kept_.front()(make_text_response(200, "done after all"));
  auto r = busy.read_response();
  CHECK(r.status == 200);
  CHECK(r.has("Connection: close\r\n"));
  CHECK(busy.at_end());
  web.drop();
  idle.drop();
  busy.drop();
  stopper.join();
  CHECK(s.diary.closed_ == 1);
  s.diary.kept_.front()(make_text_response(200, "much too late")); // the connection and the thread are gone
  CHECK_FALSE(net_client(s.port).connected());
}

TEST_CASE("net: a second server can't take the port, and says so", "[net]") {
  running_server s;
  server second;
  server_config config;
  config.listeners.push_back({"127.0.0.1", s.port, false});
  CHECK_THROWS_WITH(second.start(config, s.diary), Catch::Contains("cannot listen on 127.0.0.1 port"));
}

TEST_CASE("net: frames neither interleave nor overtake while a reader keeps falling behind [I4]", "[net]") {
  server_config config;
  config.io_threads = 1;
  config.limits.flood_rate = 0;
  running_server s(config);
  net_client c(s.port, 8192);
  REQUIRE(c.upgrade());
  auto to = std::make_shared<const std::vector<session_number>>(1, s.session(0));
  constexpr std::uint64_t count = 4000;
  std::thread publisher([&] {
    for (std::uint64_t i = 1; i <= count; ++i) {
      auto text = std::to_string(i) + " " + std::string(i * 7919 % 20'000, 'i');
      s.transport.publish(0, {make_message(codec::json, view_of(text)), 1, i, i}, to);
    }
    s.transport.send(to->front(), make_message(codec::json, view_of("end")));
  });
  // Every number comes in order, or stands in a gap that is told right where it is missing.
  std::uint64_t next = 1;
  std::size_t wrong = 0;
  for (;;) {
    auto f = c.read_frame();
    if (f.first == 0x8a)
      continue;
    if (f.first != 0x81 || f.payload == "end" || wrong > 0)
      break;
    bool is_gap = f.payload.starts_with("gap ");
    auto number = std::strtoull(f.payload.c_str() + (is_gap ? 4 : 0), nullptr, 10);
    wrong += number != next;
    next = is_gap ? std::strtoull(f.payload.c_str() + f.payload.rfind(' '), nullptr, 10) + 1 : number + 1;
    if (!is_gap) {
      wrong += f.payload.size() != std::to_string(number).size() + 1 + number * 7919 % 20'000;
      c.send(net_client::frame(0x89, "between")); // pongs share the outbox
    }
  }
  CHECK(wrong == 0);
  c.drop();
  publisher.join();
  CHECK(next > 1);
}

TEST_CASE("net: a push doesn't overtake an answer that waits [I4]", "[net]") {
  server_config config;
  config.io_threads = 1;
  running_server s(config);
  net_client c(s.port);
  REQUIRE(c.upgrade());
  auto number = s.session(0);
  // While the thread is held up, all of these come into its mailbox, and are then dealt with in one go.
  std::promise<void> held_up;
  std::promise<void> go_on;
  s.transport.run_on(0, [&] {
    held_up.set_value();
    go_on.get_future().wait();
  });
  held_up.get_future().wait();
  for (int i = 0; i < 10; ++i) {
    auto text = make_message(codec::json, view_of(std::to_string(i)));
    if (i % 2)
      s.transport.publish(0, {text, 1, 1, 1}, {number});
    else
      s.transport.send(number, text);
  }
  go_on.set_value();
  std::vector<int> answers, pushes;
  for (int i = 0; i < 10; ++i) {
    auto came = std::stoi(c.read_frame().payload);
    (came % 2 ? pushes : answers).push_back(came);
    if (came % 2)
      CHECK(answers.size() * 2 > static_cast<std::size_t>(came)); // all those before it
  }
  CHECK(answers == std::vector<int>{0, 2, 4, 6, 8});
  CHECK(pushes == std::vector<int>{1, 3, 5, 7, 9});
}
