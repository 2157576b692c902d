// How single values are written in configuration files.

#include "config/reader.hpp"

#include <random>

#include <catch2/catch.hpp>

using namespace charter;
using namespace charter::config;
using namespace std::chrono_literals;

TEST_CASE("config: lengths of time read as written", "[config]") {
  CHECK(parse_duration("24h") == duration{24h});
  CHECK(parse_duration("15d") == duration{15 * 24h});
  CHECK(parse_duration("1d12h30m5s250ms") == duration{36h + 30min + 5s + 250ms});
  CHECK(parse_duration("90m") == duration{90min});
  CHECK(parse_duration("36500d") == duration{36'500 * 24h});
}

TEST_CASE("config: what isn't a length of time is none", "[config]") {
  for (auto text : {"", "0s", "24", "h", "24 h", "-1h", "1.5h", "1w", "1h1d", "1h1h", "1msx", "36501d", "1d36500d",
                    "9999999999d", "999999999d", "24H", " 1h", "1h "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("config: any length of time survives being written and read", "[config]") {
  std::mt19937_64 random{20140807};
  for (int i = 0; i < 2'000; ++i) {
    duration length{1 + static_cast<std::int64_t>(random() >> (23 + random() % 40))};
    CAPTURE(length.count());
    CHECK(parse_duration(duration_text(length)) == length);
  }
}

TEST_CASE("config: a document knows where its values stand", "[config]") {
  auto parsed = parse_document("a = 1\n[b]\n  c = [true, 2014-08-07T00:00:00+08:00]\n", "x.toml");
  const auto& root = std::get<node>(parsed);
  const auto* list = root.find("b")->find("c");
  REQUIRE(list->children.size() == 2);
  CHECK(list->key_at.line == 3);
  CHECK(list->key_at.column == 3);
  CHECK(list->children[1].at.column == 14);
  CHECK(list->children[1].text == "2014-08-07T00:00:00+08:00");
  CHECK(describe(list->children[0]) == "true");
  CHECK(root.find("d") == nullptr);
}

TEST_CASE("config: whatever bytes come, a document or a mistake comes of them", "[config]") {
  std::mt19937_64 random{7};
  const std::string alphabet = "ab=[]{}\"'.,\n# 0-:\\\xff\xe4";
  for (int i = 0; i < 3'000; ++i) {
    std::string text;
    for (auto n = random() % 40; n > 0; --n)
      text += alphabet[random() % alphabet.size()];
    auto parsed = parse_document(text, "x.toml");
    if (auto* wrong = std::get_if<mistake>(&parsed))
      CHECK_FALSE(wrong->found.empty());
  }
  CHECK(std::holds_alternative<mistake>(parse_document("a = " + std::string(100'000, '['), "x.toml")));
}

TEST_CASE("config: what the TOML parser holds impossible is a mistake on its line", "[config]") {
  auto parsed = parse_document("a = 1\nb = 2\n[.\nc = 3\n", "x.toml");
  REQUIRE(std::holds_alternative<mistake>(parsed));
  CHECK(std::get<mistake>(parsed).line == 3);
  CHECK(std::get<mistake>(parse_document("[.", "x.toml")).line == 1);
}
