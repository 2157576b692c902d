// The WebSocket protocol's every corner, as the public conformance suites try it: what a client sends, and all that it
// hears back before the connection is over. The server echoes messages.
//
// Each row goes over a connection of its own, once in one write and once byte by byte, and ends with a close frame of
// 1000 unless it has ended by itself. What isn't a WebSocket corner but a bound or a deadline is in
// net_server_test.cpp.

#include <catch2/catch.hpp>

#include "tests/deflate_peer.hpp"
#include "tests/net_fixture.hpp"

using namespace charter;
using namespace charter::net;

namespace {

struct row {
  std::string what;
  std::string sent;
  std::string heard = {}; ///< "text Hello, pong, text 65536 x"
  int code = 1000;        ///< of the server's close frame; 0: it has none
};
using table = std::vector<row>;

/// What it is, and examples.
using kinds_of_text = std::vector<std::pair<std::string, std::vector<std::string>>>;

struct setting {
  std::string_view protocol = "charter.v1.json";
  std::string_view offer = {};
};
constexpr setting json{};
constexpr setting msgpack{"charter.v1.msgpack"};
constexpr setting deflating{"charter.v1.json", deflate_offer};

constexpr std::size_t message_bytes_max = 1 << 20;

// -- what is sent -----------------------------------------------------------------------------------------------------

constexpr int fin = 0x80, rsv1 = 0x40, rsv2 = 0x20, rsv3 = 0x10;

std::string framed(int first, std::string_view payload) {
  return net_client::frame(static_cast<std::uint8_t>(first), payload);
}
std::string text(std::string_view payload) { return framed(fin | 1, payload); }
std::string start(std::string_view payload) { return framed(1, payload); }
std::string more(std::string_view payload) { return framed(0, payload); }
std::string last(std::string_view payload) { return framed(fin | 0, payload); }
std::string ping(std::string_view payload) { return framed(fin | 9, payload); }
std::string pong(std::string_view payload) { return framed(fin | 10, payload); }
std::string closing(int code, std::string_view reason = {}) { return net_client::close_frame(code, reason); }
std::string many(std::size_t size) { return std::string(size, 'x'); }

/// A frame of `size` bytes of which only the first few come.
std::string unfinished(int first, std::string_view begun, std::size_t size) {
  auto whole = framed(first, std::string{begun} + many(size - begun.size()));
  return whole.substr(0, whole.size() - (size - begun.size()));
}

/// A frame with a length field of its own making; the mask is zero.
std::string with_length(std::string_view length, std::string_view payload) {
  return "\x81" + std::string{length} + std::string(4, '\0') + std::string{payload};
}

std::string of_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  return out;
}

/// Each byte in a frame of its own.
std::string byte_by_byte(std::string_view payload) {
  auto out = start({});
  for (char c : payload)
    out += more({&c, 1});
  return out + last({});
}

// -- what is heard ----------------------------------------------------------------------------------------------------

std::string shown(std::string_view kind, std::string_view payload) {
  bool is_long = payload.size() > 16 && payload.find_first_not_of(payload[0]) == payload.npos;
  auto what = is_long ? std::to_string(payload.size()) + " " + payload[0] : std::string{payload};
  return std::string{kind} + (what.empty() ? "" : " ") + what;
}

struct transcript {
  std::string heard;
  int code = -1; ///< -1: the end came without a close frame
  bool has_reason = false;
  bool ended = false;
};

transcript hear(net_client& c) {
  transcript all;
  for (;;) {
    auto f = c.read_frame();
    if (f.first == -1)
      return all;
    if (f.first == 0x88) {
      all.code = f.close_code();
      all.has_reason = !f.close_reason().empty();
      all.ended = c.at_end();
      return all;
    }
    auto payload = f.first & rsv1 ? inflated_text(f.payload).value_or("no DEFLATE") : f.payload;
    auto op = f.first & ~rsv1;
    auto kind = op == 0x81 ? "text" : op == 0x82 ? "binary" : op == 0x8a ? "pong" : "something";
    all.heard += (all.heard.empty() ? "" : ", ") + shown(kind, payload);
  }
}

