// After an erasure no file holds the text any more: searched for byte by byte in every file of the directory (I16).

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <thread>

#include "storage/leveldb_store.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

std::unique_ptr<store> open_store(const scratch_directory& scratch, std::size_t buffer = 64 << 10) {
  auto opened = open_leveldb_store(scratch.path(), {buffer, 1 << 20});
  if (!opened)
    throw std::runtime_error(opened.why().detail);
  return *std::move(opened);
}

void put(store& data, const std::string& key, const std::string& value) {
  row_batch batch;
  batch.put(key, bytes_of(value));
  data.write(batch);
}

void erase(store& data, const std::string& key) {
  row_batch batch;
  batch.erase(key);
  data.write(batch);
}

std::string row_name(int i) { return "row" + std::to_string(100000 + i); }

} // namespace

TEST_CASE("erasure: a body is in no file, wherever it lay [I16]", "[storage]") {
  std::mt19937_64 random{test_seed("erasure journal")};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  auto total = GENERATE(5, 400, 6000); // in the log only; in some tables; on several levels
  auto reopen = GENERATE(false, true);
  std::map<position, std::string> secrets;
  auto log = open_journal(directory);
  while (log->head(2) < static_cast<position>(total)) {
    append_batch batch{2, log->head(2), {}};
    for (auto at = batch.expected + 1; at <= static_cast<position>(total) && batch.records.size() < 40; ++at) {
      auto body = random_text(random, 120);
      if (at == 1 || at == static_cast<position>(total) || random() % (total / 3 + 1) == 0)
        secrets[at] = body;
      batch.records.push_back(record_of("h", body));
    }
    REQUIRE(log->append({&batch, 1}).at(0) == append_outcome::durable);
  }
  if (reopen) {
    log.reset();
    log = open_journal(directory);
  }
  std::vector<position> positions;
  for (auto& [at, body] : secrets) {
    positions.push_back(at);
    CHECK_FALSE(files_holding(directory, body).empty());
  }
  REQUIRE(log->erase_bodies(2, positions));
  for (auto& [at, body] : secrets) {
    INFO("position " << at << " of " << total);
    CHECK(files_holding(directory, body).empty());
    CHECK(files_holding(directory, body.substr(40, 30)).empty());
  }
  auto records = read_all(*log, 2);
  REQUIRE(records.size() == static_cast<std::size_t>(total));
  for (position at = 1; at <= records.size(); ++at)
    REQUIRE(records[at - 1].body.empty() == secrets.contains(at));
  log.reset();
  CHECK(read_all(*open_journal(directory), 2).size() == static_cast<std::size_t>(total));
}

TEST_CASE("erasure: a body erased right after it was appended is in no file [I16]", "[storage]") {
  // Body and mark share a flush, whose table may sink to the last level, which is never rewritten by itself.
  std::mt19937_64 random{test_seed("erasure at once")};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  auto log = open_journal(directory);
  for (position at = 1; at <= 30; ++at) {
    auto body = random_text(random, 100);
    REQUIRE(append_one(*log, 2, at - 1, {record_of("h", body)}) == append_outcome::durable);
    REQUIRE(log->erase_bodies(2, {&at, 1}));
    CHECK(files_holding(directory, body).empty());
  }
}

TEST_CASE("erasure: appending and reading go on meanwhile [I16]", "[storage]") {
  std::mt19937_64 random{test_seed("erasure under load")};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  auto log = open_journal(directory);
  auto secret = random_text(random, 100);
  fill(*log, 1, 500);
  REQUIRE(append_one(*log, 1, 500, {record_of("h", secret)}) == append_outcome::durable);
  std::atomic<bool> stop{false};
  std::thread writer{[&] {
    while (!stop)
      fill(*log, 1, log->head(1) + 1, std::string(50, '.'));
  }};
  std::thread reader{[&] {
    while (!stop)
      read_all(*log, 1);
  }};
  const position at = 501;
  auto outcome = log->erase_bodies(1, {&at, 1});
  auto holding = files_holding(directory, secret);
  stop = true;
  writer.join();
  reader.join();
  INFO((outcome ? "" : outcome.why().detail));
  REQUIRE(outcome);
  CHECK(holding.empty());
}

