#include <catch2/catch.hpp>

#include "net/message_reader.hpp"

using namespace charter;
using namespace charter::net;

namespace {

using type = message_reader::event::type;

constexpr std::array<std::uint8_t, 4> mask{0x37, 0xfa, 0x21, 0x3d}; // RFC 6455, 5.7

bytes client_frame(std::uint8_t first, bytes payload) {
  bytes out{first};
  if (payload.size() <= 125) {
    out.push_back(static_cast<std::uint8_t>(0x80 | payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.insert(out.end(),
               {0xfe, static_cast<std::uint8_t>(payload.size() >> 8), static_cast<std::uint8_t>(payload.size())});
  } else {
    out.push_back(0xff);
    for (int shift = 56; shift >= 0; shift -= 8)
      out.push_back(static_cast<std::uint8_t>(std::uint64_t{payload.size()} >> shift));
  }
  out.insert(out.end(), mask.begin(), mask.end());
  apply_mask(payload, mask, 0);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

bytes operator+(bytes a, const bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

bytes text(std::string_view s) { return bytes_of(s); }

struct outcome {
  std::vector<std::string> events; ///< "message:…", "ping:…", "pong:…", "close:…"
  std::uint16_t violation = 0;
  friend bool operator==(const outcome&, const outcome&) = default;
};

/// Feeds `stream` in pieces of `step` bytes.
outcome read_all(const bytes& stream, std::size_t step, codec c = codec::json, std::size_t max = 1 << 20) {
  message_reader reader(c, max, 1000);
  outcome out;
  for (std::size_t at = 0; at < stream.size(); at += step) {
    auto piece = byte_view(stream).subspan(at, std::min(step, stream.size() - at));
    while (auto e = reader.next(piece)) {
      switch (e->what) {
        case type::message: out.events.push_back("message:" + std::string(text_of(e->payload))); break;
        case type::ping: out.events.push_back("ping:" + std::string(text_of(e->payload))); break;
        case type::pong: out.events.push_back("pong:" + std::string(text_of(e->payload))); break;
        case type::close: out.events.push_back("close:" + std::to_string(e->code)); break;
        case type::violation: out.violation = e->code; return out;
      }
    }
  }
  return out;
}

bytes close_payload(int code, std::string_view reason = {}) {
  return bytes{static_cast<std::uint8_t>(code >> 8), static_cast<std::uint8_t>(code)} + text(reason);
}

} // namespace

TEST_CASE("net: server frames are those of RFC 6455, section 5.7", "[net]") {
  CHECK(*make_frame(opcode::text, text("Hello"))->plain() == bytes{0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f});
  CHECK(*make_frame(opcode::ping, text("Hello"))->plain() == bytes{0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f});
  auto medium = *make_frame(opcode::binary, bytes(256))->plain();
  CHECK(bytes(medium.begin(), medium.begin() + 4) == bytes{0x82, 0x7e, 0x01, 0x00});
  CHECK(medium.size() == 256 + 4);
  auto large = *make_frame(opcode::binary, bytes(65536))->plain();
  CHECK(bytes(large.begin(), large.begin() + 10) == bytes{0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0});
  CHECK(make_frame(opcode::text, bytes(125))->plain()->size() == 125 + 2);
  CHECK(make_frame(opcode::text, bytes(126))->plain()->size() == 126 + 4);
  CHECK(make_frame(opcode::text, bytes(65535))->plain()->size() == 65535 + 4);
  CHECK(*make_message(codec::json, {})->plain() == bytes{0x81, 0});
  CHECK(*make_message(codec::msgpack, {})->plain() == bytes{0x82, 0});
}

TEST_CASE("net: a close frame's reason is cut at a character", "[net]") {
  CHECK(*make_close(0, "ignored")->plain() == bytes{0x88, 0});
  CHECK(*make_close(1000, "")->plain() == bytes{0x88, 2, 0x03, 0xe8});
  std::string reason(122, 'a');
  auto wire = *make_close(1008, reason + "\xe7\xa6\x81")->plain(); // U+7981 would need three bytes, one is left
  CHECK(wire.size() == 2 + 2 + 122);
  CHECK(is_utf8(byte_view(wire).subspan(4)));
}

TEST_CASE("net: frames are concatenated in order", "[net]") {
  std::vector<shared_frame> frames{make_message(codec::json, text("a")), make_message(codec::json, text("b"))};
  CHECK(*concatenate(frames)->plain() == bytes{0x81, 1, 'a', 0x81, 1, 'b'});
  CHECK(concatenate({frames[0]}) == frames[0]);
}

TEST_CASE("net: the masked vectors of RFC 6455 decode, however they are cut", "[net]") {
  bytes hello{0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
  for (std::size_t step = 1; step <= hello.size(); ++step)
    CHECK(read_all(hello, step) == outcome{{"message:Hello"}, 0});
  auto mixed = client_frame(0x01, text("Hel")) + client_frame(0x89, text("are you there?")) +
               client_frame(0x80, text("lo")) + client_frame(0x8a, {}) + client_frame(0x81, {}) +
               client_frame(0x88, close_payload(1000, "bye"));
  for (std::size_t step : {std::size_t{1}, std::size_t{2}, std::size_t{7}, mixed.size()})
    CHECK(read_all(mixed, step) ==
          outcome{{"ping:are you there?", "message:Hello", "pong:", "message:", "close:1000"}, 0});
}

TEST_CASE("net: payloads around the length encodings' borders", "[net]") {
  for (std::size_t size : {0, 1, 7, 8, 9, 124, 125, 126, 127, 128, 65535, 65536, 65537, 200000}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; ++i)
      content[i] = static_cast<char>('a' + i % 23);
    CHECK(read_all(client_frame(0x81, text(content)), 4096) == outcome{{"message:" + content}, 0});
  }
}

TEST_CASE("net: invalid UTF-8 is noticed at its first wrong byte", "[net]") {
  struct bad {
    std::string_view text;
    std::size_t wrong_at;
  };
  // From Markus Kuhn's stress test and Unicode's table 3-7.
  for (auto& row : std::vector<bad>{{"\x80", 0},
                                    {"abcdefghi\xbf", 9},
                                    {"\xc0\xaf", 0},
                                    {"\xc1\xbf", 0},
                                    {"\xe0\x9f\xbf", 1},
                                    {"\xed\xa0\x80", 1},
                                    {"\xed\xbf\xbf", 1},
                                    {"\xf0\x8f\xbf\xbf", 1},
                                    {"\xf4\x90\x80\x80", 1},
                                    {"\xf5\x80\x80\x80", 0},
                                    {"\xfe", 0},
                                    {"\xff", 0},
                                    {"\xc2 ", 1},
                                    {"\xe4\xb8 ", 2},
                                    {"\xf0\x9f\x98 ", 3}}) {
    utf8_validator v;
    CAPTURE(to_hex(view_of(row.text)));
    CHECK(v.feed(view_of(row.text.substr(0, row.wrong_at))));
    CHECK_FALSE(v.feed(view_of(row.text.substr(row.wrong_at, 1))));
  }
  CHECK(is_utf8(view_of("κόσμε 国 \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf \xed\x9f\xbf \xee\x80\x80")));
  CHECK_FALSE(is_utf8(view_of("\xf0\x9f\x98")));
}

TEST_CASE("net: a message in too many fragments is refused [I12]", "[net]") {
  auto stream = client_frame(0x01, {});
  for (int i = 0; i < 1000; ++i)
    stream = stream + client_frame(0x00, {});
  CHECK(read_all(stream, stream.size()).violation == 1008);
}

TEST_CASE("net: nothing is held between messages", "[net]") {
  message_reader reader(codec::json, 1 << 20, 10);
  auto stream = client_frame(0x81, bytes(1000, 'a'));
  byte_view input(stream);
  auto first = input.first(500);
  CHECK_FALSE(reader.next(first));
  CHECK(reader.unfinished());
  CHECK(reader.held_bytes() == 500 - 8);
  auto rest = input.subspan(500);
  CHECK(reader.next(rest));
  CHECK_FALSE(reader.unfinished());
  CHECK(reader.held_bytes() == 0);
}
