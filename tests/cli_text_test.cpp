// What a person reads: times, badges, refusals, and text of strangers on a terminal.

#include <cstdlib>
#include <ctime>
#include <sstream>

#include <catch2/catch.hpp>

#include "apps/charter/console.hpp"
#include "apps/charter/live_feed.hpp"
#include "apps/charter/markup_text.hpp"
#include "apps/charter/naming.hpp"
#include "apps/charter/person_time.hpp"
#include "apps/charter/present.hpp"
#include "apps/charter/progress.hpp"
#include "apps/charter/supervision_text.hpp"
#include "apps/charter/words.hpp"

using namespace charter;
using namespace charter::cli;
using namespace std::chrono_literals;

namespace {

struct zone {
  explicit zone(const char* name) {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  ~zone() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
};

timestamp at(const char* text) { return *parse_time(text); }

client::failure refusal_of(errc code, std::string detail, rule_ref rule = {}) {
  return client::refused(refuse(code, std::move(detail), std::move(rule)));
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("person time: near and far, behind and ahead", "[apps]") {
  zone utc{"UTC"};
  auto now = at("2026-11-24T14:25:00Z"); // a Tuesday
  CHECK(to_person(now, now) == "just now");
  CHECK(to_person(now + 20s, now) == "in a moment");
  CHECK(to_person(now - 3min, now) == "14:22, 3 minutes ago");
  CHECK(to_person(now + 6min, now) == "14:31, in 6 minutes");
  CHECK(to_person(now - 5h, now) == "09:25, 5 hours ago");
  CHECK(to_person(now - 24h, now) == "yesterday 14:25");
  CHECK(to_person(now + 24h, now) == "tomorrow 14:25");
  CHECK(to_person(now - 2 * 24h, now) == "Sunday 14:25, 2 days ago");
  CHECK(to_person(now + 3 * 24h, now) == "Fri 27 Nov 14:25, in 3 days");
  CHECK(to_person(now - 14 * 24h, now) == "10 Nov 14:25, 2 weeks ago");
  CHECK(to_person(now - 370 * 24h, now) == "19 Nov 2025, a year ago");
  CHECK(to_person(timestamp{}, now) == "1 Jan 1970, 56 years ago");
}

TEST_CASE("person time: days are those of the local calendar", "[apps]") {
  zone shanghai{"Asia/Shanghai"};
  auto now = at("2026-11-24T16:30:00Z"); // half past midnight there
  CHECK(to_person(at("2026-11-24T15:59:00Z"), now) == "yesterday 23:59");
  CHECK(to_person(at("2026-11-24T16:01:00Z"), now) == "00:01, 29 minutes ago");
}

TEST_CASE("person time: spans in their largest unit", "[apps]") {
  CHECK(to_person(duration{0}) == "a moment");
  CHECK(to_person(duration{1s}) == "a second");
  CHECK(to_person(duration{119s}) == "a minute");
  CHECK(to_person(duration{30 * 24h}) == "a month");
}

TEST_CASE("badge: short beside the name, and what it stands for", "[apps]") {
  CHECK(badge_text(news_right::none).empty());
  CHECK(badge_text(news_right::original) == "[news]");
  CHECK(badge_text("repost") == "[news re-posts]");
  CHECK(badge_text("of a newer server") == "[of a newer server]");
  CHECK(badge_meaning(news_right::repost) == "is entitled to re-post current political news");
}

TEST_CASE("refusal: a sentence, the rule, and what to do", "[apps]") {
  auto text = to_person(refusal_of(errc::not_entitled, "this account may not publish current political news",
                                   {"cn-2014", "7.2", "original"}));
  CHECK(text.starts_with("Refused: This account may not publish current political news."));
  CHECK(has(text, "Rule: article 7.2 of cn-2014, item original."));
  CHECK(has(text, "What to do: "));
  auto sanctioned = refusal_of(errc::sanctioned, "a suspension is in force", {"cn-2014", "8.2", ""});
  sanctioned.why.sanction = "snc_1";
  CHECK(has(to_person(sanctioned), "charter appeal file snc_1"));
  auto limited = refusal_of(errc::rate_limited, "too fast");
  limited.why.retry_after_ms = 3000;
  CHECK(has(to_person(limited), "Wait 3 seconds"));
}

TEST_CASE("refusal: exit codes, and JSON for machines", "[apps]") {
  CHECK(exit_code_of(refusal_of(errc::forbidden, "no")) == 1);
  CHECK(exit_code_of(refusal_of(errc::unauthenticated, "who?")) == 4);
  CHECK(exit_code_of(client::unreachable("nobody there")) == 3);
  CHECK(exit_code_of(client::garbled("what?")) == 3);
  CHECK(exit_code_of({client::cause::here, invalid("url", "bad")}) == 2);
  CHECK(exit_code_of({client::cause::here, refuse(errc::not_found, "no file")}) == 5);
  auto error = json::parse(to_json_text(refusal_of(errc::sanctioned, "a \xff", {"cn-2014", "8.2", ""})))["error"];
  CHECK(error["type"] == "sanctioned");
  CHECK(error["cause"] == "refused");
  CHECK(error["rule"]["article"] == "8.2");
}

TEST_CASE("console: text of strangers can't drive the terminal", "[apps]") {
  CHECK(harmless("a\x1b[2Jb") == "a\xef\xbf\xbd[2Jb");
  CHECK(harmless("a\nb") == "a b");
  CHECK(harmless("a\nb", true) == "a\nb");
  CHECK(harmless("\xe2\x80\xae"
                 "abc") == "\xef\xbf\xbd"
                           "abc"); // right-to-left override
  CHECK(harmless("\xc2\x9b"
                 "31m") == "\xef\xbf\xbd"
                           "31m"); // C1: a one-character escape sequence
  CHECK(harmless("\xff\xfe") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(harmless("静夜思") == "静夜思");
  std::ostringstream out;
  print_post(console{out, out}, {{"account_name", "\x1b]0;x\x07"}, {"text", "\x1b[31m"}, {"at", 5}}, {});
  CHECK(out.str().find('\x1b') == std::string::npos);
}

TEST_CASE("console: columns, cutting and wrapping know wide characters", "[apps]") {
  CHECK(columns("abc") == 3);
  CHECK(columns("静夜思") == 6);
  CHECK(columns("e\xcc\x81") == 1); // a combining accent
  CHECK(shortened("静夜思", 6) == "静夜思");
  CHECK(shortened("静夜思", 5) == "静夜…");
  CHECK(wrapped("one two three", 8) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("床前明月光疑是地上霜", 10) == std::vector<std::string>{"床前明月光", "疑是地上霜"});
  CHECK(wrapped("unbreakable", 4) == std::vector<std::string>{"unbr", "eaka", "ble"});
  CHECK(wrapped("床", 1) == std::vector<std::string>{"床"});
  CHECK(wrapped("", 10) == std::vector<std::string>{""});
}

TEST_CASE("console: no colours and no progress bar where there is no terminal", "[apps]") {
  std::ostringstream out;
  std::ostringstream err;
  console screen{out, err};
  CHECK(screen.paint(style::bad, "x") == "x");
  progress{screen, "working"}.show(1, 2);
  CHECK(err.str().empty());
  CHECK(progress_line("working", 12, 24) == "working  [############------------]  50 %  12 of 24");
  CHECK(progress_line("working", 30, 24).find("100 %") != std::string::npos);
  CHECK(progress_line("working", 5, 0) == "working  5");
}

TEST_CASE("documents: fields that nobody foresaw are shown, whatever their shape", "[apps]") {
  std::ostringstream out;
  json answer = {{"application", "cas_1"},
                 {"rule", {{"charter", "cn-2014"}, {"article", "7.1"}}},
                 {"list", json::array({1, "two", nullptr})},
                 {"deep", {{"er", {{"still", true}}}}},
                 {"rows", json::array({{{"a", 1}}, "no object", json::array()})}};
  print_document(console{out, out}, answer, {});
  CHECK(has(out.str(), "article 7.1 of cn-2014"));
  CHECK(has(out.str(), "1, two, –"));
  CHECK(has(out.str(), "still  yes"));
  for (auto& odd : {json(nullptr), json(5), json("text"), json::array(), json::object(), json::array({1, 2})}) {
    print_document(console{out, out}, odd, {});
    print_list(console{out, out}, odd, {});
    print_post(console{out, out}, odd.is_object() ? odd : json::object(), {});
  }
}

TEST_CASE("tree: drawn with lines, bounded in depth", "[apps]") {
  json root = {{"name", "node"},
               {"state", "running"},
               {"children", json::array({{{"name", "storage"}, {"state", "running"}, {"restarts", 2}},
                                         {{"name", "gateway"}, {"state", "restarting"}, {"detail", "port taken"}}})}};
  CHECK(tree_text(root) == "node\n├─ storage  2 restarts\n└─ gateway  restarting  port taken\n");
  json deep = {{"name", "x"}};
  for (int i = 0; i < 100; ++i)
    deep = {{"name", "x"}, {"children", json::array({deep})}};
  CHECK(tree_text(deep).size() < 10'000);
  CHECK_FALSE(tree_text(json("nonsense")).empty());
}

TEST_CASE("live feed: nothing twice, and no hole unnoticed [I4]", "[apps]") {
  stream_counter counter;
  CHECK_FALSE(counter.begin("a", 10));
  CHECK(counter.take("a", 11).is_new);
  CHECK_FALSE(counter.take("a", 11).is_new);
  auto jumped = counter.take("a", 14);
  CHECK(jumped.is_new);
  CHECK(jumped.missing == hole{12, 13});
  CHECK(counter.begin("a", 20) == hole{15, 20}); // after a reconnect
  CHECK_FALSE(counter.take("a", 20).is_new);
  CHECK_FALSE(counter.take("a", 10).is_new);
  CHECK(counter.take("b", 7).is_new); // followed meanwhile
}

TEST_CASE("live feed: a post between listening and the head is shown once [I4]", "[apps]") {
  stream_counter counter;
  CHECK_FALSE(counter.begin("a", 10));
  auto early = counter.take("a", 10);
  CHECK(early.is_new);
  CHECK_FALSE(early.missing);
  CHECK_FALSE(counter.take("a", 10).is_new);
  CHECK(counter.take("a", 11).is_new);
}

TEST_CASE("naming: lengths and credentials as people type them", "[apps]") {
  CHECK(parse_length("12h") == duration{12h});
  CHECK(parse_length("2w") == duration{14 * 24h});
  for (auto bad : {"", "h", "0d", "-1d", "1", "1y", "1dd", "99999999999d", "1.5h"})
    CHECK_FALSE(parse_length(bad));
  auto credential = parse_credential("kind=news,number=N 1,issuer=Office,scope=all,from=2026-01-01,until=2031-01-01");
  REQUIRE(credential);
  CHECK((*credential)["valid_from"] == "2026-01-01T00:00:00.000Z");
  for (auto bad : {"", "kind=news", "{", "{}", "kind=news,number=1,issuer=x,scope=y,from=soon,until=later", "=,=,="})
    CHECK_FALSE(parse_credential(bad));
}

TEST_CASE("markup: paragraphs become lines, scripts and tags go, references are resolved", "[apps]") {
  CHECK(to_plain_text("<p>One</p><p>Two &amp; <b>three</b></p>", 1000) == "One\n\nTwo & three");
  CHECK(to_plain_text("a<br>b<script>alert(1)</script>c<!-- d -->e", 1000) == "a\nbce");
  CHECK(to_plain_text("&#20013;&#x6587; &hellip; &unknown; & &#xffffffff; &#;", 1000) ==
        "中文 … &unknown; & \xef\xbf\xbd &#;");
  CHECK(to_plain_text("1 < 2 and a <- b", 1000) == "1 < 2 and a <- b");
  CHECK(to_plain_text(std::string(100'000, '<'), 1000).size() <= 1000);
  CHECK(to_plain_text("<!-- never closed", 1000).empty());
  CHECK(bounded_text("静夜思", 9) == "静夜思");
  CHECK(bounded_text("静夜思静", 9) == "静夜…");
}
