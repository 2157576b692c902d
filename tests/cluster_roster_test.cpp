// What operators do to a cluster, with a real etcd: cut short between any two transactions, repeated, and done by two
// at once.

#include <catch2/catch.hpp>

#include <atomic>
#include <functional>

#include "apps/cluster/create.hpp"
#include "apps/cluster/moving.hpp"
#include "apps/cluster/status.hpp"
#include "cluster/fenced_log.hpp"
#include "cluster/roster.hpp"
#include "storage/data_directory.hpp"
#include "storage/system_environment.hpp"
#include "tests/etcd_service.hpp"

using namespace charter;
using namespace charter::cluster;
using namespace charter::test;
using cluster_tool::create_cluster;

namespace {

storage::system_environment world;
constexpr shard_id shard_count = 3; // and the vault's

int series = 0; // keys of their own for each

struct killed {};

/// Something happens right before or after the nth transaction.
class etcd_with_a_moment : public forwarding_etcd {
public:
  using deed = std::function<void()>;
  etcd_with_a_moment(
      etcd::client& real, int commits, deed before, deed after = [] {})
      : forwarding_etcd(real), left_(commits), before_(std::move(before)), after_(std::move(after)) {}

  std::vector<result<etcd::committed>> commit(std::span<const etcd::transaction* const> all) override {
    const bool now = left_-- == 0;
    if (now)
      before_();
    auto answers = real_.commit(all);
    if (now)
      after_();
    return answers;
  }

private:
  int left_;
  deed before_;
  deed after_;
};

/// Whoever uses it is killed: before that transaction, or when it was carried out and the answer is on its way.
class etcd_of_a_victim final : public etcd_with_a_moment {
public:
  etcd_of_a_victim(etcd::client& real, int commits, bool carried_out)
      : etcd_with_a_moment(real, commits, carried_out ? deed{[] {}} : kill, carried_out ? kill : deed{[] {}}) {}

private:
  inline static const deed kill = [] { throw killed{}; };
};

/// Runs it once in full, and then, over keys of its own each time, cut short after each number of transactions and
/// repeated. `outcome` has to be the same each time.
template <class Prepare, class Run, class Outcome>
void check_cut_short(etcd::client& etcd, Prepare prepare, Run run, Outcome outcome) {
  int rounds = 0;
  ++series;
  auto next_keys = [&] { return log_keys{std::to_string(series) + "-" + std::to_string(rounds++) + "/"}; };
  auto keys = next_keys();
  prepare(keys);
  REQUIRE(run(etcd, keys));
  const auto wanted = outcome(keys);
  REQUIRE(run(etcd, keys));
  CHECK(outcome(keys) == wanted);
  for (bool carried_out : {false, true})
    for (int commits = 0;; ++commits) {
      keys = next_keys();
      prepare(keys);
      etcd_of_a_victim victim{etcd, commits, carried_out};
      bool cut = false;
      try {
        (void)run(victim, keys);
      } catch (killed) {
        cut = true;
      }
      if (!cut)
        break;
      INFO("after " << commits << " transactions, the next one was " << (carried_out ? "" : "not ") << "carried out");
      REQUIRE(run(etcd, keys));
      REQUIRE(outcome(keys) == wanted);
    }
  CHECK(rounds > 4);
}

/// What operators decide, without what is made up.
struct roster_state {
  std::set<std::string> begun;
  std::set<std::string> drained;
  std::set<std::string> admitted;
  std::map<shard_id, std::set<std::string>> replicas;
  std::map<shard_id, std::set<std::string>> reports;
  friend bool operator==(const roster_state&, const roster_state&) = default;
};

roster_state state_of(etcd::client& etcd, const log_keys& keys) {
  roster_state out;
  auto entries = read_entries(etcd, keys);
  REQUIRE(entries);
  for (auto& [shard, entry] : entries->of) {
    out.replicas[shard] = entry.replicas;
    for (auto& [directory, at] : entry.synced)
      out.reports[shard].insert(directory);
  }
  out.drained = read_wishes(etcd, keys)->drained;
  for (auto directory : {"d1", "d2", "d3", "d4"})
    if (*is_admitted(etcd, keys, directory))
      out.admitted.insert(directory);
  if (auto begun = etcd.range({keys.begun(), {}}, 0); !begun->rows.empty())
    out.begun = words_of(begun->rows.front().value);
  return out;
}

/// Shards as `init` leaves them, kept by three, and who of them is there.
void make_shards(etcd::client& etcd, const log_keys& keys, const std::set<std::string>& there) {
  fenced_log log{etcd, keys, world};
  const std::set<std::string> all{"d1", "d2", "d3"};
  for (shard_id shard = 0; shard < shard_count; ++shard) {
    REQUIRE(log.create(shard, log_end{}, all));
    etcd::transaction reports;
    for (auto& directory : all)
      reports.then.push_back(etcd::put(keys.synced(shard, directory), number_text(0)));
    REQUIRE(etcd.commit(reports));
  }
  for (auto& directory : there) {
    etcd::transaction here;
    member node{own_protocol(), directory, "host:1", member_phase::serving};
    here.then.push_back(etcd::put(keys.node("n" + directory), to_text(node)));
    REQUIRE(etcd.commit(here));
  }
}

std::string make_directory(const scratch_directory& scratch, const std::string& name) {
  auto path = scratch / name;
  REQUIRE(storage::create_data_directory(path, shard_count, world));
  return path;
}
std::string id_of(const std::string& path) { return storage::read_directory_identity(path)->id; }

/// All of it at the same time.
template <class... Deeds>
void at_once(Deeds... deeds) {
  std::atomic<std::size_t> ready{0};
  std::vector<std::jthread> all;
  auto run = [&](auto deed) {
    all.emplace_back([&ready, deed] {
      for (++ready; ready < sizeof...(Deeds);)
        std::this_thread::yield();
      deed();
    });
  };
  (run(deeds), ...);
}

} // namespace

