// Answers that are the same for all who ask: read and encoded once, and never older than the rows.

#include "net/shared_answers.hpp"

#include "storage/memory_store.hpp"
#include "storage/tables.hpp"
#include "tests/gateway_world.hpp"

using namespace charter;
using namespace charter::net;
using namespace charter::test;

namespace {

account_id account_number(std::uint8_t n) {
  account_id a;
  a.raw.fill(n);
  return a;
}

void note_change(storage::store& rows, const account_id& account, storage::position at) {
  storage::row_batch batch;
  batch.put(storage::tables::change_of(account, at), {});
  rows.write(batch);
}

json page_of_posts(std::uint64_t first, std::uint64_t last) {
  return {{"account", to_text(entity_id{news})}, {"from", first}, {"to", last}};
}

} // namespace

TEST_CASE("shared answers: one is good until its account changes, and others don't matter", "[gateway]") {
  storage::memory_store rows;
  shared_answers all(rows);
  auto mine = account_number(1), other = account_number(2);
  note_change(rows, mine, 10);
  auto place = all.place_of(mine, "posts");
  CHECK_FALSE(all.find(place));
  all.keep(place, bytes_of("one"));
  note_change(rows, other, 11);
  REQUIRE(all.find(all.place_of(mine, "posts")));
  CHECK(text_of(*all.find(all.place_of(mine, "posts"))) == "one");
  CHECK_FALSE(all.find(all.place_of(mine, "others")));
  note_change(rows, mine, 12);
  CHECK_FALSE(all.find(all.place_of(mine, "posts")));
}

TEST_CASE("shared answers: what changed while an answer was read makes it no good", "[gateway]") {
  storage::memory_store rows;
  shared_answers all(rows);
  auto mine = account_number(1);
  auto place = all.place_of(mine, "posts");
  note_change(rows, mine, 1);
  all.keep(place, bytes_of("before or after?"));
  CHECK_FALSE(all.find(all.place_of(mine, "posts")));
}

TEST_CASE("shared answers: the last of very many changes is found", "[gateway]") {
  storage::memory_store rows;
  auto mine = account_number(1);
  storage::position at = 0;
  for (int i = 0; i < 3'000; ++i)
    note_change(rows, mine, at += static_cast<storage::position>(1 + i % 7));
  shared_answers all(rows);
  CHECK(all.place_of(mine, "posts").as_of == at);
  for (int i = 0; i < 300; ++i)
    note_change(rows, mine, at += 1'000);
  CHECK(all.place_of(mine, "posts").as_of == at);
}

TEST_CASE("shared answers: only the last ones are kept [I12]", "[gateway]") {
  storage::memory_store rows;
  shared_answers all(rows);
  auto mine = account_number(1);
  for (int i = 0; i < 1'000; ++i) {
    all.keep(all.place_of(mine, std::to_string(i)), bytes(100));
    all.keep(all.place_of(mine, std::to_string(i)), bytes(200)); // instead of it
  }
  CHECK(all.size() == 64);
  CHECK(all.bytes_kept() == 64 * 200);
  CHECK(all.find(all.place_of(mine, "999")));
  CHECK_FALSE(all.find(all.place_of(mine, "9")));
  for (int i = 0; i < 10; ++i)
    all.keep(all.place_of(mine, std::to_string(i)), bytes(1'000'000));
  CHECK(all.bytes_kept() <= 4 * 1024 * 1024);
  all.keep(all.place_of(mine, "large"), bytes(3 * 1024 * 1024));
  CHECK_FALSE(all.find(all.place_of(mine, "large")));
}

TEST_CASE("shared answers: an answer around an encoded result is the answer", "[gateway]") {
  json result{{"items", json::array({1, "two", nullptr})}, {"next", "x"}};
  for (auto form : {net::codec::json, net::codec::msgpack})
    for (auto& id : std::vector<json>{1, -7, "some \"text\"", nullptr})
      CHECK(encode_result(form, id, encode_document(form, result)) == encode_document(form, make_result(id, result)));
}

TEST_CASE("shared answers: all get the same posts, and each what is new to it at once", "[gateway]") {
  gateway_world g;
  auto publish = [&](const char* text) {
    return g.ask("owner", "account.publish", {{"account", to_text(entity_id{news})}, {"text", text}});
  };
  auto first = publish("The bridge is closed");
  auto& one = g.connect("reader");
  auto& two = g.connect("ann");
  auto number = first["number"].get<std::uint64_t>();
  auto before = one.ask("account.posts", page_of_posts(number, number + 5));
  REQUIRE(before["items"].size() == 1);
  CHECK(two.ask("account.posts", page_of_posts(number, number + 5)) == before);
  CHECK(g.ask("ann", "account.posts", page_of_posts(number, number + 5)) == before);
  g.ask("owner", "account.correct", {{"post", first["post"]}, {"text", "The bridge is open"}});
  auto after = two.ask("account.posts", page_of_posts(number, number + 5));
  CHECK(after["items"][0]["text"] == "The bridge is open");
  publish("And busy");
  CHECK(one.ask("account.posts", page_of_posts(number, number + 5))["items"].size() == 2);
  CHECK(one.ask("account.posts", page_of_posts(number, number))["items"].size() == 1);
}
