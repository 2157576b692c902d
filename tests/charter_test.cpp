// The charter's answers, asked of the shipped charter "cn-2014".

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
const timestamp promulgated = *parse_time("2014-08-07T00:00:00+08:00");

credential held(std::string kind, timestamp from = now - day, timestamp until = now + day) {
  return {std::move(kind), "1", "issuer", "scope", from, until};
}

news_right right_of(std::string_view organisation, const std::vector<credential>& credentials,
                    std::optional<special_approval> approval = {}) {
  return entitlement(cn_2014(), organisation, credentials, approval, now);
}

std::vector<std::string> all_items() {
  std::vector<std::string> keys;
  for (const auto& item : cn_2014().agreement.items)
    keys.push_back(item.key);
  return keys;
}

} // namespace

// -- articles -------------------------------------------------------------------

TEST_CASE("charter: only articles that exist can be cited", "[domain]") {
  CHECK(find_article(cn_2014(), "7.2"));
  CHECK_FALSE(find_article(cn_2014(), "11"));
  CHECK(cite(cn_2014(), "6.2", "laws") == rule_ref{"cn-2014", "6.2", "laws"});
  CHECK(cite(cn_2014(), "11").empty());
}

TEST_CASE("charter: a rule counts from the millisecond it is in force (article 10)", "[domain]") {
  const auto& book = cn_2014();
  CHECK_FALSE(in_force(book, cite(book, "4"), promulgated - 1ms));
  CHECK(in_force(book, cite(book, "4"), promulgated));
  CHECK_FALSE(in_force(book, {"other", "4", ""}, now));
  CHECK(gate(book, act::register_, {}, promulgated - 1ms));
  CHECK_FALSE(gate(book, act::register_, {}, promulgated));

  auto later = book;
  later.articles[0].effective_from = now;
  CHECK_FALSE(in_force(later, cite(later, later.articles[0].number), now - 1ms));
  later.effective_from = now; // the book itself, its other articles being older
  CHECK_FALSE(in_force(later, cite(later, "4"), now - 1ms));
}

TEST_CASE("charter: an act is judged by the book in force when it took place", "[domain]") {
  rule_book first = cn_2014();
  rule_book second = first;
  second.version = 2;
  second.effective_from = now;
  std::vector<const rule_book*> books{&second, &first};
  CHECK(book_at(books, promulgated - 1ms) == nullptr);
  CHECK(book_at(books, now - 1ms) == &first);
  CHECK(book_at(books, now) == &second);
  second.effective_from = first.effective_from;
  CHECK(book_at(books, now) == &second); // the higher version
}

// -- credentials ----------------------------------------------------------------

TEST_CASE("charter: a gate opens with its credential, closes on expiry, opens on renewal (article 4)", "[domain]") {
  const auto& book = cn_2014();
  std::vector<credential> provider;
  auto refused = gate(book, act::register_, provider, now);
  REQUIRE_FALSE(refused);
  CHECK(refused.why().code == errc::credential_missing);
  CHECK(refused.why().rule == cite(book, "4"));
  CHECK(refused.why().detail.find("absent") != std::string::npos);

  provider.push_back(held("service"));
  CHECK(gate(book, act::register_, provider, now));
  CHECK_FALSE(gate(book, act::register_, provider, now - day - 1ms));
  CHECK(gate(book, act::register_, provider, now + day - 1ms));
  CHECK(gate(book, act::register_, provider, now + day).why().detail.find("over since") != std::string::npos);
  provider.push_back(held("service", now + day, now + 2 * day));
  CHECK(gate(book, act::register_, provider, now + day));
}

TEST_CASE("charter: publishing takes the news information credential, not the service one (article 4)", "[domain]") {
  std::vector<credential> service{held("service")};
  std::vector<credential> news{held("news_information")};
  CHECK_FALSE(gate(cn_2014(), act::publish, service, now));
  CHECK_FALSE(gate(cn_2014(), act::open_account, service, now));
  CHECK(gate(cn_2014(), act::publish, news, now));
  CHECK(gate(cn_2014(), act::file_complaint, {}, now)); // complaints are always taken
}

TEST_CASE("charter: expiry is warned of ahead, in order", "[domain]") {
  auto times = expiry_warnings(cn_2014(), held("service", now, now + 100 * day));
  CHECK(times == std::vector<timestamp>{now + 10 * day, now + 70 * day, now + 93 * day, now + 99 * day});
  CHECK(expiry_warnings(cn_2014(), held("nothing such")).empty());
  CHECK(expiry_warnings(cn_2014(), held("press")).size() == 3);
  auto shuffled = cn_2014();
  shuffled.provider.credentials[0].warn_before = {day, 30 * day, 7 * day, 90 * day};
  CHECK(expiry_warnings(shuffled, held("service", now, now + 100 * day)) == times);
}

// -- agreement ------------------------------------------------------------------

