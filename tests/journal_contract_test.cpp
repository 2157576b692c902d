// What every journal promises, whatever it is made of (storage/journal.hpp).

#include <atomic>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <thread>

#include "storage/memory_journal.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

using outcomes = std::vector<append_outcome>;

struct subject {
  const char* name;
  std::unique_ptr<journal> (*make)(const scratch_directory& scratch);
};

std::unique_ptr<journal> make_memory(const scratch_directory&) { return std::make_unique<memory_journal>(); }
std::unique_ptr<journal> make_leveldb(const scratch_directory& scratch) {
  return open_journal(make_directory(scratch));
}

const subject subjects[] = {{"memory", make_memory}, {"leveldb", make_leveldb}};

/// One of the implementations; the test runs once with each.
struct fixture {
  scratch_directory scratch;
  const subject& tested = subjects[GENERATE(0u, 1u)];
  std::unique_ptr<journal> log = tested.make(scratch);
  fixture() { UNSCOPED_INFO("implementation: " << tested.name); }
};

std::vector<std::string> headers(const journal& log, shard_id shard, position from = 1) {
  std::vector<std::string> out;
  for (auto& record : read_all(log, shard, from))
    out.emplace_back(text_of(record.header));
  return out;
}

} // namespace

TEST_CASE("journal: begins empty", "[storage]") {
  fixture f;
  CHECK(f.log->head(0) == 0);
  CHECK(f.log->shards().empty());
  CHECK(read_all(*f.log, 0).empty());
  CHECK(f.log->room_bytes() > 0);
}

TEST_CASE("journal: positions run from 1 without a hole, per shard", "[storage]") {
  fixture f;
  CHECK(append_one(*f.log, 3, 0, {record_of("a", "body a"), record_of("b")}) == append_outcome::durable);
  CHECK(append_one(*f.log, first_vault_shard, 0, {record_of("v")}) == append_outcome::durable);
  CHECK(append_one(*f.log, 3, 2, {record_of("c", "body c")}) == append_outcome::durable);
  CHECK(f.log->head(3) == 3);
  CHECK(f.log->head(first_vault_shard) == 1);
  CHECK(f.log->head(4) == 0);
  CHECK(f.log->shards() == std::vector<shard_id>{3, first_vault_shard});
  CHECK(headers(*f.log, 3) == std::vector<std::string>{"a", "b", "c"});
  auto records = read_all(*f.log, 3);
  CHECK(text_of(records[0].body) == "body a");
  CHECK(records[1].body.empty());
  position next = 2;
  REQUIRE(f.log->read(3, 2, [&](position at, const log_record&) { return at == next++; }));
  CHECK(next == 4);
}

TEST_CASE("journal: a batch lands right after the position it expects, or not at all [I5]", "[storage]") {
  fixture f;
  fill(*f.log, 1, 2);
  CHECK(append_one(*f.log, 1, 1, {record_of("late")}) == append_outcome::conflict);
  CHECK(append_one(*f.log, 1, 3, {record_of("early")}) == append_outcome::conflict);
  CHECK(f.log->head(1) == 2);
  CHECK(headers(*f.log, 1) == std::vector<std::string>{"h1.1", "h1.2"});
}

TEST_CASE("journal: batches of one call follow each other and fail one by one", "[storage]") {
  fixture f;
  std::vector<append_batch> batches{
      {1, 0, {record_of("a"), record_of("b")}},
      {2, 0, {record_of("x")}},
      {1, 1, {record_of("wrong")}},
      {1, 2, {record_of("c")}},
      {2, 5, {record_of("y")}},
      {2, 1, {}},
  };
  using enum append_outcome;
  CHECK(f.log->append(batches) == outcomes{durable, durable, conflict, durable, conflict, durable});
  CHECK(headers(*f.log, 1) == std::vector<std::string>{"a", "b", "c"});
  CHECK(headers(*f.log, 2) == std::vector<std::string>{"x"});
}

TEST_CASE("journal: empty batches write nothing and still compare", "[storage]") {
  fixture f;
  CHECK(append_one(*f.log, 7, 0, {}) == append_outcome::durable);
  CHECK(append_one(*f.log, 7, 1, {}) == append_outcome::conflict);
  CHECK(f.log->shards().empty());
}

