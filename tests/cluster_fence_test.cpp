// One writer per shard, with a real etcd: claims and appends that race, come late, or whose answers get lost.

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <thread>

#include "cluster/fenced_log.hpp"
#include "cluster/tail.hpp"
#include "storage/memory_journal.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr shard_id shard = 3;
const std::set<std::string> replicas{"d1", "d2"};

storage::system_environment world;

/// A node's view: its own connection, its own idea of the head.
struct owner {
  etcd::client& etcd;
  std::string directory;
  fenced_log log;
  grip held;
  std::optional<policy_step> policy;

  owner(etcd::client& e, std::string d) : etcd(e), directory(std::move(d)), log(e, log_keys{}, world) {}

  /// `local`: where its journal ends.
  bool claim(const log_end& local = {}) {
    auto claimed = log.claim(shard, directory, local);
    if (claimed)
      held = *claimed;
    return bool(claimed);
  }
  fate append(const std::vector<storage::log_record>& records, std::stop_token stop = {}) {
    fenced_batch batch{shard, held, records};
    auto verdict = log.append({&batch, 1}, policy, stop).front();
    if (verdict.outcome == fate::landed)
      held = {held.claim, verdict.head, verdict.head.mark.value_or(0)};
    return verdict.outcome;
  }
  fate append(const std::string& name) { return append({record_of(name)}); }
};

/// The log as it stands in etcd, checked for holes on the way.
std::vector<std::string> log_in(etcd::client& etcd) {
  storage::memory_journal copy;
  replica local{copy};
  auto outcome = read_tail(etcd, log_keys{}, local, shard);
  if (!outcome)
    throw std::runtime_error(outcome.why().detail);
  std::vector<std::string> out;
  for (auto& record : read_all(copy, shard))
    out.emplace_back(text_of(record.header));
  auto entry = read_entry(etcd, log_keys{}, shard);
  if (!entry || entry->head.last != out.size())
    throw std::runtime_error("the head isn't where the log ends");
  return out;
}

/// Of a journal whose last record is this one.
log_end after(position last, const std::string& name) { return {last, mark_of(record_of(name))}; }

using texts = std::vector<std::string>;

/// Appends "NAME.0", "NAME.1", … until `until`; gives how many were acknowledged. Whatever is unknown is waited for.
int append_until(owner& who, const std::string& name, steady_clock::time_point until) {
  int count = 0;
  while (steady_clock::now() < until && who.append(name + "." + std::to_string(count)) == fate::landed)
    ++count;
  return count;
}

} // namespace

TEST_CASE("fence: a shard is created once, claimed by who is listed, and appended to by who claimed", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  owner one{*etcd, "d1"};
  CHECK(one.log.claim(shard, "d1", log_end{}).why().code == errc::not_found);
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  CHECK(one.log.create(shard, log_end{}, replicas).why().code == errc::conflict);
  CHECK(one.log.claim(shard, "d3", log_end{}).why().code == errc::forbidden);
  CHECK(one.log.claim(shard, "d1", after(1, "a")).why().code == errc::internal); // a journal that is ahead
  REQUIRE(one.claim());
  CHECK(one.held.claim.term == 1);
  CHECK(one.append({record_of("a"), record_of("b")}) == fate::landed);
  CHECK(one.append("c") == fate::landed);
  CHECK(one.held.head.last == 3);
  CHECK(log_in(*etcd) == texts{"a", "b", "c"});
  CHECK(read_entry(*etcd, log_keys{}, shard)->owner == "d1");

  // A journal as long, with another record at its end; and one that is shorter.
  CHECK(one.log.claim(shard, "d2", after(3, "c of another cluster")).why().code == errc::internal);
  CHECK(one.log.claim(shard, "d2", after(2, "b of another cluster")).why().code == errc::internal);
  CHECK(read_entry(*etcd, log_keys{}, shard)->claim == one.held.claim); // nobody was fenced off

  // A directory that has lost what it reported, and one that lacks what was trimmed.
  REQUIRE(until_answered([&] { return report_synced(*etcd, log_keys{}, "d2", {{shard, 2}}); }));
  CHECK(one.log.claim(shard, "d2", after(1, "a")).why().code == errc::internal);
  auto entry = read_entry(*etcd, log_keys{}, shard);
  REQUIRE(until_answered([&] { return trim(*etcd, log_keys{}, shard, one.held.claim, *entry, 2); }));
  CHECK(one.log.claim(shard, "d1", after(1, "a")).why().code == errc::unavailable);
  CHECK(one.log.claim(shard, "d2", after(2, "b")));
}