TEST_CASE("charter: the agreement has seven items, and a signature all of them once [I7]", "[domain]") {
  const auto& book = cn_2014();
  auto items = all_items();
  REQUIRE(items.size() == 7);
  CHECK(check_signature(book, 1, items));
  CHECK(check_signature(book, 2, items).why().code == errc::agreement_required);
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto missing = items;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK_FALSE(check_signature(book, 1, missing));
    missing.push_back(missing.front()); // seven again, one of them twice
    CHECK_FALSE(check_signature(book, 1, missing));
  }
  items.push_back("an eighth");
  CHECK_FALSE(check_signature(book, 1, items));
}

TEST_CASE("charter: the text that is signed changes with every word of it", "[domain]") {
  auto terms = cn_2014().agreement;
  auto text = canonical_text(terms);
  CHECK(canonical_text(terms) == text);
  auto other = terms;
  other.version = 2;
  CHECK(canonical_text(other) != text);
  for (auto field : {&localized::zh_cn, &localized::en}) {
    other = terms;
    other.items[6].text.*field += '.';
    CHECK(canonical_text(other) != text);
  }
  other = terms; // the same characters, cut elsewhere, whatever stands between two texts
  other.preamble = {"a\n:b", "c"};
  auto cut = canonical_text(other);
  other.preamble = {"a", "b\n:c"};
  CHECK(canonical_text(other) != cut);
  other = terms;
  std::swap(other.items[0], other.items[1]);
  CHECK(canonical_text(other) != text);
}

// -- news -----------------------------------------------------------------------

TEST_CASE("charter: the entitlement matrix of article 7.2 [I8]", "[domain]") {
  std::vector<credential> none;
  std::vector<credential> news{held("news_information")};
  std::vector<credential> press{held("press")};
  CHECK(right_of("news_unit", press) == news_right::original);
  CHECK(right_of("news_website", news) == news_right::original);
  CHECK(right_of("non_news_unit", news) == news_right::repost);
  CHECK(right_of("enterprise", news) == news_right::repost);
  CHECK(right_of("individual", news) == news_right::none);
  CHECK(right_of("non_news_unit", press) == news_right::none);
  CHECK(right_of("no such kind", press) == news_right::none);
  for (const auto& kind : cn_2014().organisations)
    CHECK(right_of(kind.key, none) == news_right::none);
}

TEST_CASE("charter: of several rows that hold the best counts, wherever it stands [I8]", "[domain]") {
  auto book = cn_2014();
  std::vector<credential> press{held("press")};
  book.news.matrix.push_back({"news_unit", {}, news_right::repost, cite(book, "7.2")});
  CHECK(entitlement(book, "news_unit", press, {}, now) == news_right::original);
  CHECK(entitlement(book, "news_unit", {}, {}, now) == news_right::repost); // a row that needs no credential
}

TEST_CASE("charter: a right ends with its credential [I8]", "[domain]") {
  std::vector<credential> press{held("press")};
  CHECK(entitlement(cn_2014(), "news_unit", press, {}, now + day - 1ms) == news_right::original);
  CHECK(entitlement(cn_2014(), "news_unit", press, {}, now + day) == news_right::none);
  CHECK(entitlement(cn_2014(), "news_unit", press, {}, now - day - 1ms) == news_right::none);
}

TEST_CASE("charter: a special approval grants a right to the kinds it is for, while it lasts [I8]", "[domain]") {
  special_approval publish{"publish_approval", now - day, now + day};
  special_approval repost{"repost_approval", now - day, now + day};
  CHECK(right_of("government_office", {}, publish) == news_right::original);
  CHECK(right_of("government_office", {}, repost) == news_right::repost);
  CHECK(right_of("individual", {}, publish) == news_right::none);
  CHECK(right_of("individual", {}, repost) == news_right::repost);
  CHECK(right_of("individual", {}, special_approval{"no such", now - day, now + day}) == news_right::none);
  CHECK(entitlement(cn_2014(), "individual", {}, repost, now + day) == news_right::none);
  std::vector<credential> press{held("press")}; // an approval never takes away
  CHECK(right_of("news_unit", press, repost) == news_right::original);
}

TEST_CASE("charter: a post beyond the account's right is refused, citing article 7.2 [I8]", "[domain]") {
  const auto& book = cn_2014();
  using enum post_kind;
  auto allowed = [&](news_right right) {
    return std::array{bool{check_post(book, right, general)}, bool{check_post(book, right, news_repost)},
                      bool{check_post(book, right, news_original)}};
  };
  CHECK(allowed(news_right::none) == std::array{true, false, false});
  CHECK(allowed(news_right::repost) == std::array{true, true, false});
  CHECK(allowed(news_right::original) == std::array{true, true, true});
  auto refused = check_post(book, news_right::repost, news_original);
  CHECK(refused.why().code == errc::not_entitled);
  CHECK(refused.why().rule == cite(book, "7.2"));
}

TEST_CASE("charter: whoever may publish or repost news has a badge that explains itself [I8]", "[domain]") {
  CHECK(badge_for(cn_2014(), news_right::none) == nullptr);
  for (auto right : {news_right::repost, news_right::original}) {
    const auto* badge = badge_for(cn_2014(), right);
    REQUIRE(badge);
    CHECK_FALSE(badge->explanation.in("zh-CN").empty());
    CHECK(badge->rule == cite(cn_2014(), "7.3"));
  }
}