TEST_CASE("roster: init cut short anywhere and repeated makes the same cluster", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  scratch_directory scratch;
  auto directory = make_directory(scratch, "one");
  check_cut_short(
      *etcd, [](const log_keys&) {},
      [&](etcd::client& at, const log_keys& keys) {
        return create_cluster(at, keys, directory, {"d2", "d3"}, world);
      },
      [&](const log_keys& keys) { return state_of(*etcd, keys); });
  // Whoever repeats it with less said goes on as it began; with something else, he is told so.
  const log_keys keys{"again/"};
  etcd_of_a_victim victim{*etcd, 3, false};
  CHECK_THROWS_AS((void)create_cluster(victim, keys, directory, {"d2", "d3"}, world), killed);
  CHECK(create_cluster(*etcd, keys, directory, {"d2"}, world).why().code == errc::conflict);
  CHECK(create_cluster(*etcd, keys, make_directory(scratch, "stranger"), {}, world).why().code == errc::conflict);
  REQUIRE(create_cluster(*etcd, keys, directory, {}, world));
  auto made = state_of(*etcd, keys);
  CHECK(made.replicas.size() == shard_count + vault_shards);
  for (auto& [shard, replicas] : made.replicas)
    CHECK(replicas == std::set<std::string>{id_of(directory), "d2", "d3"});
}

