// Review, complaints, sanctions, appeals and credit, asked of the shipped charter "cn-2014".

#include "domain/charter.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "tests/charter_book.hpp"

using namespace charter;
using namespace std::chrono_literals;
using charter::test::cn_2014;

namespace {

constexpr auto day = duration{24h};
const timestamp now = timestamp{} + 20'000 * day; // 2024
constexpr severity severities[] = {severity::minor, severity::moderate, severity::serious, severity::grave};

std::vector<strike> record_of(std::size_t n, severity weight, duration ago = day) {
  return std::vector<strike>(n, strike{now - ago, weight});
}

sanction_step step_for(severity weight, const std::vector<strike>& record) {
  return recommended_step(cn_2014(), weight, record, now).step;
}

} // namespace

// -- review, complaints, appeals ------------------------------------------------

TEST_CASE("charter: offices, enterprises and people's organisations have a faster lane (article 7.4)", "[domain]") {
  const auto& book = cn_2014();
  auto ordinary = review_deadline(book, "individual", now);
  for (const auto& kind : book.organisations)
    if (kind.encouraged) {
      CHECK(lane_for(book, kind.key)->key == "public_service");
      CHECK(review_deadline(book, kind.key, now)->deadline < ordinary->deadline);
    }
  CHECK(*ordinary == due_times{now + 6 * day, now + 7 * day});
  CHECK(review_deadline(book, "no such", now).why().field == "organisation");
}

TEST_CASE("charter: a lane's checklist holds what is for all lanes and what is for it", "[domain]") {
  const auto& book = cn_2014();
  CHECK(checklist_for(book, *lane_for(book, "individual")).size() == 3);
  CHECK(checklist_for(book, *lane_for(book, "news_unit")).size() == 7);
}

TEST_CASE("charter: complaints have a deadline per reason, and an alarm before it (article 5.5)", "[domain]") {
  const auto& book = cn_2014();
  CHECK(*complaint_deadline(book, "fraud", now) == due_times{now + 8h, now + 12h});
  CHECK(complaint_deadline(book, "dislike", now).why().code == errc::invalid_params);
  for (const auto& reason : book.complaints) {
    auto due = complaint_deadline(book, reason.key, now);
    CHECK(now < due->escalate_at);
    CHECK(due->escalate_at < due->deadline);
    CHECK(in_force(book, broken_rule(book, reason), now));
  }
  CHECK(broken_rule(book, *find_reason(book, "fraud")) == rule_ref{"cn-2014", "6.2", "lawful_rights"});
}

TEST_CASE("charter: each of the seven bottom lines can be complained about", "[domain]") {
  std::set<std::string> covered;
  for (const auto& reason : cn_2014().complaints)
    covered.insert(reason.bottom_line);
  CHECK(covered.size() == 7);
}

TEST_CASE("charter: an appeal has a window and a deadline [I9]", "[domain]") {
  CHECK(appeal_until(cn_2014(), now) == now + 30 * day);
  CHECK(appeal_deadline(cn_2014(), now) == due_times{now + 12 * day, now + 15 * day});
}

// -- sanctions ------------------------------------------------------------------

TEST_CASE("charter: the ladder climbs with severity and with the record (article 8.2)", "[domain]") {
  CHECK(step_for(severity::minor, {}) == sanction_step::warn);
  CHECK(step_for(severity::minor, record_of(2, severity::minor)) == sanction_step::limit);
  CHECK(step_for(severity::moderate, record_of(1, severity::minor)) == sanction_step::limit);
  CHECK(step_for(severity::serious, {}) == sanction_step::limit);
  CHECK(step_for(severity::grave, {}) == sanction_step::suspend);
  CHECK(step_for(severity::grave, record_of(1, severity::grave)) == sanction_step::close);
}

TEST_CASE("charter: a longer record or a graver matter never gives a milder step", "[domain]") {
  for (auto weight : severities)
    for (std::size_t n = 0; n < 20; ++n) {
      auto record = record_of(n, severity::minor);
      CHECK(step_for(weight, record) <= step_for(weight, record_of(n + 1, severity::minor)));
      if (weight != severity::grave)
        CHECK(step_for(weight, record) <= step_for(static_cast<severity>(static_cast<int>(weight) + 1), record));
    }
}

TEST_CASE("charter: strikes decay on the millisecond, and the future doesn't count", "[domain]") {
  const auto& book = cn_2014();
  CHECK(standing_strikes(book, record_of(3, severity::serious), now) == 6);
  CHECK(standing_strikes(book, record_of(1, severity::minor, 90 * day - 1ms), now) == 1);
  CHECK(standing_strikes(book, record_of(1, severity::minor, 90 * day), now) == 0);
  CHECK(standing_strikes(book, record_of(1, severity::minor, -1ms), now) == 0);
  CHECK(step_for(severity::grave, record_of(1, severity::grave, 730 * day)) == sanction_step::suspend);
}

