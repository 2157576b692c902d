// What the load generator holds a server to. A check that can't fail proves nothing: each is shown a history that is
// broken in its way, and one beside it that isn't.

#include <catch2/catch.hpp>

#include "apps/load/command_checker.hpp"
#include "apps/load/stream_checker.hpp"

using namespace charter;
using namespace charter::load;
using namespace std::chrono_literals;

namespace {

const stream_checker::instant start{};

/// Listens since the head was `last`.
stream_checker listening(std::uint64_t last) {
  stream_checker s;
  s.connected();
  REQUIRE_FALSE(s.head(last, start));
  return s;
}

constexpr stream_number account = 7;

std::vector<int> invariants_of(const command_checker::findings& all) {
  std::vector<int> out;
  for (auto& f : all)
    out.push_back(f.invariant);
  return out;
}

using broken = std::vector<int>;

} // namespace

// -- streams [I4] -----------------------------------------------------------------------------

TEST_CASE("load: a prefix in order is fine", "[load]") {
  auto s = listening(3);
  for (std::uint64_t n : {4, 5, 6})
    CHECK_FALSE(s.pushed(n, start));
  CHECK_FALSE(s.has_untold_hole());
  CHECK_FALSE(s.has_missing());
  CHECK_FALSE(s.ended(6));
}

TEST_CASE("load: what the head counts already may be pushed, too", "[load]") {
  auto s = listening(5);
  CHECK_FALSE(s.pushed(5, start));
  CHECK_FALSE(s.pushed(6, start));
  stream_checker early;
  early.connected();
  CHECK_FALSE(early.pushed(5, start)); // before the head is known
  CHECK_FALSE(early.pushed(6, start));
  CHECK_FALSE(early.head(5, start));
  CHECK_FALSE(early.has_untold_hole());
}

TEST_CASE("load: a repeat is found, and an item out of order", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(4, start));
  CHECK(s.pushed(4, start) == "4 came twice");
  CHECK_FALSE(s.pushed(5, start));
  CHECK(s.pushed(4, start) == "4 came after 5");
}

TEST_CASE("load: a hole that nobody tells of is found, once its time is up", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(6, start));
  CHECK(s.has_untold_hole());
  CHECK_FALSE(s.overdue(start + 4s, 5s));
  CHECK(s.overdue(start + 6s, 5s) == "4 to 5 never came, and nobody told");
  CHECK_FALSE(s.overdue(start + 60s, 5s));
  CHECK(s.take_missing() == std::vector<number_range>{{4, 5}});
}

TEST_CASE("load: a hole between the head and the first push is found", "[load]") {
  stream_checker s;
  s.connected();
  CHECK_FALSE(s.pushed(9, start));
  CHECK_FALSE(s.head(6, start));
  CHECK(s.overdue(start + 6s, 5s) == "7 to 8 never came, and nobody told");
}

TEST_CASE("load: a gap that is told may come before or after the hole shows", "[load]") {
  auto after = listening(3);
  CHECK_FALSE(after.pushed(8, start));
  after.told(number_range{4, 7});
  CHECK_FALSE(after.has_untold_hole());
  CHECK(after.take_missing() == std::vector<number_range>{{4, 7}});

  auto before = listening(3);
  before.told(number_range{4, 7});
  CHECK_FALSE(before.pushed(8, start));
  CHECK_FALSE(before.has_untold_hole());
  CHECK_FALSE(before.ended(8));

  auto half = listening(3);
  CHECK_FALSE(half.pushed(8, start));
  half.told(number_range{5, 6});
  CHECK(half.overdue(start + 6s, 5s) == "4 never came, and nobody told");
  CHECK(half.overdue(start + 6s, 5s) == "7 never came, and nobody told");
}

TEST_CASE("load: a gap without numbers covers what is missing, and the next hole", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(5, start));
  s.told({});
  CHECK_FALSE(s.pushed(9, start));
  CHECK_FALSE(s.has_untold_hole());
  CHECK(s.take_missing() == std::vector<number_range>{{4, 4}, {6, 8}});
  CHECK_FALSE(s.pushed(12, start));
  CHECK(s.has_untold_hole());
}

TEST_CASE("load: what was asked for has to be there, whole and in order", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.caught_up({4, 6}, {4, 5, 6}));
  CHECK(s.caught_up({4, 6}, {4, 6}));
  CHECK(s.caught_up({4, 6}, {4, 5}));
  CHECK(s.caught_up({4, 6}, {}));
  CHECK(s.caught_up({4, 6}, {4, 5, 5, 6}));
}

TEST_CASE("load: who comes back asks for what was missed", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(4, start));
  s.connected();
  CHECK_FALSE(s.head(7, start));
  CHECK(s.take_missing() == std::vector<number_range>{{5, 7}});
  CHECK_FALSE(s.pushed(7, start)); // again, on a new connection
  CHECK_FALSE(s.pushed(8, start));
  CHECK_FALSE(s.ended(8));

  s.connected();
  CHECK_FALSE(s.pushed(10, start)); // before the head is known: only 9 was missed
  CHECK_FALSE(s.head(10, start));
  CHECK(s.take_missing() == std::vector<number_range>{{9, 9}});
}

