// What every store promises, whatever it is made of (storage/store.hpp).

#include <catch2/catch.hpp>
#include <map>
#include <memory>

#include "storage/leveldb_store.hpp"
#include "storage/memory_store.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

using rows = std::vector<std::pair<std::string, std::string>>;

std::unique_ptr<store> make_store(int which, const scratch_directory& scratch) {
  if (which == 0)
    return std::make_unique<memory_store>();
  auto opened = open_leveldb_store(scratch.path(), {64 << 10, 1 << 20});
  if (!opened)
    throw std::runtime_error(opened.why().detail);
  return *std::move(opened);
}

struct fixture {
  scratch_directory scratch;
  int which = GENERATE(0, 1);
  std::unique_ptr<store> data = make_store(which, scratch);
  fixture() { UNSCOPED_INFO("implementation: " << (which == 0 ? "memory" : "leveldb")); }

  void put(const std::string& key, const std::string& value) {
    row_batch batch;
    batch.put(key, bytes_of(value));
    data->write(batch);
  }
  void erase(const std::string& key) {
    row_batch batch;
    batch.erase(key);
    data->write(batch);
  }
  rows scan(const std::string& from, const std::string& to, bool back = false, std::size_t most = SIZE_MAX) const {
    rows out;
    auto take = [&](std::string_view key, byte_view value) {
      out.emplace_back(key, text_of(value));
      return out.size() < most;
    };
    back ? data->scan_back(from, to, take) : data->scan(from, to, take);
    return out;
  }
};

} // namespace

TEST_CASE("store: a row is what was last put, or absent", "[storage]") {
  fixture f;
  CHECK_FALSE(f.data->get("a"));
  f.put("a", "1");
  CHECK(f.data->get("a") == bytes_of("1"));
  f.put("a", "");
  CHECK(f.data->get("a") == bytes{});
  f.erase("a");
  CHECK_FALSE(f.data->get("a"));
  f.erase("a"); // harmless
}

TEST_CASE("store: a batch happens in its order", "[storage]") {
  fixture f;
  row_batch batch;
  batch.put("a", bytes_of("1"));
  batch.put("b", bytes_of("1"));
  batch.erase("a");
  batch.put("b", bytes_of("2"));
  batch.erase("c");
  batch.put("c", bytes_of("3"));
  f.data->write(batch);
  CHECK(f.scan("", "") == rows{{"b", "2"}, {"c", "3"}});
}

TEST_CASE("store: scans give the half-open range in byte order, both ways", "[storage]") {
  fixture f;
  using namespace std::string_literals;
  for (auto& key : {"a"s, "a\0"s, "a\0b"s, "ab"s, "b"s, "\x7f"s, "\x80"s, "\xff"s, "\xff\xff"s})
    f.put(key, "v" + key);
  CHECK(f.scan("a", "b").size() == 4);
  CHECK(f.scan("a", "b").front().first == "a");
  CHECK(f.scan("a", "b").back().first == "ab");
  CHECK(f.scan("a\0"s, "ab") == rows{{"a\0"s, "va\0"s}, {"a\0b"s, "va\0b"s}});
  CHECK(f.scan("b", "").size() == 5);
  CHECK(f.scan("", "").back().first == "\xff\xff");
  CHECK(f.scan("c", "d").empty());
  CHECK(f.scan("b", "b").empty());
  for (auto [from, to] : {std::pair{"a", "b"}, {"", ""}, {"b", ""}, {"", "a"}, {"c", "d"}, {"aa", "\xff"}}) {
    auto there = f.scan(from, to);
    auto back = f.scan(from, to, true);
    CHECK(rows{there.rbegin(), there.rend()} == back);
  }
}

TEST_CASE("store: a scan ends when told", "[storage]") {
  fixture f;
  for (int i = 100; i < 400; ++i)
    f.put(std::to_string(i), "v");
  CHECK(f.scan("", "", false, 3).back().first == "102");
  CHECK(f.scan("", "", true, 3).back().first == "397");
  CHECK(f.scan("", "").size() == 300);
  CHECK(f.scan("", "", true).size() == 300);
}

TEST_CASE("store: a visitor may use the store", "[storage]") {
  fixture f;
  for (int i = 0; i < 200; ++i)
    f.put("k" + std::to_string(1000 + i), "v");
  std::size_t seen = 0;
  f.data->scan("k", "l", [&](std::string_view key, byte_view) {
    REQUIRE(f.data->get(key));
    f.erase(std::string{key});
    ++seen;
    return true;
  });
  CHECK(seen == 200);
  CHECK(f.scan("", "").empty());
}

TEST_CASE("store: agrees with a plain map under random use", "[storage]") {
  fixture f;
  std::mt19937_64 random{test_seed("store random use")};
  std::map<std::string, std::string> model;
  auto key = [&] { return "k" + std::to_string(random() % 300); };
  for (int round = 0; round < 3000; ++round) {
    row_batch batch;
    for (auto n = random() % 4; n > 0; --n) {
      auto k = key();
      if (random() % 3 == 0) {
        batch.erase(k);
        model.erase(k);
      } else {
        auto value = random_text(random, random() % 200);
        batch.put(k, bytes_of(value));
        model[k] = value;
      }
    }
    f.data->write(batch);
    if (random() % 200 == 0)
      REQUIRE(f.data->compact(key(), random() % 2 ? std::string{} : "k9"));
    auto k = key();
    auto expected = model.find(k);
    auto found = f.data->get(k);
    REQUIRE(found.has_value() == (expected != model.end()));
    if (found)
      REQUIRE(text_of(*found) == expected->second);
  }
  CHECK(f.scan("", "") == rows{model.begin(), model.end()});
  auto back = f.scan("k2", "k7", true);
  CHECK(rows{back.rbegin(), back.rend()} == rows{model.lower_bound("k2"), model.lower_bound("k7")});
}

TEST_CASE("store: what was written is there after a restart", "[storage]") {
  scratch_directory scratch;
  {
    auto data = make_store(1, scratch);
    row_batch batch;
    batch.put("a", bytes_of("1"));
    data->write(batch);
  }
  CHECK(make_store(1, scratch)->get("a") == bytes_of("1"));
}

TEST_CASE("store: a damaged store says that it can be rebuilt", "[storage]") {
  scratch_directory scratch;
  make_store(1, scratch);
  fs::remove(scratch / "store/CURRENT");
  auto opened = open_leveldb_store(scratch.path());
  REQUIRE_FALSE(opened);
  CHECK(opened.why().code == errc::internal);
  CHECK(opened.why().detail.find("rebuilt from the journal") != std::string::npos);
}