TEST_CASE("charter: what the engine recommends is always a sanction that the ladder allows", "[domain]") {
  const auto& book = cn_2014();
  for (auto weight : severities)
    for (auto of : severities)
      for (std::size_t n = 0; n < 12; ++n) {
        auto r = recommended_step(book, weight, record_of(n, of), now);
        CHECK(check_sanction(book, r.step, r.scope, r.length, r.posts_per_day));
        CHECK(in_force(book, r.rule, now));
      }
}

TEST_CASE("charter: a chosen sanction stays within its step", "[domain]") {
  const auto& book = cn_2014();
  auto field = [&](sanction_step step, sanction_scope scope, std::optional<duration> length,
                   std::optional<std::uint32_t> posts = {}) -> std::string {
    auto checked = check_sanction(book, step, scope, length, posts);
    return checked ? "ok" : checked.why().field;
  };
  using enum sanction_step;
  using enum sanction_scope;
  CHECK(field(warn, nothing, {}) == "ok");
  CHECK(field(warn, nothing, day) == "length");
  CHECK(field(warn, all_posts, {}) == "scope");
  CHECK(field(limit, posts_per_day, day, 3) == "ok");
  CHECK(field(limit, posts_per_day, day, 0) == "posts_per_day");
  CHECK(field(limit, posts_per_day, day) == "posts_per_day");
  CHECK(field(limit, news_posts, day, 3) == "posts_per_day");
  CHECK(field(limit, news_posts, {}) == "length");
  CHECK(field(limit, news_posts, 30 * day) == "ok");
  CHECK(field(limit, news_posts, 30 * day + 1ms) == "length");
  CHECK(field(limit, news_posts, day - 1ms) == "length");
  CHECK(field(close, account, {}) == "ok");
  CHECK(field(close, account, 30 * day) == "length");
  auto without = book;
  without.sanctions.steps.pop_back();
  CHECK(check_sanction(without, close, account, {}, {}).why().field == "step");
}

TEST_CASE("charter: each scope stops what it says and no more [I2]", "[domain]") {
  using enum post_kind;
  using enum sanction_scope;
  CHECK_FALSE(forbids(nothing, news_original, 100, 0));
  CHECK(forbids(news_posts, news_repost, 0, 0));
  CHECK(forbids(news_posts, news_original, 0, 0));
  CHECK_FALSE(forbids(news_posts, general, 0, 0));
  CHECK_FALSE(forbids(posts_per_day, general, 1, 2));
  CHECK(forbids(posts_per_day, general, 2, 2));
  CHECK(forbids(all_posts, general, 0, 9));
  CHECK(forbids(account, general, 0, 9));
}

TEST_CASE("charter: every step is an act with a power behind it", "[domain]") {
  for (const auto& step : cn_2014().sanctions.steps) {
    CHECK(to_name(act_of(step.step)) == to_name(step.step));
    CHECK(find_power(cn_2014(), act_of(step.step)));
  }
}

// -- credit ---------------------------------------------------------------------

TEST_CASE("charter: credit falls with upheld decisions and comes back in a straight line (article 3.2)", "[domain]") {
  const auto& book = cn_2014();
  CHECK(credit(book, {}, now).points == 1000);
  CHECK(credit(book, {}, now).grade == "good");
  auto fresh = credit(book, record_of(1, severity::grave, duration{}), now);
  CHECK(fresh.points == 600);
  CHECK(fresh.grade == "watched");
  CHECK(credit(book, record_of(1, severity::grave, 365 * day), now).points == 800);
  CHECK(credit(book, record_of(1, severity::grave, 730 * day - 1ms), now).points == 999); // rounded up
  CHECK(credit(book, record_of(1, severity::grave, 730 * day), now).points == 1000);
  CHECK(credit(book, record_of(9, severity::grave, duration{}), now).points == 0);
  CHECK(credit(book, record_of(9, severity::grave, duration{}), now).grade == "poor");
}

TEST_CASE("charter: the lines of a credit standing add up to what is lost", "[domain]") {
  std::vector<strike> record;
  for (int i = 0; i < 8; ++i)
    record.push_back({now - i * 97 * day, severities[i % 3]});
  auto standing = credit(cn_2014(), record, now);
  std::uint32_t lost = 0;
  for (std::size_t i = 0; i < record.size(); ++i) {
    CHECK(standing.lines[i].decision == record[i]);
    lost += standing.lines[i].points;
  }
  CHECK(standing.points + lost == 1000);
}
