// Pages that are kept: which are found again, when one is still good, and how many there are.

#include "net/page_cache.hpp"

#include <catch2/catch.hpp>

#include "domain/policies.hpp"

using namespace charter;
using namespace charter::net;
using namespace std::chrono_literals;

namespace {

kept_page page_of(std::size_t size) {
  kept_page page;
  page.response.body = std::make_shared<const bytes>(size);
  return page;
}

std::string path_of(int i) { return "/@" + std::to_string(i); }

} // namespace

TEST_CASE("page cache: what a page was made of decides whether it is still good", "[gateway]") {
  page_basis made{7, std::make_shared<const policy_view>(), std::chrono::sys_seconds{100s}};
  CHECK(made == page_basis{made});
  CHECK(made != page_basis{8, made.policy, made.second});
  CHECK(made != page_basis{7, std::make_shared<const policy_view>(), made.second});
  CHECK(made != page_basis{7, made.policy, made.second + 1s});
}

TEST_CASE("page cache: the last one made for a path is the one that is found", "[gateway]") {
  page_cache cache;
  CHECK_FALSE(cache.find("/@a"));
  cache.keep("/@a", page_of(1));
  auto held = cache.find("/@a");
  cache.keep("/@a", page_of(2));
  REQUIRE(cache.find("/@a"));
  CHECK(cache.find("/@a")->response.body->size() == 2);
  CHECK(held->response.body->size() == 1); // who holds one may go on with it
  CHECK_FALSE(cache.find("/@a/feed.atom"));
  CHECK(cache.size() == 1);
  CHECK(cache.bytes_kept() == 2);
}

TEST_CASE("page cache: many pages and large ones push out the oldest [I12]", "[gateway]") {
  page_cache cache;
  for (int i = 0; i < 5'000; ++i)
    cache.keep(path_of(i), page_of(10));
  CHECK(cache.size() == 1'024);
  CHECK(cache.bytes_kept() == 10'240);
  CHECK(cache.find(path_of(4'999)));
  CHECK_FALSE(cache.find(path_of(0)));
  for (int i = 0; i < 20; ++i)
    cache.keep(path_of(i), page_of(1 << 20));
  CHECK(cache.bytes_kept() <= 16 << 20);
  CHECK(cache.find(path_of(19)));
  cache.keep("/@large", page_of(5 << 20));
  CHECK_FALSE(cache.find("/@large"));
}
