#include <catch2/catch.hpp>

#include <random>

#include "net/rpc_codec.hpp"
#include "net/utf8.hpp"

using namespace charter;
using namespace charter::net;
using nlohmann::json;

namespace {

bytes hex(std::string_view digits) {
  bytes out;
  std::string pair;
  for (char c : digits)
    if (c != ' ') {
      pair += c;
      if (pair.size() == 2) {
        out.push_back(static_cast<std::uint8_t>(std::stoi(pair, nullptr, 16)));
        pair.clear();
      }
    }
  return out;
}

rpc_call one(codec c, byte_view message, const rpc_limits& bounds = {}) {
  auto decoded = decode_rpc(c, message, bounds);
  CHECK_FALSE(decoded.is_batch);
  REQUIRE(decoded.calls.size() == 1);
  return decoded.calls.front();
}
rpc_call one(std::string_view text, const rpc_limits& bounds = {}) { return one(codec::json, view_of(text), bounds); }

json request(json id, std::string_view method, json params) {
  return {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"method", method}, {"params", std::move(params)}};
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

} // namespace

TEST_CASE("net: a request reads the same from both encodings", "[net]") {
  json params = {{"text", "国破山河在\n\xf0\x9f\x98\x80"},
                 {"n", -7},
                 {"big", UINT64_MAX},
                 {"low", INT64_MIN},
                 {"x", 0.5},
                 {"list", {1, nullptr, true, {{"deep", json::array()}}}}};
  for (json id : {json(1), json(-5), json("abc"), json(nullptr), json(UINT64_MAX)})
    for (auto c : {codec::json, codec::msgpack}) {
      auto call = one(c, encode_document(c, request(id, "account.publish", params)));
      CHECK_FALSE(call.error);
      CHECK_FALSE(call.is_notification);
      CHECK(call.id == id);
      CHECK(call.method == "account.publish");
      CHECK(call.params == params);
    }
}

TEST_CASE("net: params may be absent; a request without an id is a notification", "[net]") {
  auto call = one(R"({"jsonrpc":"2.0","method":"user.me","id":1})");
  CHECK_FALSE(call.error);
  CHECK(call.params == json::object());
  auto notification = one(R"({"jsonrpc":"2.0","method":"chat.typing","params":{}})");
  CHECK(notification.is_notification);
  CHECK_FALSE(notification.error);
}