TEST_CASE("journal: any bytes come back as they were", "[storage]") {
  fixture f;
  std::mt19937_64 random{test_seed("journal bytes")};
  std::vector<log_record> written;
  for (std::size_t size : {0, 1, 2, 255, 4096, 70'000, 600'000}) {
    log_record record;
    for (auto part : {&record.header, &record.body})
      for (std::size_t i = 0; i < size; ++i)
        part->push_back(static_cast<std::uint8_t>(random()));
    written.push_back(record);
    REQUIRE(append_one(*f.log, 0, f.log->head(0), {record}) == append_outcome::durable);
  }
  auto found = read_all(*f.log, 0);
  REQUIRE(found.size() == written.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK((found[i].header == written[i].header));
    CHECK((found[i].body == written[i].body));
  }
}

TEST_CASE("journal: a read goes from any position to the head as it was, and ends when told", "[storage]") {
  fixture f;
  fill(*f.log, 1, 3000);
  CHECK(headers(*f.log, 1, 2999) == std::vector<std::string>{"h1.2999", "h1.3000"});
  CHECK(headers(*f.log, 1, 3001).empty());
  CHECK(headers(*f.log, 1, 0).size() == 3000);
  position seen = 0;
  REQUIRE(f.log->read(1, 1, [&](position at, const log_record&) {
    seen = at;
    if (at == 1) // a visitor may write
      fill(*f.log, 1, 3001);
    return true;
  }));
  CHECK(seen == 3000);
  REQUIRE(f.log->read(1, 5, [&](position at, const log_record&) {
    seen = at;
    return at < 7;
  }));
  CHECK(seen == 7);
}

TEST_CASE("journal: erased bodies are gone, headers and neighbours stay [I16]", "[storage]") {
  fixture f;
  fill(*f.log, 1, 20);
  REQUIRE(append_one(*f.log, 1, 20, {record_of("bare")}) == append_outcome::durable);
  const position gone[] = {1, 7, 20, 21};
  REQUIRE(f.log->erase_bodies(1, gone));
  REQUIRE(f.log->erase_bodies(1, gone)); // harmless
  auto records = read_all(*f.log, 1);
  REQUIRE(records.size() == 21);
  for (position at = 1; at <= 20; ++at) {
    auto name = "1." + std::to_string(at);
    CHECK(text_of(records[at - 1].header) == "h" + name);
    bool erased = at == 1 || at == 7 || at == 20;
    CHECK(text_of(records[at - 1].body) == (erased ? "" : "b" + name));
  }
  CHECK(f.log->head(1) == 21);
  const position past[] = {22};
  CHECK(f.log->erase_bodies(1, past).why().code == errc::invalid_params);
  CHECK(append_one(*f.log, 1, 21, {record_of("next")}) == append_outcome::durable);
}

TEST_CASE("journal: readers see whole prefixes while one thread appends", "[storage]") {
  fixture f;
  std::atomic<bool> stop{false};
  std::atomic<int> wrong{0};
  std::thread reader{[&] {
    while (!stop) {
      auto head = f.log->head(1);
      position next = 1;
      auto outcome = f.log->read(1, 1, [&](position at, const log_record& record) {
        auto expected = "h1." + std::to_string(at);
        wrong += at != next++ || text_of(record.header) != expected;
        return true;
      });
      wrong += !outcome || next <= head;
    }
  }};
  fill(*f.log, 1, 1500);
  stop = true;
  reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("memory journal: faults come when asked for, and once", "[storage]") {
  memory_journal log;
  using enum append_outcome;
  using fault = memory_journal::fault;
  log.fail_next_append(fault::no_space);
  log.fail_next_append(fault::conflict);
  CHECK(append_one(log, 0, 0, {record_of("a")}) == no_space);
  CHECK(append_one(log, 0, 0, {record_of("a")}) == conflict);
  CHECK(append_one(log, 0, 0, {record_of("a")}) == durable);
  log.fail_next_append(fault::throw_lost);
  CHECK_THROWS_AS(append_one(log, 0, 1, {record_of("b")}), std::runtime_error);
  CHECK(log.head(0) == 1);
  log.fail_next_append(fault::throw_landed);
  CHECK_THROWS_AS(append_one(log, 0, 1, {record_of("b")}), std::runtime_error);
  CHECK(log.head(0) == 2);
  log.fail_next_append(fault::drop);
  CHECK(append_one(log, 0, 2, {record_of("c")}) == durable);
  CHECK(log.head(0) == 2);
  log.set_room_bytes(3);
  CHECK(append_one(log, 0, 2, {record_of("four")}) == no_space);
  CHECK(append_one(log, 0, 2, {record_of("c")}) == durable);
  log.damage(0, 2);
  position last = 0;
  auto outcome = log.read(0, 1, [&](position at, const log_record&) { return (last = at) != 0; });
  CHECK(outcome.why().code == errc::internal);
  CHECK(last == 1);
  log.lose_after(0, 1);
  CHECK(log.head(0) == 1);
}
