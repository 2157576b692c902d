// What a restriction stops, for how long, and how the refusal tells.

#include "domain/standing.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

restriction of_scope(sanction_scope scope, std::optional<timestamp> until = {}) {
  restriction r;
  r.sanction = cas("sanction");
  r.step = sanction_step::limit;
  r.scope = scope;
  r.from = noon;
  r.until = until;
  r.rule = {"cn-2014", "8.2", {}};
  return r;
}

bool forbidden(const restriction& r, post_kind kind, std::uint32_t posts_today = 0, timestamp now = noon) {
  return what_forbids({r}, kind, posts_today, now) != nullptr;
}

} // namespace

TEST_CASE("standing: each scope stops what it says and no more [I2]", "[domain]") {
  CHECK_FALSE(forbidden(of_scope(sanction_scope::nothing), post_kind::news_original));
  CHECK(forbidden(of_scope(sanction_scope::news_posts), post_kind::news_repost));
  CHECK_FALSE(forbidden(of_scope(sanction_scope::news_posts), post_kind::general));
  CHECK(forbidden(of_scope(sanction_scope::all_posts), post_kind::general));
  CHECK(forbidden(of_scope(sanction_scope::account), post_kind::general));
}

TEST_CASE("standing: a number of posts a day counts those before it, and none given is none allowed", "[domain]") {
  auto r = of_scope(sanction_scope::posts_per_day);
  CHECK(forbidden(r, post_kind::general, 0));
  r.posts_per_day = 2;
  CHECK_FALSE(forbidden(r, post_kind::general, 1));
  CHECK(forbidden(r, post_kind::general, 2));
}

TEST_CASE("standing: a restriction ends on its millisecond; one without an end does not", "[domain]") {
  auto timed = of_scope(sanction_scope::all_posts, noon + 1h);
  CHECK(forbidden(timed, post_kind::general, 0, noon + 1h - 1ms));
  CHECK_FALSE(forbidden(timed, post_kind::general, 0, noon + 1h));
  CHECK(forbidden(of_scope(sanction_scope::all_posts), post_kind::general, 0, noon + 100 * 365 * 24h));
}

TEST_CASE("standing: the refusal names the sanction, its rule, its end and the way to appeal [I9]", "[domain]") {
  auto no = refuse_sanctioned(of_scope(sanction_scope::all_posts, noon + 1h), "this account");
  CHECK(no.code == errc::sanctioned);
  CHECK(no.rule == rule_ref{"cn-2014", "8.2", {}});
  CHECK(no.sanction == to_text(cas("sanction"), case_aspect::sanction));
  CHECK(no.detail.find(to_text(noon + 1h)) != std::string::npos);
  CHECK(no.detail.find("appeal.file") != std::string::npos);
  CHECK(no.detail.find(no.sanction) != std::string::npos);
}

TEST_CASE("standing: the strongest restriction in force is the one that is named", "[domain]") {
  auto over = of_scope(sanction_scope::account, noon);
  over.sanction = cas("over");
  auto weak = of_scope(sanction_scope::posts_per_day);
  weak.sanction = cas("weak");
  weak.posts_per_day = 0;
  restrictions all{over, weak, of_scope(sanction_scope::all_posts)};
  CHECK(what_forbids(all, post_kind::general, 0, noon)->sanction == cas("sanction"));
  std::swap(all[1], all[2]);
  CHECK(what_forbids(all, post_kind::general, 0, noon)->sanction == cas("sanction"));
}

TEST_CASE("standing: one sanction is one restriction, whatever is put and dropped", "[domain]") {
  CHECK(rc::check([] {
    restrictions all;
    std::set<char> held;
    for (auto [put, which] : *rc::gen::arbitrary<std::vector<std::pair<bool, bool>>>()) {
      char name = which ? 'a' : 'b';
      auto r = of_scope(sanction_scope::all_posts);
      r.sanction = cas({&name, 1});
      if (put) {
        put_restriction(all, r);
        held.insert(name);
      } else {
        RC_ASSERT(drop_restriction(all, r.sanction) == (held.erase(name) > 0));
      }
      RC_ASSERT(all.size() == held.size());
    }
  }));
}
