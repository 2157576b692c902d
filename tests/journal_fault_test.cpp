// The journal against damaged, missing and foreign files, a second process and a full disk: it refuses and says so,
// and never serves less than was acknowledged. (Death by kill -9: journal_kill_test.cpp.)

#include <thread>

#include <catch2/catch.hpp>

#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "storage/inspect.hpp"
#include "storage/journal_format.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Why it does not open; fails the test when it does.
refusal refusal_of(const std::string& directory) {
  auto opened = open_leveldb_journal(directory, small_options());
  if (opened)
    throw std::runtime_error("the journal opened");
  UNSCOPED_INFO(opened.why().detail);
  return opened.why();
}

inspect_report verify(const std::string& directory) {
  auto report = verify_journal(directory);
  if (!report)
    throw std::runtime_error(report.why().detail);
  return *report;
}

/// Several tables and a log: records with about 200 bytes each on shards 0 and 3.
std::string make_filled(const scratch_directory& scratch, position records = 2000) {
  auto directory = make_directory(scratch);
  auto log = open_journal(directory);
  std::mt19937_64 random{1};
  while (log->head(3) < records) {
    fill(*log, 0, log->head(0) + 10, random_text(random, 150));
    fill(*log, 3, log->head(3) + 10, random_text(random, 150));
  }
  return directory;
}

void flip_bit(const std::string& path, std::size_t at) {
  auto text = read_file(path);
  REQUIRE(at < text.size());
  text[at] = static_cast<char>(text[at] ^ 4);
  write_file(path, text);
}

/// Puts a row below the journal's interface.
void put_raw(const std::string& directory, const std::string& key, const std::string& value, bool erase = false) {
  leveldb::DB* raw = nullptr;
  REQUIRE(leveldb::DB::Open({}, journal_path(directory), &raw).ok());
  std::unique_ptr<leveldb::DB> db{raw};
  REQUIRE((erase ? db->Delete({}, key) : db->Put({}, key, value)).ok());
}

/// Rows changed by another program leave the ledger naming a log that is gone: brings it up to date.
void settle_ledger(const std::string& directory) {
  auto path = journal_path(directory) + "/LEDGER";
  auto text = read_file(path);
  auto name = text.substr(text.find("log ") + 4, 10);
  if (!fs::exists(journal_path(directory) + "/" + name))
    write_file(journal_path(directory) + "/" + name, "");
}

} // namespace

TEST_CASE("journal: a restart finds every record and goes on", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch);
  for (int round = 0; round < 3; ++round) {
    auto log = open_journal(directory);
    CHECK(log->head(0) == log->head(3));
    CHECK(read_all(*log, 3).size() == log->head(3));
    fill(*log, 3, log->head(3) + 1);
    fill(*log, 0, log->head(0) + 1);
  }
  CHECK(verify(directory).sound());
}

TEST_CASE("journal: a second process is told who has the directory [I5]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 10);
  auto log = open_journal(directory);
  auto here = refusal_of(directory);
  CHECK(here.code == errc::conflict);
  CHECK(mentions(here.detail, "another charterd uses this directory"));
  auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    auto there = open_leveldb_journal(directory, small_options());
    ::_exit(!there && there.why().code == errc::conflict && mentions(there.why().detail, "another charterd") ? 0 : 1);
  }
  int outcome = 0;
  REQUIRE(::waitpid(child, &outcome, 0) == child);
  CHECK(WIFEXITED(outcome));
  CHECK(WEXITSTATUS(outcome) == 0);
  CHECK(verify_journal(directory).why().code == errc::conflict);
  fill(*log, 0, 20); // the owner was not disturbed
}

TEST_CASE("journal: a missing CURRENT is not taken for an empty journal", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 10);
  fs::remove(journal_path(directory) + "/CURRENT");
  auto why = refusal_of(directory);
  CHECK(why.code == errc::internal);
  CHECK(mentions(why.detail, "CURRENT is missing"));
  CHECK_FALSE(fs::exists(journal_path(directory) + "/CURRENT"));
}

TEST_CASE("journal: a missing directory is not taken for an empty journal", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 10);
  fs::remove_all(journal_path(directory));
  CHECK(refusal_of(directory).code == errc::not_found);
  fs::create_directory(journal_path(directory));
  CHECK(mentions(refusal_of(directory).detail, "files were lost"));
  fs::remove(directory + "/DIRECTORY");
  CHECK(mentions(refusal_of(directory).detail, "DIRECTORY is missing"));
  CHECK(refusal_of(scratch / "elsewhere").code == errc::not_found);
}