transcript converse(std::uint16_t port, setting how, std::string_view sent, bool bytewise) {
  constexpr std::size_t bytes_alone = 4'096; // a longer row goes on in one piece
  net_client c(port);
  REQUIRE(c.upgrade(how.protocol, how.offer));
  auto all = std::string{sent} + closing(1000);
  auto alone = bytewise ? std::min(all.size(), bytes_alone) : 0;
  c.send_slowly(std::string_view{all}.substr(0, alone));
  c.send(std::string_view{all}.substr(alone));
  return hear(c);
}

void try_all(setting how, const table& rows) {
  server_config config;
  config.limits.message_bytes_max = message_bytes_max;
  running_server s(config);
  std::size_t told = 0;
  for (auto& r : rows)
    for (bool bytewise : {false, true}) {
      INFO(r.what << (bytewise ? ", byte by byte" : ""));
      auto got = converse(s.port, how, r.sent, bytewise);
      CHECK(got.heard == r.heard);
      CHECK(got.code == r.code);
      CHECK(got.ended);
      ++told;
      CHECK(s.diary.wait([&] { return s.diary.closed_ == told; }));
    }
  CHECK_FALSE(s.diary.out_of_order_);
  CHECK(s.count(counter::sessions) == 0);
}

/// The same on every row: what is wrong has its code.
table each_gets(int code, std::initializer_list<std::pair<std::string, std::string>> rows) {
  table all;
  for (auto& [what, sent] : rows)
    all.push_back({what, sent, {}, code});
  return all;
}

} // namespace

TEST_CASE("conformance: messages of every length encoding", "[net]") {
  table rows;
  for (std::size_t size : {0, 1, 125, 126, 127, 128, 65535, 65536, 1 << 20})
    rows.push_back({std::to_string(size) + " bytes", text(many(size)), shown("text", many(size))});
  rows.push_back({"many in one write", text("a") + text("") + text("c"), "text a, text, text c"});
  try_all(json, rows);
  try_all(msgpack, {{"binary", framed(0x82, std::string{"\x00\xff", 2}), "binary " + std::string{"\x00\xff", 2}},
                    {"binary in fragments", framed(0x02, "\xff") + last("\xfe"), "binary \xff\xfe"},
                    {"text, which is none of it", text("a"), "", 1003}});
}

TEST_CASE("conformance: lengths that aren't in their shortest form, or that nobody may have [I12]", "[net]") {
  auto rows = each_gets(1002, {
                                  {"125 in 16 bits", with_length({"\xfe\x00\x7d", 3}, many(125))},
                                  {"0 in 16 bits", with_length({"\xfe\x00\x00", 3}, "")},
                                  {"125 in 64 bits", with_length({"\xff\0\0\0\0\0\0\0\x7d", 9}, many(125))},
                                  {"65535 in 64 bits", with_length({"\xff\0\0\0\0\0\0\xff\xff", 9}, many(65535))},
                                  {"64 bits with the highest one", with_length({"\xff\x80\0\0\0\0\0\0\x01", 9}, "x")},
                                  {"64 bits, all of them", with_length("\xff\xff\xff\xff\xff\xff\xff\xff\xff", "x")},
                              });
  try_all(json, rows);
  try_all(json, each_gets(1009, {{"63 bits, all of them", with_length("\xff\x7f\xff\xff\xff\xff\xff\xff\xff", "x")},
                                 {"one byte more than the bound", unfinished(0x81, "", message_bytes_max + 1)},
                                 {"16 MB", text(many(16 << 20))},
                                 {"16 MB that nothing of comes", unfinished(0x81, "", 16 << 20)},
                                 {"the bound in fragments, and one byte more",
                                  start(many(message_bytes_max)) + more("") + unfinished(0x80, "", 1)}}));
}

TEST_CASE("conformance: pings and pongs", "[net]") {
  std::string hundred, pongs;
  for (int i = 0; i < 100; ++i) {
    hundred += ping(std::to_string(i));
    pongs += (i ? ", pong " : "pong ") + std::to_string(i);
  }
  std::string any{"\x00\xff\xfe\x01", 4};
  try_all(json, {{"without payload", ping(""), "pong"},
                 {"with payload", ping("Hello"), "pong Hello"},
                 {"payload that is no text", ping(any), "pong " + any},
                 {"125 bytes", ping(many(125)), "pong 125 x"},
                 {"126 bytes", ping(many(126)), "", 1002},
                 {"a hundred in one write", hundred, pongs},
                 {"pong that nobody asked for", pong(""), ""},
                 {"the same with a payload, then a ping", pong("unasked") + ping("asked"), "pong asked"},
                 {"pong of 126 bytes", pong(many(126)), "", 1002},
                 {"ping in fragments", framed(0x09, "a") + last("b"), "", 1002},
                 {"pong in fragments", framed(0x0a, "a") + last("b"), "", 1002}});
}

