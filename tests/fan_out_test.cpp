// Pushes to many sockets, a few at a time: everybody gets everything in order, and what comes meanwhile joins.

#include "net/fan_out.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>

#include <catch2/catch.hpp>

using namespace charter::net;

namespace {

using audience_list = std::shared_ptr<const std::vector<session_number>>;

audience_list audience_of(std::size_t sockets, session_number first = 1) {
  auto list = std::make_shared<std::vector<session_number>>(sockets);
  for (auto& number : *list)
    number = first++;
  return list;
}

publish_task push_of(std::uint64_t stream, std::uint64_t number, audience_list to, std::size_t bytes = 3) {
  auto frames =
      make_frame(opcode::text, std::vector<std::uint8_t>(bytes, static_cast<std::uint8_t>('0' + number % 10)));
  return {{frames, stream, number, number}, std::move(to)};
}

struct sent {
  std::uint64_t stream, first, last;
  std::size_t bytes;
  bool operator==(const sent&) const = default;
};
std::ostream& operator<<(std::ostream& out, const sent& s) {
  return out << s.stream << ": " << s.first << "-" << s.last << ", " << s.bytes << " B";
}

/// Just one when the environment has SEED.
std::vector<std::uint64_t> seeds(std::size_t count) {
  if (auto given = std::getenv("SEED"))
    return {std::strtoull(given, nullptr, 10)};
  std::vector<std::uint64_t> all(count);
  for (std::size_t i = 0; i < count; ++i)
    all[i] = i + 1;
  return all;
}

/// What each socket was sent, in order.
struct sockets {
  std::map<session_number, std::vector<sent>> of;
  std::map<session_number, charter::bytes> wire;
  std::size_t sends = 0;
  fan_out all{[this](session_number to, const push& what) {
    of[to].push_back({what.stream, what.first, what.last, what.frames->plain()->size()});
    auto& plain = *what.frames->plain();
    wire[to].insert(wire[to].end(), plain.begin(), plain.end());
    ++sends;
  }};
  void finish() {
    while (!all.idle())
      all.advance(1'000);
  }
};

} // namespace

TEST_CASE("fan-out: what waits together is one buffer, and others' stay theirs [I4]", "[net]") {
  sockets s;
  auto some = audience_of(1);
  for (auto [stream, number] : {std::pair{1, 4}, {2, 9}, {1, 5}, {1, 6}})
    s.all.add(push_of(static_cast<std::uint64_t>(stream), static_cast<std::uint64_t>(number), some));
  s.finish();
  CHECK(s.of[1] == std::vector<sent>{{1, 4, 6, 15}, {2, 9, 9, 5}});
  CHECK(s.all.bytes() == 0);
}

TEST_CASE("fan-out: what comes on the way joins for those ahead; the others come round again [I4]", "[net]") {
  sockets s;
  auto everybody = audience_of(10);
  s.all.add(push_of(1, 1, everybody));
  s.all.advance(4);
  CHECK(s.sends == 4);
  s.all.add(push_of(1, 2, everybody));
  s.all.advance(6); // 5 to 10 get both
  CHECK(s.of[5] == std::vector<sent>{{1, 1, 2, 10}});
  CHECK(s.of[10] == std::vector<sent>{{1, 1, 2, 10}});
  CHECK(s.of[1] == std::vector<sent>{{1, 1, 1, 5}});
  s.all.advance(2); // 1 and 2 get the second
  s.all.add(push_of(1, 3, everybody));
  s.finish();
  CHECK(s.of[2] == std::vector<sent>{{1, 1, 1, 5}, {1, 2, 2, 5}, {1, 3, 3, 5}});
  CHECK(s.of[4] == std::vector<sent>{{1, 1, 1, 5}, {1, 2, 3, 10}});
  CHECK(s.of[7] == std::vector<sent>{{1, 1, 2, 10}, {1, 3, 3, 5}});
  CHECK(s.sends == 10 + 4 + 8);
}

TEST_CASE("fan-out: who comes joins what is pushed from then on, who left gets the rest of before [I4] [I11]",
          "[net]") {
  sockets s;
  auto list = [](std::vector<session_number> all) {
    return std::make_shared<const std::vector<session_number>>(std::move(all));
  };
  s.all.add(push_of(1, 1, list({1, 2, 3, 4, 5, 6})));
  s.all.advance(2); // 1 and 2 have it
  s.all.add(push_of(1, 2, list({2, 3, 5, 6, 7})));
  s.all.add(push_of(1, 3, list({2, 3, 5, 7, 8})));
  s.finish();
  CHECK(s.of[1] == std::vector<sent>{{1, 1, 1, 5}});
  CHECK(s.of[2] == std::vector<sent>{{1, 1, 1, 5}, {1, 2, 3, 10}});
  CHECK(s.of[3] == std::vector<sent>{{1, 1, 3, 15}});
  CHECK(s.of[4] == std::vector<sent>{{1, 1, 1, 5}});
  CHECK(s.of[5] == std::vector<sent>{{1, 1, 3, 15}});
  CHECK(s.of[6] == std::vector<sent>{{1, 1, 2, 10}});
  CHECK(s.of[7] == std::vector<sent>{{1, 2, 3, 10}});
  CHECK(s.of[8] == std::vector<sent>{{1, 3, 3, 5}});
  CHECK(s.all.bytes() == 0);
}

TEST_CASE("fan-out: lists in another order lose nothing, and what only those who left lack is kept once [I4] [I12]",
          "[net]") {
  sockets s;
  auto list = [](std::vector<session_number> all) {
    return std::make_shared<const std::vector<session_number>>(std::move(all));
  };
  s.all.add(push_of(1, 4, list({1, 2, 3})));
  s.all.add(push_of(1, 5, list({4})));
  CHECK(s.all.bytes() == 2 * 5);
  s.all.add(push_of(1, 6, list({3, 2, 4})));
  s.all.add(push_of(1, 7, list({4, 2, 3})));
  s.finish();
  CHECK(s.of[1] == std::vector<sent>{{1, 4, 4, 5}});
  CHECK(s.of[4].front().first == 5);
  for (session_number who : {2, 3, 4}) {
    auto& got = s.of[who];
    CHECK(got.back().last == 7);
    CHECK(std::ranges::count_if(got, [](const sent& x) { return x.first <= 6 && 6 <= x.last; }) == 1);
  }
  CHECK(s.all.bytes() == 0);
}

TEST_CASE("fan-out: a crowd that comes while a stream is under way costs nobody a send of their own", "[net]") {
  sockets s;
  std::vector<session_number> all(1'000);
  for (session_number i = 0; i < all.size(); ++i)
    all[i] = i + 1;
  for (std::uint64_t number = 1; number <= 10; ++number) {
    s.all.add(push_of(1, number, std::make_shared<const std::vector<session_number>>(all)));
    s.all.advance(10);
    all.push_back(all.size() + 1);
  }
  s.finish();
  CHECK(s.sends <= 1'009 + 10 * 10);
}

TEST_CASE("fan-out: says since when what is next has been on its way", "[net]") {
  sockets s;
  monotonic start{std::chrono::hours{1}};
  auto some = audience_of(2);
  s.all.add(push_of(1, 1, some), start);
  s.all.add(push_of(1, 2, some), start + std::chrono::seconds{1});
  CHECK(s.all.oldest() == start);
  s.all.advance(1);
  s.all.add(push_of(1, 3, some), start + std::chrono::seconds{2});
  s.all.advance(1);
  CHECK(s.all.oldest() == start + std::chrono::seconds{2});
}

TEST_CASE("fan-out: nothing joins over a hole, or something without a number [I4] [I11]", "[net]") {
  sockets s;
  auto some = audience_of(1);
  SECTION("hole") {
    s.all.add(push_of(1, 4, some));
    s.all.add(push_of(1, 6, some));
    s.finish();
    CHECK(s.of[1] == std::vector<sent>{{1, 4, 4, 5}, {1, 6, 6, 5}});
  }
  SECTION("no number") {
    s.all.add(push_of(1, 4, some));
    s.all.add(push_of(1, 0, some));
    s.all.add(push_of(1, 5, some));
    s.finish();
    CHECK(s.of[1] == std::vector<sent>{{1, 4, 4, 5}, {1, 0, 0, 5}, {1, 5, 5, 5}});
  }
}

TEST_CASE("fan-out: a joined push has a bound [I12]", "[net]") {
  sockets s;
  auto some = audience_of(1);
  s.all.add(push_of(1, 1, some, 40'000));
  s.all.add(push_of(1, 2, some, 30'000));
  s.all.add(push_of(1, 3, some));
  s.finish();
  CHECK(s.of[1] == std::vector<sent>{{1, 1, 1, 40'004}, {1, 2, 3, 30'009}});
}

TEST_CASE("fan-out: a large audience doesn't hold up a small one [I12]", "[net]") {
  sockets s;
  s.all.add(push_of(1, 1, audience_of(10'000)));
  s.all.add(push_of(2, 1, audience_of(1, 20'000)));
  s.all.advance(64);
  CHECK(s.of[20'000].size() == 1);
  CHECK(s.sends == 64);
  s.finish();
  CHECK(s.sends == 10'001);
}

TEST_CASE("fan-out: nobody to push to is nothing to do", "[net]") {
  sockets s;
  s.all.add(push_of(1, 1, audience_of(0)));
  CHECK(s.all.idle());
  CHECK(s.all.bytes() == 0);
}

TEST_CASE("fan-out: whatever comes when, each socket gets all of its streams, in order, byte for byte [I4]", "[net]") {
  for (auto seed : seeds(200)) {
    INFO("SEED=" << seed);
    std::mt19937_64 random{seed};
    auto up_to = [&](std::size_t most) { return random() % (most + 1); };
    sockets s;
    std::vector<audience_list> audiences{audience_of(1 + up_to(40)), audience_of(1 + up_to(40), 10),
                                         audience_of(3, 30)};
    std::map<std::uint64_t, audience_list> listens;
    std::map<std::uint64_t, std::uint64_t> last;
    std::map<session_number, std::map<std::uint64_t, std::vector<std::uint64_t>>> expected; // by stream
    std::map<session_number, std::size_t> bytes;
    for (int i = 0; i < 60; ++i) {
      auto stream = up_to(2);
      auto& to = listens[stream];
      if (!to || up_to(9) == 0) {
        to = audiences[up_to(2)];
      } else if (up_to(2) == 0) { // some leave, some come
        auto changed = *to;
        std::erase_if(changed, [&](session_number) { return up_to(9) == 0; });
        for (auto count = up_to(3); count > 0; --count)
          if (session_number who = 50 + up_to(30); std::ranges::count(changed, who) == 0)
            changed.push_back(who);
        if (!changed.empty())
          to = std::make_shared<const std::vector<session_number>>(std::move(changed));
      }
      auto number = up_to(9) == 0 ? 0 : ++last[stream];
      auto size = up_to(20) == 0 ? 40'000 : 1 + up_to(100);
      auto task = push_of(stream, number, to, size);
      for (auto socket : *to) {
        expected[socket][stream].push_back(number);
        bytes[socket] += task.what.frames->plain()->size();
      }
      s.all.add(std::move(task));
      s.all.advance(up_to(30));
    }
    s.finish();
    CHECK(s.all.bytes() == 0);
    for (auto& [socket, streams] : expected) {
      std::map<std::uint64_t, std::vector<std::uint64_t>> got;
      for (auto& one : s.of[socket]) {
        for (auto number = one.first; number <= one.last; ++number)
          got[one.stream].push_back(number);
      }
      REQUIRE(got == streams);
      REQUIRE(s.wire[socket].size() == bytes[socket]);
    }
  }
}