TEST_CASE("journal: a vanished log file is noticed [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch);
  auto logs = files_with_suffix(journal_path(directory), ".log");
  REQUIRE_FALSE(logs.empty()); // two when the older one is still being compacted
  fs::remove(logs[0]);
  for (int attempt = 0; attempt < 2; ++attempt) { // refusing changed nothing
    auto why = refusal_of(directory);
    CHECK(why.code == errc::internal);
    CHECK(mentions(why.detail, "is missing, and with it acknowledged records"));
  }
  auto report = verify(directory);
  CHECK_FALSE(report.sound());
}

TEST_CASE("journal: a log cut back behind what the ledger knows is noticed [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 50); // fits in one log
  auto logs = files_with_suffix(journal_path(directory), ".log");
  REQUIRE(logs.size() == 1);
  auto whole = read_file(logs[0]);
  write_file(logs[0], whole.substr(0, GENERATE(0u, 1u, 2u, 3u) * whole.size() / 4));
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto why = refusal_of(directory);
    CHECK(why.code == errc::internal);
    CHECK(mentions(why.detail, "the ledger knows of 50"));
  }
  CHECK(verify(directory).damage_count >= 2); // both shards
}

TEST_CASE("journal: a stretch of zeros in the log, which LevelDB steps over, is noticed [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 180); // in one log and one table at most
  auto log = files_with_suffix(journal_path(directory), ".log").back();
  auto whole = read_file(log);
  auto block = std::size_t{32768}; // LevelDB's
  auto begin = whole.size() > 2 * block ? block : 0;
  auto end = std::min(whole.size(), begin + block);
  if (end == whole.size())
    end = begin + (whole.size() - begin) / 2;
  whole.replace(begin, end - begin, std::string(end - begin, '\0'));
  write_file(log, whole);
  for (int attempt = 0; attempt < 2; ++attempt) { // the first one may rewrite the log as tables
    auto why = refusal_of(directory);
    CHECK(why.code == errc::internal);
  }
  CHECK_FALSE(verify(directory).sound());
}

TEST_CASE("journal: a vanished table file is noticed [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch);
  auto tables = files_with_suffix(journal_path(directory), ".ldb");
  REQUIRE(tables.size() > 2);
  fs::remove(tables[tables.size() / 2]);
  CHECK(refusal_of(directory).code == errc::internal);
  auto report = verify(directory);
  CHECK_FALSE(report.sound());
  CHECK_FALSE(report.damage.at(0).advice.empty());
}

TEST_CASE("journal: a missing or damaged ledger is noticed", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 10);
  auto path = journal_path(directory) + "/LEDGER";
  auto whole = read_file(path);
  flip_bit(path, whole.find("head 3 ") + 7);
  CHECK(mentions(refusal_of(directory).detail, "checksum mismatch"));
  write_file(path, "charter-ledger 2\n");
  CHECK(refusal_of(directory).code == errc::unavailable);
  fs::remove(path);
  CHECK(mentions(refusal_of(directory).detail, "it is missing"));
  write_file(path, whole);
  open_journal(directory);
}

TEST_CASE("journal: a flipped bit in the log is reported, and not skipped [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_filled(scratch, 50);
  auto log = files_with_suffix(journal_path(directory), ".log").at(0);
  flip_bit(log, read_file(log).size() / 2);
  auto why = refusal_of(directory);
  CHECK(why.code == errc::internal);
  CHECK(mentions(why.detail, "checksum"));
  CHECK_FALSE(verify(directory).sound());
}