TEST_CASE("fence: of two owners that race, one appends at a time and none after it was replaced [I5]", "[cluster]") {
  etcd_service service;
  auto first = service.connect();
  auto second = service.connect();
  owner one{*first, "d1"};
  owner two{*second, "d2"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  std::atomic<int> acknowledged{0};
  std::atomic<int> fenced{0};
  auto until = steady_clock::now() + seconds{4};
  auto race = [&](owner& who) {
    for (int round = 0; steady_clock::now() < until; ++round) {
      if (!who.claim())
        continue;
      acknowledged += append_until(who, who.directory + "." + std::to_string(round), until);
      fenced += steady_clock::now() < until;
    }
  };
  std::thread other{[&] { race(two); }};
  race(one);
  other.join();
  CHECK(fenced > 5);
  auto log = log_in(*first);
  CHECK(static_cast<int>(log.size()) == acknowledged);
  CHECK(std::set<std::string>(log.begin(), log.end()).size() == log.size());
}

TEST_CASE("fence: an owner that slept through another's claim is refused when it wakes [I5]", "[cluster]") {
  etcd_service service;
  auto real = service.connect();
  unreliable_etcd sleepy{*real};
  owner one{sleepy, "d1"};
  owner two{*real, "d2"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  REQUIRE(one.claim());
  REQUIRE(one.append("before") == fate::landed);

  sleepy.requests_to_hold = 1;
  std::stop_source asleep;
  asleep.request_stop();
  CHECK(one.append({record_of("held")}, asleep.get_token()) == fate::open); // it hears nothing
  REQUIRE(two.claim());
  CHECK(sleepy.deliver() == std::vector<bool>{false});
  REQUIRE(two.append("after") == fate::landed);
  CHECK(one.append("awake") == fate::fenced);
  CHECK(one.append("still") == fate::fenced);
  CHECK(log_in(*real) == texts{"before", "after"});
}

TEST_CASE("fence: who decides under an older policy than the cluster's is refused, and can go on", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect(seconds{5});
  owner one{*etcd, "d1"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  REQUIRE(one.claim());
  one.policy = policy_step{0, {}};
  CHECK(one.append("there is no policy's version") == fate::refused);
  etcd::transaction first;
  first.then.push_back(etcd::put(log_keys{}.policy(), number_text(4)));
  REQUIRE(until_answered([&] { return etcd->commit(first); }));
  CHECK(one.append("under an older one") == fate::outdated);
  one.policy = policy_step{4, 5};
  CHECK(one.append("raises it") == fate::landed);
  one.policy = policy_step{4, {}};
  CHECK(one.append("decided before") == fate::outdated);
  one.policy = policy_step{5, {}};
  CHECK(one.append("decided after") == fate::landed);
  CHECK(log_in(*etcd) == texts{"raises it", "decided after"});
}

TEST_CASE("fence: an append without an answer is repeated as it was, and lands once [I3]", "[cluster]") {
  etcd_service service;
  auto real = service.connect();
  unreliable_etcd etcd{*real};
  owner one{etcd, "d1"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  REQUIRE(one.claim());
  etcd.sent.clear();

  // It had landed, never came there, or comes there late.
  auto fault = GENERATE(&unreliable_etcd::answers_to_lose, &unreliable_etcd::requests_to_lose,
                        &unreliable_etcd::requests_to_hold);
  etcd.*fault = 2;
  CHECK(one.append("a") == fate::landed);
  for (bool landed : etcd.deliver())
    CHECK_FALSE(landed);
  REQUIRE(etcd.sent.size() >= 3);
  for (auto& sent : etcd.sent) {
    CHECK(sent.conditions[0].value == etcd.sent[0].conditions[0].value);
    CHECK(sent.then[0].value == etcd.sent[0].then[0].value);
    CHECK(sent.then[1].value == etcd.sent[0].then[1].value);
  }
  CHECK(one.append("b") == fate::landed);
  CHECK(log_in(*real) == texts{"a", "b"});
}

TEST_CASE("fence: a claim gets through while the owner appends without a pause [I5]", "[cluster]") {
  etcd_service service;
  auto first = service.connect();
  auto second = service.connect();
  owner one{*first, "d1"};
  owner two{*second, "d2"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  for (int round = 0; round < 10; ++round) {
    REQUIRE(one.claim());
    int count = 0;
    std::thread busy{[&] { count = append_until(one, std::to_string(round), steady_clock::now() + seconds{20}); }};
    std::this_thread::sleep_for(milliseconds{20});
    CHECK(two.claim());
    busy.join();
    CHECK(one.held.head == two.held.head); // nothing of it after the claim
  }
}

TEST_CASE("fence: nothing is lost or doubled when etcd is killed amid appends [I1] [I3]", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  owner one{*etcd, "d1"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  REQUIRE(one.claim());
  std::atomic<int> count{0};
  std::jthread busy{[&](std::stop_token stop) {
    while (!stop.stop_requested() && one.append("r." + std::to_string(count)) == fate::landed)
      ++count;
  }};
  for (int round = 1; round <= 4; ++round) {
    REQUIRE(comes_true([&] { return count >= 10 * round; }));
    service.signal(0, SIGKILL);
    service.start(0);
  }
  REQUIRE(comes_true([&] { return count >= 50; }));
  busy.request_stop();
  busy.join();
  CHECK(one.log.repeated() > 0);
  texts expected;
  for (int i = 0; i < count; ++i)
    expected.push_back("r." + std::to_string(i));
  CHECK(log_in(*etcd) == expected);
}

TEST_CASE("fence: with three members the log outlives a leader that is killed, frozen, or loses its disk [I1] [I13]",
          "[cluster]") {
  etcd_service service{{.members = 3}};
  auto etcd = service.connect();
  owner one{*etcd, "d1"};
  REQUIRE(one.log.create(shard, log_end{}, replicas));
  REQUIRE(one.claim());
  std::atomic<int> count{0};
  std::jthread busy{[&](std::stop_token stop) {
    while (!stop.stop_requested() && one.append("r." + std::to_string(count)) == fate::landed)
      ++count;
  }};
  auto goes_on = [&] {
    auto before = count.load();
    return comes_true([&] { return count >= before + 10; });
  };
  REQUIRE(goes_on());
  auto killed = service.leader();
  service.signal(killed, SIGKILL);
  CHECK(goes_on());
  service.start(killed);
  CHECK(goes_on());
  auto frozen = service.leader();
  service.signal(frozen, SIGSTOP);
  CHECK(goes_on());
  service.signal(frozen, SIGCONT);
  CHECK(goes_on());
  auto gone = service.leader();
  service.signal(gone, SIGKILL);
  service.remove_data(gone);
  CHECK(goes_on());
  busy.request_stop();
  busy.join();
  texts expected;
  for (int i = 0; i < count; ++i)
    expected.push_back("r." + std::to_string(i));
  CHECK(log_in(*etcd) == expected);
}