TEST_CASE("roster: of two that begin a cluster at once, with other directories, one is refused", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  scratch_directory scratch;
  auto one = make_directory(scratch, "one");
  auto two = make_directory(scratch, "two");
  for (int round = 0; round < 5; ++round) {
    const log_keys keys{"round-" + std::to_string(round) + "/"};
    std::optional<status> first, second;
    at_once([&] { first = create_cluster(*etcd, keys, one, {}, world); },
            [&] { second = create_cluster(*etcd, keys, two, {}, world); });
    REQUIRE(bool(*first) != bool(*second));
    CHECK((*first ? *second : *first).why().code == errc::conflict);
    const std::set<std::string> winner{id_of(*first ? one : two)};
    auto made = state_of(*etcd, keys);
    CHECK(made.begun == winner);
    CHECK(made.replicas.size() == shard_count + vault_shards);
    for (auto& [shard, replicas] : made.replicas)
      CHECK(replicas == winner);
  }
  // Also when neither had seen anything of the other.
  const log_keys between{"between/"};
  etcd_with_a_moment slow{*etcd, 0, [&] { REQUIRE(create_cluster(*etcd, between, two, {}, world)); }};
  CHECK(create_cluster(slow, between, one, {}, world).why().code == errc::conflict);
  CHECK(state_of(*etcd, between).begun == std::set<std::string>{id_of(two)});
  // With each other, both may.
  const log_keys keys{"together/"};
  std::optional<status> first, second;
  at_once([&] { first = create_cluster(*etcd, keys, one, {id_of(two)}, world); },
          [&] { second = create_cluster(*etcd, keys, two, {id_of(one)}, world); });
  CHECK(*first);
  CHECK(*second);
  for (auto& [shard, replicas] : state_of(*etcd, keys).replicas)
    CHECK(replicas == std::set<std::string>{id_of(one), id_of(two)});
}

TEST_CASE("roster: add, drain and remove cut short anywhere and repeated come to the same end", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  auto outcome = [&](const log_keys& keys) { return state_of(*etcd, keys); };
  auto prepare = [&](const log_keys& keys) { make_shards(*etcd, keys, {"d1", "d2"}); };
  SECTION("add") {
    check_cut_short(
        *etcd, prepare, [](etcd::client& at, const log_keys& keys) { return admit(at, keys, "d4"); }, outcome);
    // What every shard lists needs no admission, which would stay for ever.
    const log_keys keys{"listed/"};
    prepare(keys);
    REQUIRE(admit(*etcd, keys, "d3"));
    CHECK_FALSE(*is_admitted(*etcd, keys, "d3"));
  }
  SECTION("drain, and back") {
    check_cut_short(
        *etcd, prepare, [](etcd::client& at, const log_keys& keys) { return drain(at, keys, "d1"); }, outcome);
    auto drained = [&](const log_keys& keys) {
      prepare(keys);
      REQUIRE(drain(*etcd, keys, "d1"));
    };
    check_cut_short(
        *etcd, drained, [](etcd::client& at, const log_keys& keys) { return undrain(at, keys, "d1"); }, outcome);
  }
  SECTION("rebalance") {
    check_cut_short(
        *etcd, prepare, [](etcd::client& at, const log_keys& keys) { return ask_to_spread(at, keys); }, outcome);
  }
  SECTION("remove forgets what was reported, and that it was drained") {
    log_keys last;
    check_cut_short(
        *etcd,
        [&](const log_keys& keys) {
          prepare(keys);
          REQUIRE(drain(*etcd, keys, "d3"));
        },
        [&](etcd::client& at, const log_keys& keys) {
          last = keys;
          return dismiss(at, keys, "d3");
        },
        outcome);
    auto left = state_of(*etcd, last);
    CHECK(left.drained.empty());
    for (shard_id shard = 0; shard < shard_count; ++shard) {
      CHECK(left.replicas[shard] == std::set<std::string>{"d1", "d2"});
      CHECK(left.reports[shard] == std::set<std::string>{"d1", "d2"});
    }
  }
}

TEST_CASE("roster: two who drain the last two nodes at once don't both get it", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  for (int round = 0; round < 20; ++round) {
    const log_keys keys{"round-" + std::to_string(round) + "/"};
    make_shards(*etcd, keys, {"d1", "d2"});
    std::optional<status> first, second;
    at_once([&] { first = drain(*etcd, keys, "d1"); }, [&] { second = drain(*etcd, keys, "d2"); });
    CHECK(bool(*first) != bool(*second));
    CHECK((*first ? *second : *first).why().code == errc::conflict);
    auto drained = read_wishes(*etcd, keys)->drained;
    CHECK(drained == std::set<std::string>{*first ? "d1" : "d2"});
    CHECK(drain(*etcd, keys, *drained.begin())); // again is harmless
    CHECK(*undrain(*etcd, keys, *drained.begin()));
    CHECK_FALSE(*undrain(*etcd, keys, *drained.begin()));
  }
}

