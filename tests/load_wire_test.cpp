// The load generator's own client: frames, the handshake, and pushes that are parsed once for everybody.

#include <catch2/catch.hpp>

#include "apps/load/frames.hpp"
#include "apps/load/push_decoder.hpp"
#include "net/message_reader.hpp"
#include "net/websocket_handshake.hpp"

using namespace charter;
using namespace charter::load;

namespace {

std::string text_of(const net::shared_frame& f) { return {f->plain()->begin(), f->plain()->end()}; }

constexpr std::size_t most = 1'000'000;

} // namespace

TEST_CASE("load: frames that the server makes are read as they were meant", "[load]") {
  for (std::size_t size : {0, 1, 125, 126, 65'535, 65'536}) {
    CAPTURE(size);
    std::string payload(size, 'x');
    auto wire = text_of(net::make_frame(net::opcode::text, view_of(payload)));
    server_frame frame;
    for (std::size_t cut = 0; cut < std::min<std::size_t>(wire.size(), 12); ++cut)
      CHECK(read_frame(std::string_view{wire}.substr(0, cut), most, frame) == frame_state::unfinished);
    auto more = wire + "more";
    REQUIRE(read_frame(more, most, frame) == frame_state::whole);
    CHECK(frame.op == net::opcode::text);
    CHECK(frame.payload == payload);
    CHECK(frame.size == wire.size());
  }
}

TEST_CASE("load: what is no frame of the server's is broken", "[load]") {
  server_frame frame;
  CHECK(read_frame(std::string_view{"\x01\x00", 2}, most, frame) == frame_state::broken);        // a fragment
  CHECK(read_frame(std::string_view{"\x83\x00", 2}, most, frame) == frame_state::broken);        // an unknown opcode
  CHECK(read_frame(std::string_view{"\xc1\x00", 2}, most, frame) == frame_state::broken);        // a reserved bit
  CHECK(read_frame(std::string_view{"\x81\x80", 2}, most, frame) == frame_state::broken);        // masked
  CHECK(read_frame(std::string_view{"\x81\x7e\xff\xff", 4}, 100, frame) == frame_state::broken); // too long
}

TEST_CASE("load: the server reads the frames that we make", "[load]") {
  for (std::size_t size : {0, 1, 125, 126, 65'535, 65'536}) {
    CAPTURE(size);
    std::string payload(size, 'y');
    std::string wire;
    append_frame(wire, net::opcode::text, payload, 0x12345678);
    net::message_reader reader(net::codec::json, most, 10);
    auto input = view_of(wire);
    auto event = reader.next(input);
    REQUIRE(event);
    CHECK(event->what == net::message_reader::event::type::message);
    CHECK(std::string(event->payload.begin(), event->payload.end()) == payload);
    CHECK(input.empty());
  }
}

TEST_CASE("load: only the answer to our own key opens the socket", "[load]") {
  auto request = handshake_request("localhost:8080");
  auto at = request.find("Sec-WebSocket-Key: ") + 19;
  auto accept = net::websocket_accept(request.substr(at, 24));
  CHECK(is_handshake_accepted("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n"));
  CHECK_FALSE(is_handshake_accepted("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAA\r\n\r\n"));
  CHECK_FALSE(
      is_handshake_accepted("HTTP/1.1 503 Service Unavailable\r\nSec-WebSocket-Accept: " + accept + "\r\n\r\n"));
}

TEST_CASE("load: a push is parsed once, and its command is known by its mark", "[load]") {
  stream_names streams;
  push_decoder decoder("abc", streams);
  auto post = [&](const std::string& text, int number) {
    return R"({"jsonrpc":"2.0","method":"post.published","params":{"account":"acc_1","number":)" +
           std::to_string(number) + R"(,"text":")" + text + "\"}}";
  };
  auto first = post("words" + decoder.mark(12), 3);
  REQUIRE(push_decoder::is_push(first));
  CHECK(decoder.decode(first, 0).is_first);
  auto [event, is_first] = decoder.decode(first, 0);
  CHECK_FALSE(is_first);
  CHECK(event.what == push_event::kind::published);
  CHECK(event.stream == streams["acc_1"]);
  CHECK(event.number == 3);
  CHECK(event.command == 12);
  CHECK(decoder.decode(post("words #xyz-12", 4), 0).event.command == 0);
  CHECK(decoder.decode(post("words", 5), 0).event.command == 0);
}

TEST_CASE("load: gaps come with or without a range, notices belong to their reader", "[load]") {
  stream_names streams;
  push_decoder decoder("abc", streams);
  auto me = streams["usr_1"];
  auto ranged =
      decoder.decode(R"({"jsonrpc":"2.0","method":"stream.gap","params":{"from":4,"stream":"acc_1","to":6}})", me);
  CHECK(ranged.event.what == push_event::kind::gap);
  CHECK(ranged.event.range == number_range{4, 6});
  CHECK_FALSE(decoder.decode(R"({"jsonrpc":"2.0","method":"stream.gap","params":{"stream":"acc_1"}})", me).event.range);
  auto notice = decoder.decode(R"({"jsonrpc":"2.0","method":"notice","params":{"number":2}})", me);
  CHECK(notice.event.stream == me);
  CHECK(notice.event.number == 2);
  CHECK(decoder.decode(R"({"jsonrpc":"2.0","method":"desk.changed","params":{"case":"cas_1"}})", me).event.what ==
        push_event::kind::other);
  CHECK(decoder.decode("{\"jsonrpc\" broken", me).event.what == push_event::kind::other);
}
