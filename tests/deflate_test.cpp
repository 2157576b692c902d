// permessage-deflate (RFC 7692): what is agreed, what goes over the wire, and that a shared message is compressed once.

#include "net/deflate.hpp"

#include <thread>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "net/deflate_offer.hpp"
#include "tests/deflate_peer.hpp"
#include "tests/net_fixture.hpp"

using namespace charter;
using namespace charter::net;

namespace {

using outcome = inflated::outcome;
constexpr std::size_t mebibyte = 1 << 20;

bytes of_hex(std::string_view hex) {
  bytes out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out.push_back(static_cast<std::uint8_t>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return out;
}

std::string as_text(byte_view data) { return {data.begin(), data.end()}; }

/// About as repetitive as posts are.
std::string post_text(std::size_t size) {
  std::string text;
  for (int line = 1; text.size() < size; ++line)
    text += "{\"post\":" + std::to_string(line * 7919) + ",\"text\":\"the bridge is closed\"}";
  return text.substr(0, size);
}

shared_frame open_message(std::string_view text) { return make_message(codec::json, view_of(text), secrecy::open); }

std::string deflated_wire(const frame& f) {
  deflate_tally ignored;
  return as_text(*f.deflated(ignored));
}

} // namespace

TEST_CASE("deflate: the examples of RFC 7692, section 7.2.3", "[net]") {
  struct example {
    const char* what;
    const char* payload;
    std::string_view plain;
  };
  for (auto& row : std::vector<example>{
           {"7.2.3.1, one block", "f248cdc9c90700", "Hello"},
           {"7.2.3.3, stored", "000500faff48656c6c6f00", "Hello"},
           {"7.2.3.4, a final block", "f348cdc9c9070000", "Hello"},
           {"7.2.3.5, two blocks", "f24805000000ffffcac9c90700", "Hello"},
           {"7.2.3.6, nothing", "00", ""},
       }) {
    INFO(row.what);
    auto made = inflate_payload(of_hex(row.payload), 5);
    CHECK(made.how == outcome::whole);
    CHECK(as_text(made.plain) == row.plain);
  }
  // 7.2.3.2: it says "as in the message before".
  CHECK(inflate_payload(of_hex("f200110000"), mebibyte).how == outcome::broken);
}

TEST_CASE("deflate: what is no whole DEFLATE is refused", "[net]") {
  for (auto* payload : {"", "f248cdc9c907", "f248cdc9", "f348cdc9c907", "f248cdc9c9070041", "07",
                        "000500fafe48656c6c6f00", "ffffffff", "f248cdc9c907000000ffff", "f348cdc9c90700"}) {
    INFO(payload);
    CHECK(inflate_payload(of_hex(payload), mebibyte).how == outcome::broken);
  }
  CHECK(inflate_payload(of_hex("f248cdc9c90700"), mebibyte).how == outcome::whole); // and none of them is remembered
}

TEST_CASE("deflate: whatever is compressed comes back", "[net]") {
  CHECK(rc::check("ours, read by anybody and by us", [](const std::vector<std::uint8_t>& seed) {
    bytes plain;
    for (auto times = *rc::gen::inRange(0, 200); times > 0; --times)
      plain.insert(plain.end(), seed.begin(), seed.end());
    auto smaller = deflate_payload(plain);
    if (!smaller)
      return;
    RC_ASSERT(smaller->size() < plain.size());
    RC_ASSERT(inflated_text(as_text(*smaller)) == as_text(plain));
    auto back = inflate_payload(*smaller, plain.size());
    RC_ASSERT(back.how == outcome::whole);
    RC_ASSERT(back.plain == plain);
  }));
  CHECK(rc::check("anybody's, read by us", [](const std::string& plain) {
    auto back = inflate_payload(view_of(deflated(plain, *rc::gen::inRange(0, 10))), plain.size());
    RC_ASSERT(back.how == outcome::whole);
    RC_ASSERT(as_text(back.plain) == plain);
  }));
  CHECK_FALSE(deflate_payload({}));
  CHECK_FALSE(deflate_payload(view_of("short")));
}

TEST_CASE("deflate: inflating ends at the bound, whatever is still to come [I12]", "[net]") {
  auto bomb = deflated(std::string(64 * mebibyte, '0'));
  CHECK(bomb.size() < 70'000);
  CHECK(inflate_payload(view_of(bomb), mebibyte).how == outcome::too_big);
  // The second half isn't even looked at.
  CHECK(inflate_payload(view_of(bomb.substr(0, bomb.size() / 2) + "\xff\xff\xff\xff"), mebibyte).how ==
        outcome::too_big);
  auto exact = deflated(std::string(mebibyte, '0'));
  CHECK(inflate_payload(view_of(exact), mebibyte).how == outcome::whole);
  CHECK(inflate_payload(view_of(exact), mebibyte - 1).how == outcome::too_big);
}

TEST_CASE("deflate: offers, and what is made of them", "[net]") {
  const std::string agreed = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  struct row {
    const char* offer;
    std::string answer; ///< empty: declined
    int window_bits = 15;
  };
  for (auto& r : std::vector<row>{
           {"permessage-deflate", agreed},
           {" permessage-deflate\t", agreed},
           {"permessage-deflate; client_max_window_bits", agreed},
           {"permessage-deflate;client_max_window_bits=8", agreed},
           {"permessage-deflate; client_max_window_bits=15", agreed},
           {"permessage-deflate; client_max_window_bits=\"10\"", agreed},
           {"permessage-deflate; server_no_context_takeover; client_no_context_takeover", agreed},
           {"permessage-deflate; server_max_window_bits=9", agreed + "; server_max_window_bits=9", 9},
           {"permessage-deflate; server_max_window_bits = \"15\"", agreed + "; server_max_window_bits=15", 15},
           {"permessage-deflate; server_max_window_bits=12; client_max_window_bits=12; server_no_context_takeover",
            agreed + "; server_max_window_bits=12", 12},
           // zlib can't do 2^8.
           {"permessage-deflate; server_max_window_bits=8", ""},
           {"permessage-deflate; server_max_window_bits=8, permessage-deflate", agreed},
           // The first that will do counts.
           {"x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=10, permessage-deflate",
            agreed + "; server_max_window_bits=10", 10},
           // RFC 7692, 7.1: unknown, malformed, or there twice.
           {"permessage-deflate; level=9", ""},
           {"permessage-deflate;", ""},
           {"permessage-deflate; server_max_window_bits", ""},
           {"permessage-deflate; server_max_window_bits=", ""},
           {"permessage-deflate; server_max_window_bits=7", ""},
           {"permessage-deflate; server_max_window_bits=16", ""},
           {"permessage-deflate; server_max_window_bits=010", ""},
           {"permessage-deflate; server_max_window_bits=+10", ""},
           {"permessage-deflate; server_max_window_bits=10x", ""},
           {"permessage-deflate; server_max_window_bits=\"10", ""},
           {"permessage-deflate; client_max_window_bits=0", ""},
           {"permessage-deflate; client_max_window_bits=", ""},
           {"permessage-deflate; server_no_context_takeover=1", ""},
           {"permessage-deflate; client_no_context_takeover=", ""},
           {"permessage-deflate; client_max_window_bits; client_max_window_bits=10", ""},
           {"permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", ""},
           {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", ""},
           {"permessage-deflate; Server_Max_Window_Bits=10", ""},
           // What is quoted is one value, whatever is in it.
           {"permessage-deflate; client_max_window_bits=\"10, permessage-deflate, 11\"", ""},
           {"permessage-deflate; x=\"\\\", permessage-deflate\", permessage-deflate; server_max_window_bits=11",
            agreed + "; server_max_window_bits=11", 11},
           {"permessage-compress; method=deflate", ""},
           {"deflate-frame", ""},
           {", ,", ""},
           {"", ""},
       }) {
    INFO(r.offer);
    auto terms = accept_offer(r.offer);
    CHECK(terms.has_value() == !r.answer.empty());
    if (terms) {
      CHECK(terms->answer == r.answer);
      CHECK(terms->window_bits == r.window_bits);
    }
  }
}

TEST_CASE("deflate: the handshake says what was agreed, unless the server doesn't want to", "[net]") {
  for (bool compression : {true, false}) {
    server_config config;
    config.compression = compression;
    running_server s(config);
    net_client c(s.port);
    c.send(net_client::upgrade_request("charter.v1.json",
                                       "Sec-WebSocket-Extensions: bbf-usp-protocol\r\n" + std::string{deflate_offer}));
    auto r = c.read_response();
    CHECK(r.status == 101);
    CHECK(r.has("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                "client_no_context_takeover\r\n") == compression);
    CHECK(r.has("Sec-WebSocket-Extensions") == compression);
  }
}

TEST_CASE("deflate: a frame has a compressed form where that is a gain", "[net]") {
  auto text = post_text(3'000);
  auto wire = deflated_wire(*open_message(text));
  CHECK(wire[0] == '\xc1');
  CHECK(inflated_text(std::string_view{wire}.substr(4)) == text);
  auto binary = make_message(codec::msgpack, view_of(text), secrecy::open);
  CHECK(deflated_wire(*binary)[0] == '\xc2');
  CHECK(as_text(*binary->plain()).substr(4) == text);
  std::string noise(3'000, '\0');
  for (std::uint32_t state = 1; auto& c : noise)
    c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  for (auto& plain : {make_message(codec::json, view_of(text), secrecy::secret), open_message(post_text(511)),
                      open_message(noise), make_frame(opcode::ping, view_of("x")), make_close(1000, "bye")})
    CHECK(deflated_wire(*plain) == as_text(*plain->plain()));
}

TEST_CASE("deflate: frames that are joined keep their forms apart, and each is compressed once", "[net]") {
  std::vector<shared_frame> parts{open_message(post_text(1'000)), open_message("short"),
                                  open_message(post_text(2'000))};
  std::string plain, compressed;
  for (auto& part : parts) {
    plain += as_text(*part->plain());
    compressed += deflated_wire(*part);
  }
  CHECK(compressed.size() < plain.size() / 2);
  deflate_tally tally;
  auto two = concatenate({parts[0], parts[1]});
  auto all = concatenate({two, parts[2]});
  CHECK(as_text(*all->plain()) == plain);
  CHECK(as_text(*all->deflated(tally)) == compressed);
  CHECK(as_text(*all->plain()) == plain);
  CHECK(tally.messages == 0); // the parts had been compressed before
}

TEST_CASE("deflate: many threads, one compressed form", "[net]") {
  auto f = concatenate({open_message(post_text(5'000)), open_message(post_text(600))});
  std::array<deflate_tally, 8> tallies;
  std::array<const bytes*, 8> forms{};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < tallies.size(); ++i)
    threads.emplace_back([&, i] { forms[i] = f->deflated(tallies[i]).get(); });
  for (auto& t : threads)
    t.join();
  std::size_t messages = 0, bytes_in = 0;
  for (auto& tally : tallies) {
    messages += tally.messages;
    bytes_in += tally.bytes_in;
  }
  CHECK(messages == 2);
  CHECK(bytes_in == 5'600);
  CHECK(std::count(forms.begin(), forms.end(), forms[0]) == 8);
}

TEST_CASE("deflate: a push is compressed once for all, and says the same to those who don't inflate [I4]", "[net]") {
  running_server s;
  std::vector<std::unique_ptr<net_client>> clients;
  std::array<std::vector<session_number>, 2> by_thread;
  for (std::size_t i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<net_client>(s.port));
    REQUIRE(clients.back()->upgrade("charter.v1.json", i % 5 == 0 ? std::string_view{} : deflate_offer));
    by_thread[io_thread_of(s.session(i))].push_back(s.session(i));
  }
  constexpr std::uint64_t count = 30;
  for (std::uint64_t n = 1; n <= count; ++n) {
    auto message = open_message(std::to_string(n) + post_text(2'000));
    for (std::size_t thread = 0; thread < by_thread.size(); ++thread)
      s.transport.publish(thread, {message, 1, n, n}, by_thread[thread]);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    std::size_t right = 0;
    for (std::uint64_t n = 1; n <= count; ++n) {
      auto f = clients[i]->read_frame();
      auto text = f.first == 0xc1 ? inflated_text(f.payload) : f.payload;
      right += f.first == (i % 5 == 0 ? 0x81 : 0xc1) && text == std::to_string(n) + post_text(2'000);
    }
    CHECK(right == count);
  }
  CHECK(s.count(counter::pushes_sent) == 20 * count);
  CHECK(s.count(counter::messages_deflated) == count);
  CHECK(s.count(counter::deflate_bytes_out) < s.count(counter::deflate_bytes_in) / 2);
}

TEST_CASE("deflate: answers come compressed, and what comes compressed is understood", "[net]") {
  running_server s;
  net_client c(s.port);
  REQUIRE(c.upgrade("charter.v1.json", deflate_offer));
  auto text = post_text(20'000);
  auto payload = deflated(text);
  c.send(net_client::frame(0xc1, payload));
  auto f = c.read_frame();
  CHECK(f.first == 0xc1);
  CHECK(inflated_text(f.payload) == text);
  // In pieces, with a ping between them, and then again without compression.
  c.send_slowly(net_client::frame(0x41, payload.substr(0, 10)) + net_client::frame(0x89, "here?") +
                net_client::frame(0x00, "") + net_client::frame(0x80, payload.substr(10)));
  c.send(net_client::frame(0x81, "plain"));
  CHECK(c.read_frame().first == 0x8a);
  CHECK(inflated_text(c.read_frame().payload) == text);
  CHECK(c.read_frame().payload == "plain");
}

TEST_CASE("deflate: who remembers little gets only what fits", "[net]") {
  running_server s;
  net_client c(s.port);
  REQUIRE(c.upgrade("charter.v1.json", "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10\r\n"));
  auto fits = post_text(1'000), doesnt = post_text(1'100);
  s.transport.send(s.session(0), open_message(fits));
  s.transport.send(s.session(0), open_message(doesnt));
  auto f = c.read_frame();
  CHECK(f.first == 0xc1);
  CHECK(inflated_text(f.payload, 10) == fits);
  f = c.read_frame();
  CHECK(f.first == 0x81);
  CHECK(f.payload == doesnt);
  // To others the longer one goes compressed, and whoever can't look back that far would be lost with it.
  std::string far = "beginning" + post_text(3'000) + "beginning";
  CHECK_FALSE(inflated_text(std::string_view{deflated_wire(*open_message(far))}.substr(4), 10));
}

TEST_CASE("deflate: small messages that inflate to large ones count as many [I12]", "[net]") {
  server_config config;
  config.limits.flood_rate = 0.001;
  config.limits.flood_burst = 200;
  running_server s(config);
  s.diary.echoes = false;
  net_client c(s.port);
  REQUIRE(c.upgrade("charter.v1.json", deflate_offer));
  auto large = net_client::frame(0xc1, deflated(std::string(mebibyte, '0'))); // some 64 of them
  for (int i = 0; i < 4; ++i)
    c.send(large);
  CHECK(c.read_close().close_code() == 1008);
  CHECK(s.diary.received_ == 3);
}
