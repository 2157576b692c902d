#include <catch2/catch.hpp>

#include "net/admission.hpp"
#include "net/deadline_wheel.hpp"
#include "net/outbox.hpp"
#include "net/rate_limiter.hpp"

using namespace charter;
using namespace charter::net;
using namespace std::chrono_literals;

namespace {

const auto start = monotonic{} + 1h;

} // namespace

TEST_CASE("net: a bucket gives its burst, then its rate [I12]", "[net]") {
  rate_bucket bucket;
  const rate r{10, 5};
  for (int i = 0; i < 5; ++i)
    CHECK(bucket.take(start, r).count() == 0);
  CHECK(bucket.take(start, r) == 100ms);
  CHECK(bucket.take(start + 99ms, r) == 1ms);
  CHECK(bucket.take(start + 100ms, r).count() == 0);
  CHECK(bucket.take(start + 100ms, r) == 100ms);
  // Idle time fills it up to the burst and no further.
  int taken = 0;
  while (bucket.take(start + 1h, r).count() == 0)
    ++taken;
  CHECK(taken == 5);
}

TEST_CASE("net: refusals cost nothing", "[net]") {
  rate_bucket bucket;
  const rate r{1, 1};
  CHECK(bucket.take(start, r).count() == 0);
  for (int i = 0; i < 1000; ++i)
    CHECK(bucket.take(start, r) == 1s);
  CHECK(bucket.take(start + 1s, r).count() == 0);
}

TEST_CASE("net: what is charged may be more than there is, and is owed then", "[net]") {
  rate_bucket bucket;
  const rate r{10, 5};
  bucket.charge(start, r, 5);
  CHECK(bucket.take(start, r, 0).count() == 0);
  bucket.charge(start, r, 8);
  CHECK(bucket.take(start, r, 0) == 800ms);
  CHECK(bucket.take(start + 799ms, r, 0) == 1ms);
  CHECK(bucket.take(start + 800ms, r, 0).count() == 0);
  CHECK(bucket.take(start + 800ms, r, 1) == 100ms);
  rate_limiter all(r, 10);
  all.charge("a", start, 6);
  CHECK(all.take("a", start, 0) == 100ms);
  CHECK(all.take("b", start, 0).count() == 0);
  rate_bucket unbounded;
  unbounded.charge(start, {}, 1e9);
  CHECK(unbounded.take(start, {}, 0).count() == 0);
}

TEST_CASE("net: a rate of zero is no limit", "[net]") {
  rate_bucket bucket;
  for (int i = 0; i < 1000; ++i)
    CHECK(bucket.take(start, {0, 1}).count() == 0);
}

TEST_CASE("net: several tokens at once", "[net]") {
  rate_bucket bucket;
  const rate r{10, 10};
  CHECK(bucket.take(start, r, 8).count() == 0);
  CHECK(bucket.take(start, r, 8) == 600ms);
  CHECK(bucket.take(start + 600ms, r, 8).count() == 0);
}

TEST_CASE("net: the limiter keeps keys apart", "[net]") {
  rate_limiter limiter({1, 2}, 100);
  CHECK(limiter.take("a", start).count() == 0);
  CHECK(limiter.take("a", start).count() == 0);
  CHECK(limiter.take("a", start).count() > 0);
  CHECK(limiter.take("b", start).count() == 0);
}

TEST_CASE("net: a flood of keys neither grows the limiter nor resets anybody [I12]", "[net]") {
  rate_limiter limiter({1, 1}, 10);
  for (int i = 0; i < 10; ++i)
    CHECK(limiter.take("key" + std::to_string(i), start).count() == 0);
  int admitted = 0;
  for (int i = 0; i < 1000; ++i)
    admitted += limiter.take("flood" + std::to_string(i), start).count() == 0;
  CHECK(admitted == 1);
  CHECK(limiter.size() == 10);
  CHECK(limiter.shared() == 1000);
  CHECK(limiter.take("key0", start).count() > 0);
  // Buckets that are full again make room.
  CHECK(limiter.take("newcomer", start + 2s).count() == 0);
  CHECK(limiter.size() == 10);
}

TEST_CASE("net: connections are bounded overall and per address [I12]", "[net]") {
  transport_limits bounds;
  bounds.connections_max = 5;
  bounds.connections_per_address_max = 2;
  using verdict = admission::verdict;
  admission door(bounds);
  CHECK(door.enter("10.0.0.1", false, start) == verdict::welcome);
  CHECK(door.enter("10.0.0.1", false, start) == verdict::welcome);
  CHECK(door.enter("10.0.0.1", false, start) == verdict::address_full);
  CHECK(door.enter("10.0.0.1", true, start) == verdict::welcome);
  door.leave("10.0.0.1");
  door.leave("10.0.0.1");
  CHECK(door.enter("10.0.0.1", false, start) == verdict::welcome);
  // A /64 counts as one.
  CHECK(door.enter("2001:db8:1:2::1", false, start) == verdict::welcome);
  CHECK(door.enter("2001:db8:1:2:3:4:5:6", false, start) == verdict::welcome);
  CHECK(door.enter("2001:db8:1:2:ffff::1", false, start) == verdict::address_full);
  CHECK(door.enter("2001:db8:1:3::1", false, start) == verdict::welcome);
  CHECK(door.enter("10.0.0.2", true, start) == verdict::full);
}