TEST_CASE("erasure: a table that is only begun holds nothing up [I16]", "[storage]") {
  // LevelDB hands a table over in parts of 64 KB, so that it is empty for long while the machine is busy. Files of
  // other names it leaves alone.
  std::mt19937_64 random{test_seed("erasure begun table")};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  auto log = open_journal(directory);
  auto secret = random_text(random, 100);
  auto size = GENERATE(0, 1, 70'000);
  REQUIRE(append_one(*log, 1, 0, {record_of("h", secret)}) == append_outcome::durable);
  std::ofstream{journal_path(directory) + "/begun.ldb"} << random_text(random, size);
  const position at = 1;
  auto outcome = log->erase_bodies(1, {&at, 1});
  INFO((outcome ? "" : outcome.why().detail));
  REQUIRE(outcome);
  CHECK(files_holding(directory, secret).empty());
}

TEST_CASE("erasure: a store's row is in no file after compact [I16]", "[storage]") {
  std::mt19937_64 random{test_seed("erasure store")};
  scratch_directory scratch;
  auto data = open_store(scratch);
  auto total = GENERATE(1, 300, 5000);
  std::vector<std::string> secrets;
  for (int i = 0; i < total; ++i) {
    secrets.push_back(random_text(random, 120));
    put(*data, row_name(i), secrets.back());
  }
  auto erased = random() % total;
  auto overwritten = random() % total;
  CHECK_FALSE(files_holding(scratch.path(), secrets[erased]).empty());
  put(*data, row_name(overwritten), "new");
  erase(*data, row_name(erased));
  REQUIRE(data->compact("row", "rox"));
  CHECK(files_holding(scratch.path(), secrets[erased]).empty());
  CHECK(files_holding(scratch.path(), secrets[overwritten]).empty());
  CHECK_FALSE(data->get(row_name(erased)));
  if (erased != overwritten)
    CHECK(data->get(row_name(overwritten)) == bytes_of("new"));
}

TEST_CASE("erasure: a row hidden within one table of the last level goes as well [I16]", "[storage]") {
  std::mt19937_64 random{test_seed("erasure last level")};
  scratch_directory scratch;
  auto secret = random_text(random, 100);
  auto old = random_text(random, 100);
  {
    auto data = open_store(scratch);
    put(*data, "row1", old);
    put(*data, "row1", "new");
    put(*data, "row2", secret);
    erase(*data, "row2");
  } // reopening writes one table from the log, with all four in it
  auto data = open_store(scratch);
  CHECK(files_with_suffix(scratch / "store", ".ldb").size() == 1);
  CHECK_FALSE(files_holding(scratch.path(), secret).empty());
  REQUIRE(data->compact("row", "rox"));
  CHECK(files_holding(scratch.path(), secret).empty());
  CHECK(files_holding(scratch.path(), old).empty());
  CHECK(data->get("row1") == bytes_of("new"));
}

TEST_CASE("erasure: a scan that keeps old files in use delays it, and is not forgotten [I16]", "[storage]") {
  std::mt19937_64 random{test_seed("erasure long scan")};
  scratch_directory scratch;
  auto secret = random_text(random, 100);
  {
    auto data = open_store(scratch);
    for (int i = 0; i < 100; ++i)
      put(*data, row_name(i), i == 50 ? secret : random_text(random, 100));
  }
  auto data = open_store(scratch);
  erase(*data, row_name(50));
  std::atomic<int> stage{0};
  std::thread scanner{[&] {
    data->scan("row", "rox", [&](std::string_view, byte_view) {
      stage = 1;
      while (stage == 1) // until the table is known to be pinned
        std::this_thread::yield();
      return false;
    });
  }};
  while (stage == 0)
    std::this_thread::yield();
  std::thread release{[&] {
    // The old table stays beside its successor until the scan is over.
    while (files_with_suffix(scratch / "store", ".ldb").size() < 2)
      std::this_thread::yield();
    stage = 2;
  }};
  auto outcome = data->compact("row", "rox");
  stage = 2;
  scanner.join();
  release.join();
  REQUIRE(outcome);
  CHECK(files_holding(scratch.path(), secret).empty());
}
