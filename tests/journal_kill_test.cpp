// kill -9 against the journal: a child appends and reports what was acknowledged through a pipe, dies at a random
// moment, and everything it reported is there afterwards (I1).

#include <catch2/catch.hpp>

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>

#include "storage/inspect.hpp"
#include "tests/storage_support.hpp"

using namespace charter;
using namespace charter::storage;
using namespace charter::test;

namespace {

struct report {
  shard_id shard;
  position last;
};

std::string body_at(shard_id shard, position at) {
  return "body " + std::to_string(shard) + "." + std::to_string(at) + std::string(at * 37 % 400, 'x');
}

/// Appends batches on three shards and erases now and then, until killed.
[[noreturn]] void append_for_ever(const std::string& directory, int pipe, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  try {
    auto log = open_journal(directory);
    while (true) {
      std::vector<append_batch> batches;
      for (shard_id shard = 0; shard < 3; ++shard) {
        append_batch batch{shard, log->head(shard), {}};
        for (auto n = random() % 20; n > 0; --n) {
          auto at = batch.expected + batch.records.size() + 1;
          batch.records.push_back(record_of("h" + std::to_string(at), body_at(shard, at)));
        }
        batches.push_back(std::move(batch));
      }
      log->append(batches);
      for (shard_id shard = 0; shard < 3; ++shard) {
        report acknowledged{shard, log->head(shard)};
        if (::write(pipe, &acknowledged, sizeof acknowledged) != sizeof acknowledged)
          ::_exit(1);
      }
      if (position at = random() % 500 + 1; random() % 10 == 0 && at <= log->head(2))
        if (!log->erase_bodies(2, {&at, 1}))
          ::_exit(2);
    }
  } catch (...) {
    ::_exit(3);
  }
}

void check_everything_there(const std::string& directory, const std::map<shard_id, position>& acknowledged) {
  auto log = open_journal(directory);
  for (auto& [shard, last] : acknowledged) {
    REQUIRE(log->head(shard) >= last);
    position next = 1;
    REQUIRE(log->read(shard, 1, [&, shard = shard](position at, const log_record& record) {
      REQUIRE(at == next++);
      REQUIRE(text_of(record.header) == "h" + std::to_string(at));
      if (shard != 2 || !record.body.empty())
        REQUIRE(text_of(record.body) == body_at(shard, at));
      return true;
    }));
    REQUIRE(next == log->head(shard) + 1);
  }
}

/// A process of its own, not just a fork: LevelDB's threads don't survive one.
pid_t start_child(const std::string& directory, int pipe, std::uint64_t seed) {
  auto child = ::fork();
  if (child == 0) {
    ::setenv("KILL_TEST_DIRECTORY", directory.c_str(), 1);
    ::setenv("KILL_TEST_PIPE", std::to_string(::dup(pipe)).c_str(), 1); // the copy stays open across exec
    ::setenv("KILL_TEST_SEED", std::to_string(seed).c_str(), 1);
    ::execl("/proc/self/exe", "journal_kill_test", "journal: child of the kill -9 test", nullptr);
    ::_exit(4);
  }
  return child;
}

} // namespace

TEST_CASE("journal: child of the kill -9 test", "[.child]") {
  auto directory = std::getenv("KILL_TEST_DIRECTORY");
  if (directory)
    append_for_ever(directory, std::atoi(std::getenv("KILL_TEST_PIPE")),
                    std::strtoull(std::getenv("KILL_TEST_SEED"), nullptr, 10));
}

TEST_CASE("journal: nothing acknowledged is missing after kill -9 [I1]", "[storage]") {
  auto seed = test_seed("journal kill");
  std::mt19937_64 random{seed};
  scratch_directory scratch;
  auto directory = make_directory(scratch);
  std::map<shard_id, position> acknowledged;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    auto child_seed = random();
    auto reports_left = static_cast<int>(random() % 600 + 3); // the moment of death
    auto child = start_child(directory, ends[1], child_seed);
    REQUIRE(child >= 0);
    ::close(ends[1]);
    report next;
    bool killed = false;
    while (::read(ends[0], &next, sizeof next) == sizeof next) { // what is still in the pipe counts as well
      acknowledged[next.shard] = std::max(acknowledged[next.shard], next.last);
      if (!killed && --reports_left <= 0) {
        ::kill(child, SIGKILL);
        killed = true;
      }
    }
    ::close(ends[0]);
    int outcome = 0;
    REQUIRE(::waitpid(child, &outcome, 0) == child);
    INFO("round " << round << ", SEED=" << seed);
    REQUIRE(WIFSIGNALED(outcome));
    check_everything_there(directory, acknowledged);
  }
  CHECK(acknowledged[0] > 100);
  auto verified = verify_journal(directory);
  REQUIRE(verified);
  CHECK(verified->sound());
}