TEST_CASE("net: an address can't hammer the door [I12]", "[net]") {
  transport_limits bounds;
  bounds.accepts_per_address = 1;
  bounds.accepts_burst = 2;
  using verdict = admission::verdict;
  admission door(bounds);
  for (int i = 0; i < 2; ++i) {
    CHECK(door.enter("10.0.0.1", false, start) == verdict::welcome);
    door.leave("10.0.0.1");
  }
  CHECK(door.enter("10.0.0.1", false, start) == verdict::address_too_fast);
  CHECK(door.enter("10.0.0.2", false, start) == verdict::welcome);
  CHECK(door.enter("10.0.0.1", false, start + 1s) == verdict::welcome);
}

TEST_CASE("net: the wheel never wakes late by more than two ticks, and never forgets", "[net]") {
  deadline_wheel wheel(start);
  std::vector<monotonic> when;
  for (std::uint64_t i = 0; i < 500; ++i) {
    when.push_back(start + std::chrono::milliseconds(i * 97 % 60'000));
    wheel.add(i, when.back());
  }
  std::vector<int> woken(when.size());
  for (auto now = start; now < start + 61s; now += 13ms)
    wheel.advance(now, [&](std::uint64_t key) {
      ++woken[key];
      CHECK(now >= when[key]);
      CHECK(now <= when[key] + 2 * deadline_wheel::tick + 13ms);
    });
  CHECK(std::count(woken.begin(), woken.end(), 1) == static_cast<std::ptrdiff_t>(woken.size()));
  CHECK(wheel.next() == monotonic::max());
}

TEST_CASE("net: the wheel brings distant deadlines up early, and survives a long pause", "[net]") {
  deadline_wheel wheel(start);
  wheel.add(1, start + 24h);
  int woken = 0;
  wheel.advance(start + 70s, [&](std::uint64_t) { ++woken; });
  CHECK(woken == 1);
  wheel.add(2, start + 71s);
  wheel.add(3, start); // in the past
  wheel.advance(start + 24h, [&](std::uint64_t) { ++woken; });
  CHECK(woken == 3);
  CHECK(wheel.next() == monotonic::max());
}

TEST_CASE("net: who sleeps until the wheel's next entry misses none", "[net]") {
  deadline_wheel wheel(start);
  std::vector<monotonic> when;
  monotonic first = monotonic::max();
  for (std::uint64_t i = 0; i < 50; ++i) {
    when.push_back(start + std::chrono::milliseconds(1 + i * 7'919 % 60'000));
    first = std::min(first, wheel.add(i, when.back()));
    CHECK(wheel.next() == first);
  }
  std::size_t woken = 0, sleeps = 0;
  for (auto now = wheel.next(); now != monotonic::max(); now = wheel.next(), ++sleeps)
    wheel.advance(now, [&](std::uint64_t key) {
      ++woken;
      CHECK(now >= when[key]);
      CHECK(now <= when[key] + 2 * deadline_wheel::tick);
    });
  CHECK(woken == 50);
  CHECK(sleeps <= 50);
}

TEST_CASE("net: the outbox hands out what waits, in order and once", "[net]") {
  transport_limits bounds;
  outbox box;
  auto piece = [](std::string_view s) { return std::make_shared<const bytes>(bytes_of(s)); };
  box.append(piece("abcdef"), 2, start, bounds);
  box.append(piece("ghi"), 3, start, bounds); // nothing left of it
  std::string expected = "cdef";
  for (int i = 0; i < 200; ++i) {
    box.append(piece("<" + std::to_string(i) + ">"), 0, start, bounds);
    expected += "<" + std::to_string(i) + ">";
  }
  std::string got;
  for (std::size_t turn = 1; !box.empty(); ++turn) {
    std::array<iovec, 3> parts;
    std::string front;
    for (auto& part : std::span(parts).first(box.gather(parts)))
      front.append(static_cast<const char*>(part.iov_base), part.iov_len);
    auto taken = std::min(front.size(), 1 + turn % 7);
    got += front.substr(0, taken);
    box.consume(taken);
    CHECK(box.bytes_waiting() == expected.size() - got.size());
  }
  CHECK(got == expected);
}

TEST_CASE("net: the outbox' deadline allows for what waits ahead, at the slowest rate [I12]", "[net]") {
  transport_limits bounds;
  bounds.outbox_age_max = 10s;
  bounds.outbox_rate_min = 1000;
  outbox box;
  auto second = std::make_shared<const bytes>(bytes(1000));
  box.append(second, 0, start, bounds);
  CHECK(box.deadline() == start + 11s);
  box.append(second, 0, start, bounds);
  box.consume(1000);
  CHECK(box.deadline() == start + 12s);
  box.consume(1000);
  box.append(second, 500, start + 1h, bounds);
  CHECK(box.deadline() == start + 1h + 10500ms);
}
