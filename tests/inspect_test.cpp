// verify, dump and stats: the figures, the check of bodies, progress, and that the original is never changed.

#include <catch2/catch.hpp>

#include "storage/digest.hpp"
#include "storage/inspect.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

std::string make_sample(const scratch_directory& scratch) {
  auto directory = make_directory(scratch);
  auto log = open_journal(directory);
  fill(*log, 1, 100, "12345");
  fill(*log, 2, 3);
  if (append_one(*log, 2, 3, {record_of("bare")}) != append_outcome::durable)
    throw std::runtime_error("append refused");
  const position erased[] = {1, 50};
  if (!log->erase_bodies(1, erased))
    throw std::runtime_error("erase refused");
  return directory;
}

/// Name and digest of each file.
std::map<std::string, digest32> fingerprint(const std::string& directory) {
  std::map<std::string, digest32> out;
  for (auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file())
      out[entry.path().string()] = sha256(view_of(read_file(entry.path())));
  return out;
}

std::vector<std::string> changed_files(const std::map<std::string, digest32>& before,
                                       const std::map<std::string, digest32>& after) {
  std::vector<std::string> names;
  for (auto& one : {&before, &after})
    for (auto& [name, digest] : *one) {
      auto in_both = before.contains(name) && after.contains(name);
      if (!in_both || before.at(name) != after.at(name))
        names.push_back(name);
    }
  return names;
}

} // namespace

TEST_CASE("inspect: a sound journal has its figures and no damage", "[storage]") {
  scratch_directory scratch;
  auto directory = make_sample(scratch);
  auto before = fingerprint(directory);
  for (auto& report : {*verify_journal(directory), *journal_stats(directory)}) {
    CHECK(report.sound());
    CHECK(report.file_bytes > 0);
    REQUIRE(report.shards.size() == 2);
    auto& one = report.shards.at(1);
    CHECK(one.head == 100);
    CHECK(one.records == 100);
    CHECK(one.bodies == 98);
    CHECK(one.erased == 2);
    CHECK(one.body_bytes == 9 * 1 + 90 * 2 + 3 + 98 * (3 + 5) - 1 - 2);
    auto& two = report.shards.at(2);
    CHECK(two.records == 4);
    CHECK(two.bodies == 3);
  }
  CHECK(fingerprint(directory) == before);
}

TEST_CASE("inspect: verify asks about every body that is there, and reports what it hears", "[storage]") {
  scratch_directory scratch;
  auto directory = make_sample(scratch);
  std::uint64_t asked = 0;
  auto check = [&](const inspected_record& record) -> std::string {
    ++asked;
    if (record.erased || !record.has_body)
      return "must not be asked about";
    return record.shard == 1 && record.at == 7 ? "the salted hash does not fit" : "";
  };
  std::uint64_t done = 0, estimate = 0;
  auto report = verify_journal(directory, check, [&](auto d, auto e) {
    done = d;
    estimate = e;
  });
  REQUIRE(report);
  CHECK(asked == 101);
  CHECK(done == 104);
  CHECK(estimate == 104);
  REQUIRE(report->damage_count == 1);
  CHECK(report->damage[0].shard == 1);
  CHECK(report->damage[0].first == 7);
  CHECK(report->damage[0].what == "the salted hash does not fit");
  CHECK_FALSE(report->damage[0].advice.empty());
}

TEST_CASE("inspect: dump gives records from a position on, until told", "[storage]") {
  scratch_directory scratch;
  auto directory = make_sample(scratch);
  std::vector<inspected_record> seen;
  auto damaged = dump_journal(directory, 1, 49, [&](const inspected_record& record) {
    seen.push_back(record);
    return seen.size() < 3;
  });
  REQUIRE(damaged);
  CHECK(*damaged == 0);
  REQUIRE(seen.size() == 3);
  CHECK(text_of(seen[0].record.header) == "h1.49");
  CHECK(text_of(seen[0].record.body) == "b1.4912345");
  CHECK(seen[1].erased);
  CHECK(seen[1].record.body.empty());
  CHECK(seen[2].at == 51);
}

TEST_CASE("inspect: damage is listed in full, and the damaged original is left as it is", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  {
    auto log = open_journal(directory);
    std::mt19937_64 random{5};
    fill(*log, 1, 1500, random_text(random, 200));
  }
  auto tables = files_with_suffix(journal_path(directory), ".ldb");
  REQUIRE(tables.size() >= 3);
  for (auto& table : {tables[0], tables[1]}) {
    auto text = read_file(table);
    text[100] = static_cast<char>(text[100] ^ 1);
    write_file(table, text);
  }
  auto before = fingerprint(directory);
  auto report = verify_journal(directory);
  REQUIRE(report);
  CHECK(report->damage_count >= 2);
  for (auto& table : {tables[0], tables[1]})
    CHECK(std::any_of(report->damage.begin(), report->damage.end(), [&](auto& d) { return d.file == table; }));
  CHECK(changed_files(before, fingerprint(directory)) == std::vector<std::string>{});
  CHECK_FALSE(fs::exists(directory + "/inspect.tmp"));
}

TEST_CASE("inspect: what a crash left of a compaction is no part of the journal", "[storage]") {
  scratch_directory scratch;
  auto directory = make_sample(scratch);
  // Something that is in the log alone: opening the look-alike makes a table of it.
  REQUIRE(append_one(*open_journal(directory), 2, 4, {record_of("new")}) == append_outcome::durable);
  // Under the next names that LevelDB gives, too: its own tables in the look-alike must not reach through to them.
  for (int number = 3; number < 100; ++number) {
    auto path = directory + "/journal/0000" + (number < 10 ? "0" : "") + std::to_string(number) + ".ldb";
    if (!fs::exists(path))
      write_file(path, "a table that was being written");
  }
  auto before = fingerprint(directory);
  auto report = verify_journal(directory);
  REQUIRE(report);
  CHECK(report->sound());
  CHECK(changed_files(before, fingerprint(directory)) == std::vector<std::string>{});
}

TEST_CASE("inspect: what is no data directory is not inspected", "[storage]") {
  scratch_directory scratch;
  CHECK(verify_journal(scratch / "nothing").why().code == errc::not_found);
  CHECK(journal_stats(scratch / "nothing").why().code == errc::not_found);
}