TEST_CASE("load: a head that goes back is found", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(4, start));
  s.connected();
  CHECK(s.head(2, start));
}

TEST_CASE("load: a newest item that never came is found at the end", "[load]") {
  auto s = listening(3);
  CHECK_FALSE(s.pushed(4, start));
  CHECK(s.ended(6) == "5 to 6 never came, although it is the newest");
  stream_checker offline;
  CHECK_FALSE(offline.ended(6));
}

// -- sanctions [I2] ---------------------------------------------------------------------------

TEST_CASE("load: a post accepted under an acknowledged suspension is found", "[load]") {
  command_checker c;
  c.suspended(account, "snc_1");
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  CHECK(invariants_of(c.accepted(post, 1)) == broken{2});
  auto correction = c.begin(command_kind::correct, account);
  c.sent(correction);
  CHECK(invariants_of(c.accepted(correction, 1)) == broken{2});
}

TEST_CASE("load: it is found as well when only a reader sees it", "[load]") {
  command_checker c;
  c.suspended(account, "snc_1");
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  CHECK(invariants_of(c.pushed(post, account, 1)) == broken{2});
}

TEST_CASE("load: what was on its way when a suspension began or ended may go both ways", "[load]") {
  command_checker c;
  auto before = c.begin(command_kind::publish, account);
  c.sent(before);
  c.suspended(account, "snc_1");
  CHECK(c.accepted(before, 1).empty());

  auto during = c.begin(command_kind::publish, account);
  c.sent(during);
  c.lifting(account);
  CHECK(c.accepted(during, 2).empty());

  c.suspended(account, "snc_2");
  auto refused = c.begin(command_kind::publish, account);
  c.sent(refused);
  CHECK(c.refused(refused, errc::sanctioned).empty());
  c.lifting(account);
  c.sent(refused);
  CHECK(c.accepted(refused, 3).empty()); // a refusal leaves nothing behind

  auto elsewhere = c.begin(command_kind::publish, account + 1);
  c.sent(elsewhere);
  CHECK(c.accepted(elsewhere, 1).empty());
}

// -- repeats [I3] -----------------------------------------------------------------------------

TEST_CASE("load: a command that took effect twice is found", "[load]") {
  command_checker c;
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  c.sent(post);
  CHECK(c.accepted(post, 1).empty());
  CHECK(invariants_of(c.accepted(post, 2)) == broken{3});

  auto other = c.begin(command_kind::publish, account);
  c.sent(other);
  CHECK(c.accepted(other, 3).empty());
  CHECK(c.pushed(other, account, 3).empty());
  CHECK(invariants_of(c.pushed(other, account, 4)) == broken{3});
}

TEST_CASE("load: two commands with one number are found", "[load]") {
  command_checker c;
  auto one = c.begin(command_kind::publish, account);
  auto other = c.begin(command_kind::publish, account);
  c.sent(one);
  c.sent(other);
  CHECK(c.accepted(one, 1).empty());
  CHECK(invariants_of(c.accepted(other, 1)) == broken{3});
}

TEST_CASE("load: a repeat that is refused although the first took effect is found", "[load]") {
  command_checker c;
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  c.sent(post);
  c.sent(post);
  CHECK(c.accepted(post, 1).empty());
  CHECK(c.refused(post, errc::unavailable).empty()); // decides nothing
  CHECK(invariants_of(c.refused(post, errc::conflict)) == broken{3});
}

TEST_CASE("load: a command that was refused and took effect all the same is found", "[load]") {
  command_checker c;
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  CHECK(c.refused(post, errc::sanctioned).empty());
  CHECK(invariants_of(c.pushed(post, account, 1)) == broken{3});

  auto lost = c.begin(command_kind::publish, account);
  c.sent(lost);
  c.lost(lost); // took effect or not: nobody can know yet
  CHECK(c.pushed(lost, account, 2).empty());
  c.sent(lost);
  CHECK(c.accepted(lost, 2).empty());
  CHECK(c.last_number(account) == 2);
}

TEST_CASE("load: the same answer again is fine, and so are corrections of one post", "[load]") {
  command_checker c;
  auto post = c.begin(command_kind::publish, account);
  c.sent(post);
  c.sent(post);
  CHECK(c.accepted(post, 1).empty());
  CHECK(c.accepted(post, 1).empty());
  for (int i = 0; i < 2; ++i) {
    auto correction = c.begin(command_kind::correct, account);
    c.sent(correction);
    CHECK(c.accepted(correction, 1).empty());
  }
  CHECK(c.pushed(99, account, 5).empty()); // of no run that we know
}