TEST_CASE("net: texts that aren't requests get the specification's codes", "[net]") {
  struct bad {
    std::string text;
    int code;
    json id = nullptr;
  };
  std::vector<bad> table{
      {"", rpc_parse_error},
      {" ", rpc_parse_error},
      {"{", rpc_parse_error},
      {"nul", rpc_parse_error},
      {"{}x", rpc_parse_error},
      {"{} {}", rpc_parse_error},
      {"{'a':1}", rpc_parse_error},
      {R"({"a":1,})", rpc_parse_error},
      {R"({"a":01})", rpc_parse_error},
      {R"({"a":NaN})", rpc_parse_error},
      {R"({"a":1e999})", rpc_parse_error},
      {R"({"a":"\ud800"})", rpc_parse_error},
      {"{\"a\":\"\xff\"}", rpc_parse_error},
      {"{\"a\":\"\xed\xa0\x80\"}", rpc_parse_error},
      {"{\"a\":\"\n\"}", rpc_parse_error},
      {"// comment\n{}", rpc_parse_error},
      {"1", rpc_invalid_request},
      {"\"x\"", rpc_invalid_request},
      {"null", rpc_invalid_request},
      {"[]", rpc_invalid_request},
      {"{}", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","id":1})", rpc_invalid_request, 1},
      {R"({"method":"a","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"1.0","method":"a","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":2.0,"method":"a","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","method":1,"id":"x"})", rpc_invalid_request, "x"},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"extra":2})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","result":"a","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","method":"a","id":1.5})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":{}})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":[1]})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":true})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":")" + std::string(65, 'i') + "\"}", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":")" + std::string(65, 'm') + R"(","id":1})", rpc_invalid_request, 1},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":[1]})", -32602, 1},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":null})", -32602, 1},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":"x"})", -32602, 1},
      // ambiguous or lossy, though JSON
      {R"({"jsonrpc":"2.0","method":"a","method":"b","id":1})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"a":{"k":1,"k":1}}})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"n":18446744073709551616}})", rpc_invalid_request},
      {R"({"jsonrpc":"2.0","method":"a","id":1,"params":{"n":-9223372036854775809}})", rpc_invalid_request},
      // over a bound
      {nested(17), rpc_code(errc::too_large)},
      {nested(100'000), rpc_code(errc::too_large)},
      {"[" + std::string(60'000, ' ') + "1" +
           [] {
             std::string s;
             for (int i = 0; i < 20'001; ++i)
               s += ",1";
             return s;
           }() +
           "]",
       rpc_code(errc::too_large)},
      {std::string((1 << 20) + 1, ' '), rpc_code(errc::too_large)},
  };
  for (auto& row : table) {
    INFO(row.text.substr(0, 100));
    auto call = one(row.text);
    REQUIRE(call.error);
    CHECK(call.error->code == row.code);
    CHECK(call.id == row.id);
    CHECK_FALSE(call.is_notification);
    CHECK_FALSE(call.error->why.detail.empty());
  }
}

TEST_CASE("net: bytes that aren't MessagePack requests get the same codes", "[net]") {
  struct bad {
    const char* what;
    std::string_view bytes;
    int code;
  };
  for (auto& row : std::vector<bad>{
           {"nothing", "", rpc_parse_error},
           {"never used", "c1", rpc_parse_error},
           {"map without content", "81", rpc_parse_error},
           {"map with a key only", "81 a1 61", rpc_parse_error},
           {"text cut short", "a5 61", rpc_parse_error},
           {"two documents", "80 80", rpc_parse_error},
           {"array of 2^32-1", "dd ff ff ff ff", rpc_parse_error},
           {"map of 2^32-1", "df ff ff ff ff", rpc_parse_error},
           {"text of 2^32-1", "db ff ff ff ff 61", rpc_parse_error},
           {"binary of 2^32-1", "c6 ff ff ff ff", rpc_parse_error},
           {"extension of 2^32-1", "c9 ff ff ff ff 00", rpc_parse_error},
           {"text not UTF-8", "81 a1 61 a1 ff", rpc_parse_error},
           {"key not UTF-8", "81 a1 ff 01", rpc_parse_error},
           {"key a number", "81 01 01", rpc_invalid_request},
           {"key nil", "81 c0 01", rpc_invalid_request},
           {"key a map", "81 80 01", rpc_invalid_request},
           {"key an array", "81 90 01", rpc_invalid_request},
           {"key binary", "81 c4 01 61 01", rpc_invalid_request},
           {"key a float", "81 ca 00 00 00 00 01", rpc_invalid_request},
           {"binary value", "81 a1 61 c4 01 00", rpc_invalid_request},
           {"extension value", "81 a1 61 d4 01 00", rpc_invalid_request},
           {"time stamp", "81 a1 61 d6 ff 00 00 00 00", rpc_invalid_request},
           {"key twice", "82 a1 61 01 a1 61 02", rpc_invalid_request},
           {"infinite", "81 a1 61 cb 7f f0 00 00 00 00 00 00", rpc_invalid_request},
           {"not a number", "81 a1 61 ca 7f c0 00 00", rpc_invalid_request},
           {"a number", "01", rpc_invalid_request},
           {"nil", "c0", rpc_invalid_request},
           {"no batch", "90", rpc_invalid_request},
           {"17 deep", "91919191919191919191919191919191 91 c0", rpc_code(errc::too_large)},
       }) {
    INFO(row.what);
    auto call = one(codec::msgpack, hex(row.bytes));
    REQUIRE(call.error);
    CHECK(call.error->code == row.code);
    CHECK(call.id.is_null());
  }
  // Nested arrays that each promise 65,535 elements: refused by depth, before memory is spent on promises.
  bytes bomb;
  for (int i = 0; i < 300'000; ++i)
    bomb.insert(bomb.end(), {0xdc, 0xff, 0xff});
  CHECK(one(codec::msgpack, bomb).error->code == rpc_code(errc::too_large));
  bytes wide{0xdd, 0x00, 0x0f, 0x00, 0x00};
  wide.resize(900'000, 0xc0);
  CHECK(one(codec::msgpack, wide).error->code == rpc_code(errc::too_large));
}

TEST_CASE("net: a batch mixes good and bad calls, in order", "[net]") {
  auto text = R"([{"jsonrpc":"2.0","method":"a","id":1}, 5, {"jsonrpc":"2.0","method":"b"}, {"id":"x"}, []])";
  for (auto c : {codec::json, codec::msgpack}) {
    auto message = decode_rpc(c, encode_document(c, json::parse(text)));
    CHECK(message.is_batch);
    REQUIRE(message.calls.size() == 5);
    CHECK(message.calls[0].method == "a");
    CHECK(message.calls[1].error->code == rpc_invalid_request);
    CHECK(message.calls[2].is_notification);
    CHECK(message.calls[3].error->code == rpc_invalid_request);
    CHECK(message.calls[3].id == "x");
    CHECK(message.calls[4].error);
  }
  json large = json::array();
  for (int i = 0; i < 51; ++i)
    large.push_back(request(i, "a", json::object()));
  auto refused = decode_rpc(codec::json, encode_document(codec::json, large));
  CHECK_FALSE(refused.is_batch);
  REQUIRE(refused.calls.size() == 1);
  CHECK(refused.calls[0].error->why.code == errc::too_large);
  large.erase(50);
  CHECK(decode_rpc(codec::json, encode_document(codec::json, large)).calls.size() == 50);
}

TEST_CASE("net: the bounds are exact [I12]", "[net]") {
  rpc_limits bounds;
  bounds.depth_max = 3;
  bounds.values_max = 4;
  bounds.message_bytes_max = 20;
  auto code = [&](std::string_view text) {
    auto r = decode_document(codec::json, view_of(text), bounds);
    return r ? std::string("fine") : std::string(to_name(r.why().code));
  };
  CHECK(code("[[[1]]]") == "fine");
  CHECK(code("[[[[]]]]") == "too_large");
  CHECK(code("[1,1,1]") == "fine");
  CHECK(code("[1,1,1,1]") == "too_large");
  CHECK(code("[" + std::string(18, ' ') + "]") == "fine");
  CHECK(code("[" + std::string(19, ' ') + "]") == "too_large");
}

TEST_CASE("net: errors carry type, field, rule, sanction and retry, and read back", "[net]") {
  refusal why{errc::sanctioned, "publishing is suspended", {"cn-2014", "8.2", "b"}, "", "snc_1", 0};
  auto document = make_error(7, why);
  CHECK(document == json::parse(R"({"jsonrpc":"2.0","id":7,"error":{"code":-32012,"message":"sanctioned","data":{
    "type":"sanctioned","detail":"publishing is suspended","sanction":"snc_1",
    "rule":{"charter":"cn-2014","article":"8.2","item":"b"}}}})"));
  for (std::uint64_t code = 1; is_enumerator<errc>(code); ++code) {
    refusal each{static_cast<errc>(code), "why", {}, code % 2 ? "limit" : "", "", static_cast<std::int64_t>(code * 10)};
    rpc_error back;
    for (auto c : {codec::json, codec::msgpack}) {
      auto sent = decode_document(c, encode_document(c, make_error("id", each)));
      REQUIRE(sent);
      REQUIRE(parse_error_object((*sent)["error"], back));
      CHECK(back.why == each);
      CHECK(back.code == rpc_code(each.code));
    }
  }
  CHECK(make_error(1, method_not_found("no.such"))["error"]["code"] == -32601);
  CHECK(make_error(1, method_not_found("no.such"))["error"]["data"]["type"] == "not_found");
  rpc_error out;
  for (auto text : {"1", "{}", R"({"code":1})", R"({"code":1,"data":{}})", R"({"code":1,"data":{"type":"nonsense"}})",
                    R"({"code":"1","data":{"type":"conflict"}})"})
    CHECK_FALSE(parse_error_object(json::parse(text), out));
}

TEST_CASE("net: results and notifications have the specification's members", "[net]") {
  CHECK(make_result("a", {{"n", 1}}) == json::parse(R"({"jsonrpc":"2.0","id":"a","result":{"n":1}})"));
  CHECK(make_notification("post.published", {{"n", 1}}) ==
        json::parse(R"({"jsonrpc":"2.0","method":"post.published","params":{"n":1}})"));
}

TEST_CASE("net: encoding never throws, whatever bytes a text holds", "[net]") {
  json document = {{"text", "\xff\xfe"}};
  CHECK(is_utf8(encode_document(codec::json, document)));
}

TEST_CASE("net: random documents come back equal from both encodings", "[net]") {
  auto seed = std::random_device{}();
  if (auto* given = std::getenv("SEED"))
    seed = static_cast<unsigned>(std::strtoul(given, nullptr, 10));
  INFO("SEED=" << seed);
  std::mt19937_64 random(seed);
  auto make = [&](auto&& self, int depth) -> json {
    switch (random() % (depth > 0 ? 8 : 6)) {
      case 0: return nullptr;
      case 1: return random() % 2 == 0;
      case 2: return random() >> random() % 64;
      case 3: return -static_cast<std::int64_t>(random() >> (1 + random() % 63));
      case 4: return static_cast<double>(random() % 1'000'003) / 64.0;
      case 5: return std::string(random() % 40, static_cast<char>('a' + random() % 26)) + "国\n\"\\\x01";
      case 6: {
        json list = json::array();
        for (auto n = random() % 5; n > 0; --n)
          list.push_back(self(self, depth - 1));
        return list;
      }
      default: {
        json map = json::object();
        for (auto n = random() % 5; n > 0; --n)
          map["k" + std::to_string(random() % 1000)] = self(self, depth - 1);
        return map;
      }
    }
  };
  for (int i = 0; i < 500; ++i) {
    auto document = make(make, 6);
    for (auto c : {codec::json, codec::msgpack}) {
      auto wire = encode_document(c, document);
      auto back = decode_document(c, wire);
      REQUIRE(back);
      CHECK(*back == document);
      // One flipped byte may give another document or a refusal, and never anything worse.
      wire[random() % wire.size()] ^= static_cast<std::uint8_t>(1 + random() % 255);
      (void)decode_rpc(c, wire);
    }
  }
}
