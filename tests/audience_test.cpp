// Who hears a stream, as lists that pushes share.

#include <catch2/catch.hpp>

#include "net/gateway_state.hpp"

using namespace charter;
using namespace charter::net;

TEST_CASE("audience: first and last of each codec are told, and lists keep the order in which they came", "[gateway]") {
  audience heard;
  CHECK(heard.empty());
  CHECK(heard.add(net::codec::json, 1));
  CHECK_FALSE(heard.add(net::codec::json, 2));
  CHECK(heard.add(net::codec::msgpack, 9));
  for (session_number who = 3; who <= 6; ++who)
    heard.add(net::codec::json, who);
  auto before = heard.sessions(net::codec::json);
  CHECK(*before == session_list{1, 2, 3, 4, 5, 6});
  CHECK(heard.sessions(net::codec::json) == before);
  CHECK_FALSE(heard.remove(net::codec::json, 4));
  CHECK_FALSE(heard.remove(net::codec::json, 1));
  heard.add(net::codec::json, 7);
  CHECK(*heard.sessions(net::codec::json) == session_list{2, 3, 5, 6, 7});
  CHECK(*before == session_list{1, 2, 3, 4, 5, 6});
  CHECK_FALSE(heard.empty(net::codec::msgpack));
  CHECK(heard.remove(net::codec::msgpack, 9));
  CHECK(heard.empty(net::codec::msgpack));
  CHECK_FALSE(heard.empty());
}

TEST_CASE("audience: whoever leaves and comes again is in it once, and all may leave one by one", "[gateway]") {
  audience heard;
  for (session_number who = 1; who <= 100; ++who)
    heard.add(net::codec::json, who);
  heard.remove(net::codec::json, 50);
  heard.add(net::codec::json, 50);
  CHECK(std::ranges::count(*heard.sessions(net::codec::json), 50u) == 1);
  heard.remove(net::codec::json, 50);
  CHECK(heard.sessions(net::codec::json)->size() == 99);
  heard.add(net::codec::json, 50);
  CHECK(heard.sessions(net::codec::json)->back() == 50);
  for (session_number who = 1; who < 100; ++who)
    REQUIRE_FALSE(heard.remove(net::codec::json, who));
  CHECK(heard.remove(net::codec::json, 100));
  CHECK(heard.empty());
  CHECK(heard.add(net::codec::json, 1));
  CHECK(*heard.sessions(net::codec::json) == session_list{1});
}