TEST_CASE("journal: a flipped bit in any table ends a read with where, and verify names the file", "[storage]") {
  scratch_directory scratch;
  auto original = make_filled(scratch);
  { // what was merged into others is removed when LevelDB has come to rest
    auto resting = open_journal(original);
    std::vector<std::string> before;
    for (auto now = files_with_suffix(journal_path(original), ".ldb"); now != before;
         now = files_with_suffix(journal_path(original), ".ldb")) {
      before = now;
      std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
  }
  auto directory = scratch / "copy"; // since even a refused opening rewrites tables
  std::mt19937_64 random{test_seed("journal flipped bit")};
  for (auto& path : files_with_suffix(journal_path(original), ".ldb")) {
    fs::remove_all(directory);
    fs::copy(original, directory, fs::copy_options::recursive);
    auto table = journal_path(directory) + "/" + fs::path{path}.filename().string();
    flip_bit(table, random() % (fs::file_size(table) / 4)); // in a data block; not every byte after those is ever read
    auto report = verify(directory);
    INFO(table);
    CHECK_FALSE(report.sound());
    CHECK(std::any_of(report.damage.begin(), report.damage.end(), [&](auto& d) { return d.file == table; }));
    // Either it does not open, or reading says so, or the bit was not in live records (a head long overwritten).
    auto log = open_leveldb_journal(directory, small_options());
    for (shard_id shard : {0, 3}) {
      position seen = 0;
      auto next = [&](position at, const log_record&) { return at == ++seen; };
      auto outcome = log ? (*log)->read(shard, 1, next) : status{done{}};
      if (!outcome)
        CHECK(mentions(outcome.why().detail, place_text(shard, seen + 1)));
      else if (log)
        CHECK(seen == (*log)->head(shard));
    }
  }
}

TEST_CASE("journal: rows removed or put from below are noticed", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  fill(*open_journal(directory), 3, 10);
  open_journal(directory); // has looked at these ten, and will not look again
  auto expect_at_open = true;
  std::string expected;
  SECTION("the last header") {
    put_raw(directory, row_key(table::header, 3, 10), "", true);
    expected = "shard 3 position 10";
  }
  SECTION("a record after the head") {
    auto key = row_key(table::header, 3, 11);
    put_raw(directory, key, frame(key, 0, view_of("x")));
    expected = "shard 3 position 11";
  }
  SECTION("the head") {
    put_raw(directory, row_key(table::head, 3, 0), "", true);
    expected = "shard 3";
  }
  SECTION("a header in the middle") {
    put_raw(directory, row_key(table::header, 3, 5), "", true);
    expected = "shard 3 position 5 to 5: missing";
    expect_at_open = false;
  }
  SECTION("a body in the middle") {
    put_raw(directory, row_key(table::body, 3, 5), "", true);
    expected = "its body is missing";
    expect_at_open = false;
  }
  SECTION("a body moved to another record") {
    put_raw(directory, row_key(table::body, 3, 5), frame(row_key(table::body, 3, 6), 0, view_of("b3.6")));
    expected = "shard 3 position 5, body: checksum mismatch";
    expect_at_open = false;
  }
  SECTION("a body of nobody") {
    put_raw(directory, row_key(table::body, 2, 1), frame(row_key(table::body, 2, 1), 0, view_of("x")));
    expected = "a body without a header";
    expect_at_open = false;
  }
  settle_ledger(directory);
  auto report = verify(directory);
  CHECK(std::any_of(report.damage.begin(), report.damage.end(), [&](auto& d) { return mentions(d.what, expected); }));
  auto opened = open_leveldb_journal(directory, small_options());
  CHECK(static_cast<bool>(opened) == !expect_at_open);
  if (!opened)
    CHECK(mentions(opened.why().detail, expected));
  else if (expected != "a body without a header")
    CHECK(mentions((*opened)->read(3, 1, [](auto, auto&) { return true; }).why().detail, expected));
}

TEST_CASE("journal: a hole among records of its logs is noticed at every start [I1]", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  fill(*open_journal(directory), 3, 10);
  put_raw(directory, row_key(table::header, 3, 5), "", true);
  settle_ledger(directory);
  for (int attempt = 0; attempt < 2; ++attempt)
    CHECK(mentions(refusal_of(directory).detail, "shard 3 position 5 to 5: missing"));
}

TEST_CASE("journal: a newer format is reported and never skipped", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  fill(*open_journal(directory), 3, 10);
  open_journal(directory); // has looked at these ten, and will not look again
  auto last = GENERATE(false, true);
  auto key = row_key(table::header, 3, last ? 10 : 5);
  auto value = frame(key, 0, view_of("from the future"));
  value[0] = record_format_known + 1;
  put_raw(directory, key, value);
  settle_ledger(directory);
  auto opened = open_leveldb_journal(directory, small_options());
  CHECK(static_cast<bool>(opened) == !last);
  position seen = 0;
  auto why = opened ? (*opened)->read(3, 1, [&](position at, auto&) { return at == ++seen; }).why() : opened.why();
  CHECK(why.code == errc::unavailable);
  CHECK(mentions(why.detail, "newer version"));
  CHECK(seen == (last ? 0 : 4));
}

TEST_CASE("journal: another directory's journal, and one of a newer version, are not opened", "[storage]") {
  scratch_directory scratch, other;
  auto directory = make_filled(scratch, 10);
  auto foreign = make_filled(other, 10);
  fs::remove_all(journal_path(directory));
  fs::copy(journal_path(foreign), journal_path(directory));
  CHECK(mentions(refusal_of(directory).detail, "another directory's journal"));
  auto identity = *read_directory_identity(foreign);
  identity.format_level = format_level_known + 1;
  REQUIRE(write_directory_identity(foreign, identity));
  CHECK(refusal_of(foreign).code == errc::unavailable);
}

TEST_CASE("journal: the reserve is not touched, and room that returns is used", "[storage]") {
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  auto options = small_options();
  std::uint64_t free = 1'000'000;
  options.reserve_bytes = 900'000;
  options.free_bytes = [&] { return free; };
  auto log = open_journal(directory, options);
  auto body = std::string(20'000, 'x');
  CHECK(log->room_bytes() == 100'000);
  CHECK(append_one(*log, 1, 0, {record_of("h", body)}) == append_outcome::durable);
  std::vector<append_batch> batches{{1, 1, {record_of("h", body)}},
                                    {1, 2, {record_of("h", body)}},
                                    {1, 3, {record_of("h", body)}},
                                    {2, 0, {record_of("small")}}};
  using enum append_outcome;
  CHECK(log->append(batches) == std::vector{durable, durable, no_space, durable});
  free = 900'000;
  CHECK(log->room_bytes() == 0);
  CHECK(append_one(*log, 1, 3, {record_of("h")}) == no_space);
  CHECK(read_all(*log, 1).size() == 3);
  free = 2'000'000;
  CHECK(append_one(*log, 1, 3, {record_of("h", body)}) == durable);
}

namespace {

/// A small file system of its own, if this process may mount one.
struct small_disk {
  scratch_directory scratch;
  bool mounted = false;
  explicit small_disk(const char* size) {
    mounted = ::mount("tmpfs", scratch.path().c_str(), "tmpfs", 0, size) == 0;
    if (!mounted)
      WARN("SKIPPED: mounting a small disk needs root; only the reserve was tested");
  }
  ~small_disk() {
    if (mounted)
      ::umount2(scratch.path().c_str(), MNT_DETACH);
  }
};

} // namespace

TEST_CASE("journal: a disk that fills up stops changes before the reserve, and nothing else", "[storage]") {
  small_disk disk{"size=96m"};
  if (!disk.mounted)
    return;
  auto directory = make_directory(disk.scratch);
  auto options = small_options();
  options.reserve_bytes = 48 << 20; // a compaction has its result beside its input for a while
  options.write_buffer_bytes = 256 << 10;
  auto log = open_journal(directory, options);
  std::mt19937_64 random{2};
  auto body = random_text(random, 50'000);
  append_outcome outcome;
  do
    outcome = append_one(*log, 1, log->head(1), {record_of("h", body)});
  while (outcome == append_outcome::durable);
  CHECK(outcome == append_outcome::no_space);
  CHECK(log->head(1) > 300);
  CHECK(read_all(*log, 1).size() == log->head(1));
  const position first[] = {1, 2, 3};
  CHECK(log->erase_bodies(1, first)); // has the reserve to work with
  auto head = log->head(1);
  log.reset();
  log = open_journal(directory, options);
  CHECK(log->head(1) == head);
  std::vector<position> all;
  for (position at = 1; at <= head; ++at)
    all.push_back(at);
  REQUIRE(log->erase_bodies(1, all));
  CHECK(append_one(*log, 1, head, {record_of("again", body)}) == append_outcome::durable);
}

TEST_CASE("journal: a failed write ends it, and keeps what was acknowledged", "[storage]") {
  small_disk disk{"size=6m"};
  if (!disk.mounted)
    return;
  auto directory = make_directory(disk.scratch);
  position acknowledged = 0;
  std::mt19937_64 random{3};
  auto body = random_text(random, 50'000);
  {
    auto log = open_journal(directory); // without a reserve
    auto fill_disk = [&] {
      for (int i = 0; i < 1000; ++i)
        if (append_one(*log, 1, log->head(1), {record_of("h", body)}) == append_outcome::durable)
          acknowledged = log->head(1);
        else
          throw std::runtime_error("no space");
    };
    CHECK_THROWS_AS(fill_disk(), std::runtime_error);
    CHECK(acknowledged > 10);
  }
  // Grown, as an operator would: everything acknowledged is there.
  REQUIRE(::mount("tmpfs", disk.scratch.path().c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
  auto log = open_journal(directory);
  CHECK(log->head(1) >= acknowledged);
  CHECK(read_all(*log, 1).size() == log->head(1));
}
