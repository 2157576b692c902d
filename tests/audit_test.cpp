#include <catch2/catch.hpp>

#include <nlohmann/json.hpp>

#include "domain/codec/leaf_codec.hpp"
#include "domain/limits.hpp"
#include "tests/domain_fixture.hpp"

using namespace charter;
using namespace charter::test;

namespace {

leaf example() {
  leaf x;
  x.type = leaf_type::sanction_imposed;
  x.at = noon;
  x.subject = to_text(cas("c"), case_aspect::sanction);
  x.target = to_text(acc("shop"));
  x.rule = {"cn-2014", "6.2", "truthfulness"};
  x.detail = {{"step", "suspend"}, {"scope", "all_posts"}};
  x.commitment = digest32{};
  return x;
}

std::string text(const leaf& x, std::uint64_t number = 0) {
  auto entry = codec::encode_leaf(x, number);
  return {entry.begin(), entry.end()};
}

decision<audit::event> append(const audit::state& s, entity_id from, std::optional<disclosure_id> opening = {}) {
  auto made = decide(s, audit::append{example(), opening}, context_of(audit_log_entity, caller::entity(from)));
  REQUIRE(made);
  return *made;
}

} // namespace

TEST_CASE("audit: entries are numbered from 0 without holes [I17]", "[domain]") {
  audit::state s;
  for (std::uint64_t n = 0; n < 3; ++n) {
    auto made = append(s, cas("c"));
    auto entry = all_of_type<audit::appended>(made.events).front();
    CHECK(entry.number == n);
    CHECK(entry.entry == codec::encode_leaf(example(), n));
    CHECK(made.effects.empty());
    s = after(s, made.events);
  }
  CHECK(s.size == 3);
}

TEST_CASE("audit: an identity that waits for its entry is told the number [I10]", "[domain]") {
  audit::state s{41};
  disclosure_id opening = named<disclosure_id>("opening");
  auto person = named<identity_id>("person");
  auto told = sent<identities::leaf_logged>(append(s, person, opening).effects);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first == entity_id{person});
  CHECK(told[0].second == identities::leaf_logged{opening, 41});
}

TEST_CASE("audit: nobody writes from outside, and no other entity opens an identity [I10]", "[domain]") {
  audit::state s;
  for (const auto& by : {caller::of(usr("u")), caller::anonymous(), caller::system()})
    CHECK(decide(s, audit::append{example(), {}}, context_of(audit_log_entity, by)).why().code == errc::forbidden);
  auto made = append(s, cas("c"), named<disclosure_id>("opening"));
  CHECK(all_of_type<audit::effect_refused>(made.events).size() == 1);
  CHECK(made.effects.empty());
  CHECK(after(s, made.events).size == 0);
}

// The entry is what outsiders hash for ever: whoever changes a byte here breaks every log.
TEST_CASE("leaf: its encoding is fixed to the byte [I17]", "[domain]") {
  CHECK(text(example(), 7) == R"({"at":"2026-06-01T12:00:00.000Z",)"
                              R"("commitment":"0000000000000000000000000000000000000000000000000000000000000000",)"
                              R"("detail":{"scope":"all_posts","step":"suspend"},"number":7,)"
                              R"("rule":{"article":"6.2","charter":"cn-2014","item":"truthfulness"},)"
                              R"("subject":")" +
                                  to_text(cas("c"), case_aspect::sanction) + R"(","target":")" + to_text(acc("shop")) +
                                  R"(","type":"sanction_imposed","v":1})");
}

TEST_CASE("leaf: what is absent has no key", "[domain]") {
  leaf x;
  x.at = noon;
  x.subject = "供应商";
  CHECK(
      text(x) ==
      R"({"at":"2026-06-01T12:00:00.000Z","detail":{},"number":0,"subject":"供应商","type":"provider_founded","v":1})");
}

TEST_CASE("leaf: an entry never outgrows its bundle, and says when it was cut", "[domain]") {
  auto x = example();
  std::string han;
  for (int i = 0; i < 30'000; ++i)
    han += "文";
  std::string controls(40'000, '\x01'); // six bytes each in JSON
  x.detail = {{"facts", han}, {"more", controls}};
  auto entry = codec::encode_leaf(x, 1);
  CHECK(entry.size() <= limits::leaf_bytes_max);
  auto read = nlohmann::json::parse(entry);
  CHECK(read["cut"] == true);
  CHECK(han.starts_with(read["detail"]["facts"].get<std::string>()));
  CHECK_FALSE(nlohmann::json::parse(codec::encode_leaf(example(), 1)).contains("cut"));
}

TEST_CASE("leaf: broken text is still an entry", "[domain]") {
  auto x = example();
  x.subject = "\xff\xfe";
  CHECK(nlohmann::json::parse(codec::encode_leaf(x, 0))["subject"] == "\xef\xbf\xbd\xef\xbf\xbd");
}