TEST_CASE("charter: one that restricts no news grants it to every kind", "[domain]") {
  auto book = cn_2014();
  book.news.restricted = false;
  CHECK(entitlement(book, "individual", {}, {}, now) == news_right::original);
  CHECK(entitlement(book, "no such kind", {}, {}, now) == news_right::none);
}

// -- staff, offices, records ----------------------------------------------------

TEST_CASE("charter: each of the 31 regions has one office of its own (article 3)", "[domain]") {
  const auto& book = cn_2014();
  REQUIRE(book.regions.size() == 31);
  std::set<const office*> offices;
  for (const auto& region : book.regions)
    offices.insert(office_for_region(book, region.key));
  CHECK(offices.size() == 31);
  CHECK_FALSE(offices.contains(nullptr));
  CHECK(office_for_region(book, "11")->name.en == "Beijing Internet Information Office");
  CHECK(office_for_region(book, "65")->code == "65");
  CHECK(office_for_region(book, "99") == nullptr);
  CHECK(find_office(book, "00") == &book.regulators.national);
  CHECK(find_office(book, "44") == office_for_region(book, "44"));
}

TEST_CASE("charter: roles, second pairs of eyes and fresh ones [I9] [I10]", "[domain]") {
  const auto& book = cn_2014();
  std::vector<role> moderator{role::moderator};
  std::vector<role> senior{role::senior_moderator, role::liaison_officer};
  CHECK(check_role(book, act::decide_complaint, moderator));
  CHECK(check_role(book, act::suspend, moderator).why().code == errc::forbidden);
  CHECK(check_role(book, act::suspend, moderator).why().rule == cite(book, "8.2"));
  CHECK(check_role(book, act::suspend, senior));
  CHECK(check_role(book, act::grant_news_right, moderator));
  CHECK_FALSE(check_role(book, act::grant_news_right, moderator, false));
  CHECK(check_role(book, act::grant_news_right, senior, false));
  CHECK(check_role(book, act::file_complaint, {}));
  CHECK(persons_needed(book, act::approve_disclosure) == 2);
  CHECK(persons_needed(book, act::grant_news_right) == 2);
  CHECK(persons_needed(book, act::file_complaint) == 1);
  CHECK(find_power(book, act::decide_appeal)->fresh_eyes);
}

TEST_CASE("charter: a regulator may decide nothing in the desk", "[domain]") {
  std::vector<role> regulator{role::regulator};
  for (auto what : {act::decide_application, act::decide_complaint, act::withhold_post, act::warn, act::limit,
                    act::suspend, act::close, act::lift_sanction, act::decide_appeal, act::request_disclosure,
                    act::approve_disclosure, act::activate_charter})
    CHECK_FALSE(check_role(cn_2014(), what, regulator));
}

TEST_CASE("charter: staffing grows with accounts and follows active regions (article 5.2)", "[domain]") {
  const auto& book = cn_2014();
  std::vector<staff_count> staff{{role::moderator, "", 1, 5},
                                 {role::senior_moderator, "", 0, 2},
                                 {role::privacy_officer, "", 0, 2},
                                 {role::liaison_officer, "11", 0, 1}};
  CHECK(staffing_shortfalls(book, {{"11", 2000}, {"12", 0}}, staff, now).empty());
  auto second_moderator = staffing_shortfalls(book, {{"11", 2001}}, staff, now);
  REQUIRE(second_moderator.size() == 1);
  CHECK(second_moderator[0] == shortfall{role::moderator, "", 2, 1, cite(book, "5.2")});
  auto other_region = staffing_shortfalls(book, {{"11", 1}, {"12", 1}}, staff, now);
  REQUIRE(other_region.size() == 1);
  CHECK(other_region[0] == shortfall{role::liaison_officer, "12", 1, 0, cite(book, "5.2")});
  CHECK(staffing_shortfalls(book, {}, {}, now).size() == 3); // without accounts no region is active
}

TEST_CASE("charter: reports begin with their trigger and severity; records are kept as long as it says", "[domain]") {
  const auto& book = cn_2014();
  CHECK(reports_due(book, report_trigger::complaint_upheld, severity::moderate).empty());
  auto due = reports_due(book, report_trigger::complaint_upheld, severity::serious);
  REQUIRE(due.size() == 1);
  CHECK(due[0]->within == 24h);
  CHECK(reports_due(book, report_trigger::staffing_short).size() == 1);
  CHECK(retention(book, record_class::complainant) == 180 * day);
}

TEST_CASE("charter: departments, grounds and reasons are found by key only", "[domain]") {
  CHECK(find_department(cn_2014(), "public_security"));
  CHECK_FALSE(find_department(cn_2014(), ""));
  CHECK(find_basis(cn_2014(), "court_order")->silence_max == 90 * day);
  CHECK_FALSE(find_basis(cn_2014(), "own_request")->silence_max); // told at once
  CHECK_FALSE(find_reason(cn_2014(), "no such"));
}