TEST_CASE("roster: two who remove at once leave each shard two disks [I13]", "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  for (int round = 0; round < 10; ++round) {
    const log_keys same{"same-" + std::to_string(round) + "/"};
    make_shards(*etcd, same, {});
    std::optional<result<std::size_t>> first, second;
    at_once([&] { first = dismiss(*etcd, same, "d3"); }, [&] { second = dismiss(*etcd, same, "d3"); });
    // One may come when the other is done, and is told that there is nothing left to take it off.
    for (auto* outcome : {&*first, &*second})
      CHECK((*outcome || outcome->why().code == errc::conflict));
    for (auto& [shard, replicas] : state_of(*etcd, same).replicas)
      CHECK(replicas == std::set<std::string>{"d1", "d2"});

    const log_keys other{"other-" + std::to_string(round) + "/"};
    make_shards(*etcd, other, {});
    at_once([&] { first = dismiss(*etcd, other, "d2"); }, [&] { second = dismiss(*etcd, other, "d3"); });
    CHECK((!*first || !*second));
    for (auto& [shard, replicas] : state_of(*etcd, other).replicas)
      CHECK(replicas.size() == 2);
  }
}

TEST_CASE("roster: who owned a shard before a restart and doesn't hold it lets it go, unless it was claimed again",
          "[cluster]") {
  etcd_service service;
  auto etcd = service.connect();
  const log_keys keys;
  make_shards(*etcd, keys, {});
  fenced_log log{*etcd, keys, world};
  REQUIRE(log.claim(0, "d1", log_end{}));
  REQUIRE(disown(*etcd, keys, 0, "d2"));
  CHECK(read_entry(*etcd, keys, 0)->owner == "d1");
  REQUIRE(disown(*etcd, keys, 0, "d1"));
  CHECK(read_entry(*etcd, keys, 0)->owner.empty());
  REQUIRE(disown(*etcd, keys, 0, "d1"));
  REQUIRE(disown(*etcd, keys, 1, "d1")); // never claimed
  REQUIRE(log.claim(0, "d2", log_end{}));
  REQUIRE(disown(*etcd, keys, 0, "d1"));
  CHECK(read_entry(*etcd, keys, 0)->owner == "d2");
}

TEST_CASE("roster: operators call nodes by name, and directories by their id or its beginning", "[cluster]") {
  using namespace cluster_tool;
  cluster_view view;
  view.members.emplace("node-1", member{own_protocol(), "0123456789abcdef", "host:1", member_phase::serving});
  view.shards[0] = {"0123456789abcdef", {"0123456789abcdef", "0123456799999999", "77777777ffffffff"}};
  CHECK(*directory_called(view, "node-1") == "0123456789abcdef");
  CHECK(*directory_called(view, "0123456799999999") == "0123456799999999");
  CHECK(*directory_called(view, "77777777") == "77777777ffffffff");
  CHECK(directory_called(view, "01234567").why().code == errc::invalid_params);
  CHECK(*directory_called(view, "0123456789") == "0123456789abcdef");
  CHECK(directory_called(view, "7777").why().code == errc::not_found); // too short to be meant
  CHECK(directory_called(view, "node-2").why().code == errc::not_found);
  CHECK(owned_by(view, "0123456789abcdef") == std::set<shard_id>{0});
}

TEST_CASE("status: says who is drained", "[cluster]") {
  using namespace cluster_tool;
  cluster_view view;
  shard_entries entries;
  for (std::string directory : {"d1", "d2", "d3"})
    view.members.emplace("n" + directory, member{own_protocol(), directory, "host:1", member_phase::serving});
  view.shards[0] = {"d1", {"d1", "d2", "d3"}};
  entries.of[0].owner = "d1";
  entries.of[0].replicas = {"d1", "d2", "d3"};
  view.wished.drained = {"d2"};
  auto shown = status_of(view, entries, {});
  CHECK(shown.complaints.empty()); // it is wanted
  CHECK(shown.nodes[1].drained);
  CHECK_FALSE(shown.nodes[0].drained);
  CHECK(to_text(shown).find("owns 0, keeps 1 of 1 shard, drained") != std::string::npos);
}