TEST_CASE("conformance: reserved bits, reserved opcodes, and no mask", "[net]") {
  table rows;
  for (int bits : {rsv1, rsv2, rsv3, rsv1 | rsv2, rsv1 | rsv3, rsv2 | rsv3, rsv1 | rsv2 | rsv3})
    for (int opcode : {1, 8, 9, 10})
      rows.push_back({"opcode " + std::to_string(opcode) + " with " + std::to_string(bits),
                      text("before") + framed(fin | bits | opcode, "") + ping("after"), "text before", 1002});
  for (int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    for (auto* payload : {"", "x"})
      rows.push_back({"opcode " + std::to_string(opcode) + ", payload '" + payload + "'",
                      text("before") + framed(fin | opcode, payload) + ping("after"), "text before", 1002});
  rows.push_back({"no mask", "\x81\x05Hello", "", 1002});
  rows.push_back({"ping without a mask", std::string{"\x89\x00", 2}, "", 1002});
  rows.push_back({"close without a mask", std::string{"\x88\x00", 2}, "", 1002});
  rows.push_back({"binary on JSON", framed(0x82, "{}"), "", 1003});
  try_all(json, rows);
}

TEST_CASE("conformance: fragments, and what comes between them", "[net]") {
  try_all(json,
          {{"two", start("frag") + last("ment"), "text fragment"},
           {"five", start("a") + more("b") + more("c") + more("d") + last("e"), "text abcde"},
           {"all of them empty", start("") + more("") + last(""), "text"},
           {"empty ones around", start("") + more("x") + last(""), "text x"},
           {"pings between", start("a") + ping("1") + more("b") + ping("2") + last("c"), "pong 1, pong 2, text abc"},
           {"a pong between", start("a") + pong("1") + last("b"), "text ab"},
           {"a close between", start("a") + closing(1001) + last("b"), "", 1001},
           {"two messages", start("a") + last("b") + start("c") + last("d"), "text ab, text cd"},
           {"nothing to continue", last("a") + text("b"), "", 1002},
           {"nothing to continue, and more to come", more("a") + text("b"), "", 1002},
           {"nothing to continue after a message", start("a") + last("b") + more("c") + text("d"), "text ab", 1002},
           {"nothing to continue, then a message", more("a") + start("b") + last("c"), "", 1002},
           {"a message inside a message", start("a") + text("b"), "", 1002},
           {"the beginning of a message inside a message", start("a") + start("b") + last("c"), "", 1002},
           {"binary inside a message", start("a") + framed(0x82, "b"), "", 1002},
           {"the bound, in fragments", start(many(1 << 19)) + last(many(1 << 19)), shown("text", many(1 << 20))}});
}

TEST_CASE("conformance: text that is UTF-8, however it is cut", "[net]") {
  const kinds_of_text good{
      {"greek", {"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5"}},
      {"first of its length", {"\xc2\x80", "\xe0\xa0\x80", "\xf0\x90\x80\x80"}},
      {"last of its length", {"\x7f", "\xdf\xbf", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"}},
      {"beside the surrogates", {"\xed\x9f\xbf", "\xee\x80\x80"}},
      {"no character, but allowed", {"\xef\xbf\xbe", "\xf0\x9f\xbf\xbe", "\xef\xb7\x90", "\xef\xbf\xbd"}},
  };
  table rows;
  for (auto& [kind, sequences] : good)
    for (auto& sequence : sequences) {
      auto name = kind + ", " + to_hex(view_of(sequence));
      rows.push_back({name, text(sequence), "text " + sequence});
      rows.push_back({name + " in pieces", byte_by_byte(sequence), "text " + sequence});
    }
  rows.push_back({"NUL", text({"\0", 1}), std::string{"text \0", 6}});
  rows.push_back({"a ping inside a character", start("\xe4\xb8") + ping("\xff") + last("\xad"), "pong \xff, text 中"});
  try_all(json, rows);
}

TEST_CASE("conformance: text that is no UTF-8 is refused, at the first byte that can't be right [I12]", "[net]") {
  const kinds_of_text bad{
      {"continuation of nothing", {"\x80", "\xbf", "\x80\xbf\x80"}},
      {"nothing follows", {"\xc0 ", "\xdf ", "\xe0 ", "\xef ", "\xf0 ", "\xf4 "}},
      {"one byte too few", {"\xe0\xa0 ", "\xef\xbf ", "\xf0\x90\x80 ", "\xf4\x8f\xbf "}},
      {"two bytes too few", {"\xf0\x90 ", "\xf4\x8f "}},
      {"no such beginning", {"\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff"}},
      {"longer than need be", {"\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xc0\x80"}},
      {"the last that is longer than need be", {"\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf"}},
      {"surrogate", {"\xed\xa0\x80", "\xed\xad\xbf", "\xed\xae\x80", "\xed\xbf\xbf"}},
      {"pair of surrogates", {"\xed\xa0\x80\xed\xb0\x80"}},
      {"beyond the last character", {"\xf4\x90\x80\x80", "\xf5\x80\x80\x80"}},
      {"in the middle", {"\xce\xba\xe1\xbd\xb9\xed\xa0\x80 edited"}},
  };
  table rows;
  for (auto& [kind, sequences] : bad)
    for (auto& sequence : sequences) {
      auto name = kind + ", " + to_hex(view_of(sequence));
      rows.push_back({name, text(sequence), "", 1007});
      rows.push_back({name + " in pieces", byte_by_byte(sequence), "", 1007});
      rows.push_back({name + " in what never ends", unfinished(0x81, sequence, 1'000), "", 1007});
      rows.push_back({name + " in fragments that never end", start(sequence) + ping(""), "", 1007});
    }
  for (std::string_view cut : {"\xce", "\xe4\xb8", "\xf0\x9f\x98", "abc\xf4"}) {
    rows.push_back({to_hex(view_of(cut)) + " and no more", text(cut), "", 1007});
    rows.push_back({to_hex(view_of(cut)) + " and no more, in pieces", byte_by_byte(cut), "", 1007});
  }
  rows.push_back({"the next message doesn't complete it", text("\xe4\xb8") + text("\xad"), "", 1007});
  try_all(json, rows);
}

TEST_CASE("conformance: close frames of every shape", "[net]") {
  table rows;
  for (int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    rows.push_back({std::to_string(code), closing(code, "because"), "", code});
  for (int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    rows.push_back({std::to_string(code) + ", which nobody may send", closing(code, "because"), "", 1002});
  try_all(json, rows);
  try_all(json, {{"without a code", framed(0x88, ""), "", 0},
                 {"half a code", framed(0x88, "\x03"), "", 1002},
                 {"a reason of 123 bytes", closing(1000, many(123)), "", 1000},
                 {"a reason of 124 bytes", closing(1000, many(124)), "", 1002},
                 {"a reason that is no UTF-8", closing(1000, "\xce\xba\xed\xa0\x80"), "", 1007},
                 {"a reason that ends inside a character", closing(1000, "\xe4\xb8"), "", 1007},
                 {"in fragments", framed(0x08, "\x03") + last("\xe8"), "", 1002},
                 {"after a message", text("a") + closing(1000), "text a"},
                 {"after a long message", text(many(300'000)) + closing(1001) + ping(""), "text 300000 x", 1001},
                 {"twice", closing(1001) + closing(1002), "", 1001},
                 {"a message after it", closing(1001) + text("a"), "", 1001},
                 {"a ping after it", closing(1001) + ping("a"), "", 1001},
                 {"a violation after it", closing(1001) + framed(0x83, ""), "", 1001},
                 {"the rest of a message after it", start("a") + closing(1001) + last("b"), "", 1001}});
}

TEST_CASE("conformance: who breaks the rules is told why", "[net]") {
  running_server s;
  for (auto& wrong : {framed(0x83, ""), framed(0x82, "{}"), text("\xff"), unfinished(0x81, "", message_bytes_max + 1)})
    CHECK(converse(s.port, json, wrong, false).has_reason);
  CHECK_FALSE(converse(s.port, json, closing(1002, "you did"), false).has_reason);
}

// -- permessage-deflate -----------------------------------------------------------------------------------------------

namespace {

std::string squeezed(std::string_view plain) { return framed(0xc1, deflated(plain)); }
std::string squeezed_hex(std::string_view hex) { return framed(0xc1, of_hex(hex)); }

} // namespace

TEST_CASE("conformance: compressed messages", "[net]") {
  auto z = deflated(many(50'000));
  auto half = z.size() / 2;
  auto pieces = framed(0x41, z.substr(0, half)) + more("") + ping("here?") + last(z.substr(half));
  table rows{{"in fragments, with a ping between", pieces, "pong here?, text 50000 x"},
             {"beside others", text("a") + squeezed("b") + text("c") + squeezed("d"), "text a, text b, text c, text d"},
             {"fragments of one that isn't", start("a") + last("b") + squeezed("c"), "text ab, text c"},
             {"nothing, as one byte", squeezed_hex("00"), "text"},
             {"a first fragment without payload", framed(0x41, "") + last(of_hex("f248cdc9c90700")), "text Hello"},
             {"stored", squeezed_hex("000500faff48656c6c6f00"), "text Hello"},
             {"a final block", squeezed_hex("f348cdc9c9070000"), "text Hello"},
             {"two blocks", squeezed_hex("f24805000000ffffcac9c90700"), "text Hello"},
             {"a character cut by the fragments",
              framed(0x41, deflated("中").substr(0, 2)) + last(deflated("中").substr(2)), "text 中"},
             {"as large as may be", squeezed(many(message_bytes_max)), shown("text", many(message_bytes_max))}};
  for (std::size_t size : {0, 16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072})
    for (int level : {0, 1, 9})
      rows.push_back({std::to_string(size) + " bytes at level " + std::to_string(level),
                      framed(0xc1, deflated(many(size), level)), shown("text", many(size))});
  try_all(deflating, rows);
}

TEST_CASE("conformance: compressed messages that break the rules [I12]", "[net]") {
  auto z = deflated("Hello");
  try_all(deflating,
          each_gets(1002, {{"the bit on a continuation alone", framed(0x01, "He") + framed(0xc0, "llo")},
                           {"the bit on both fragments", framed(0x41, z.substr(0, 3)) + framed(0xc0, z.substr(3))},
                           {"the bit on a ping", framed(0xc9, "")},
                           {"the bit on a pong", framed(0xca, "")},
                           {"the bit on a close", framed(0xc8, "")},
                           {"the bit on a ping inside a message", framed(0x41, z) + framed(0xc9, "")},
                           {"another bit as well", framed(0xe1, z)},
                           {"another bit instead", framed(0xa1, z)},
                           {"a message inside it", framed(0x41, z) + text("a")}}));
  try_all(deflating, each_gets(1003, {{"binary on JSON", framed(0xc2, z)}}));
  try_all(deflating, each_gets(1007, {{"no bytes at all", framed(0xc1, "")},
                                      {"no DEFLATE", squeezed_hex("ffffffff")},
                                      {"the end is missing", framed(0xc1, z.substr(0, z.size() - 1))},
                                      {"something after the end", framed(0xc1, z + "garbage")},
                                      {"the flush's end was left in", framed(0xc1, z + of_hex("0000ffff"))},
                                      {"as in a message before", squeezed_hex("f200110000")},
                                      {"plain text", framed(0xc1, "Hello")},
                                      {"no UTF-8 once it is inflated", squeezed("\xed\xa0\x80")},
                                      {"half a character once it is inflated", squeezed("\xe4\xb8")}}));
  try_all(deflating, each_gets(1009, {{"a byte too many", squeezed(many(message_bytes_max + 1))},
                                      {"a bomb", squeezed(many(64 << 20))},
                                      {"too many before it is inflated", unfinished(0xc1, z, message_bytes_max + 1)}}));
  try_all(json, each_gets(1002, {{"nobody had agreed on it", squeezed("Hello")}}));
}
