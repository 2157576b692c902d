#include "apps/chaos/campaign.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "apps/chaos/cluster_processes.hpp"
#include "apps/chaos/cuts.hpp"
#include "apps/chaos/journals.hpp"
#include "apps/chaos/report.hpp"
#include "apps/chaos/rows.hpp"
#include "apps/tour/trial_data.hpp"

namespace charter::chaos {

volatile std::sig_atomic_t interrupted = 0;

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr shard_id shard_count = 16; // as script/cluster makes them
constexpr auto back_within = 60s;
constexpr auto stops_within = 60s;
constexpr auto level_within = 20s;
constexpr ms looks_every{50};
constexpr auto stands_still_within = 1s;
constexpr std::size_t checked_every = 8; // rounds
constexpr std::size_t rounds_max = 10'000;

void print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout); // who watches sees each round as it ends
}

void sleep(ms length) {
  for (auto until = steady::now() + length; steady::now() < until && !interrupted;)
    std::this_thread::sleep_for(std::min<ms>(looks_every, length));
}

bool within(steady::duration patience, const std::function<bool()>& settled, ms every = looks_every) {
  for (auto until = steady::now() + patience; !settled(); std::this_thread::sleep_for(every))
    if (steady::now() > until || interrupted)
      return false;
  return true;
}

bool is_of_etcd(fault what) {
  return what == fault::kill_member || what == fault::kill_leader || what == fault::pause_leader ||
         what == fault::cut_leader;
}
/// Nothing, or less than what a node keeps free (storage/leveldb_journal.hpp).
std::uint64_t left_on_disk(const round_plan& plan) { return (plan.pick >> 16) % 2 == 0 ? 0 : 128u << 20; }

class campaign {
public:
  campaign(const settings& s, cluster_processes processes, std::unique_ptr<relay> network)
      : settings_(s), processes_(std::move(processes)), network_(std::move(network)), schedule_(s.seed, s.among) {}

  /// Throws std::runtime_error.
  void set_up();
  void run_rounds();
  exit_code finish();

private:
  bool round(std::size_t number);
  bool goes_on(std::size_t round, steady::time_point began) const;
  target choose(const round_plan& plan);
  static std::vector<std::size_t> measured(std::vector<std::size_t> hit);
  std::size_t choose_member(const round_plan& plan);
  bool disturb(const round_plan& plan, const target& where);
  bool heal(const round_plan& plan, const target& where);
  status bring_back(fault what, const target& where);
  bool set_clock(const target& where, std::chrono::seconds ahead);
  bool await_return();
  bool check();
  void compare_running(const round_plan& plan);
  void compare_replicas();
  void compare_rows_of(const std::vector<std::filesystem::path>& directories);
  void print_end();

  settings settings_;
  cluster_processes processes_;
  std::unique_ptr<relay> network_;
  schedule schedule_;
  std::array<bool, node_count> is_next_{}; ///< which nodes are of the next version
  std::unique_ptr<scene> scene_;
  std::unique_ptr<load> load_;
  campaign_result result_;
};

void campaign::set_up() {
  result_.seed = settings_.seed;
  if (!processes_.await_rest(back_within)) // a server without its fence loses what is done before, and nobody can work
    throw std::runtime_error{"shards don't stop moving"};
  auto all = nodes_at(processes_.first_port(), node_count, answers_within);
  auto patient = nodes_at(processes_.first_port(), node_count, patient_ones_within);
  auto who = enrol(all, settings_.accounts);
  scene_.reset(new scene{all, patient, who.accounts, {}, {}, recovery{who.accounts.size(), all.size()}});
  load_ = std::make_unique<load>(*scene_, who, settings_.seed, !settings_.config.empty());
  load_->begin();
  if (!within(back_within, [&] { return processes_.lacking().empty(); }))
    throw std::runtime_error{"the cluster isn't complete: " + processes_.lacking()};
}

// -- a round ----------------------------------------------------------------------------------

/// Which process, and whose writes that concerns: all accounts, if it is etcd's.
target campaign::choose(const round_plan& plan) {
  target out;
  if (is_of_etcd(plan.what)) {
    out.member = choose_member(plan);
    out.name = member_name(out.member);
    for (std::size_t i = 0; i < scene_->accounts.size(); ++i)
      out.accounts.push_back(i);
    return out;
  }
  std::vector<std::optional<std::size_t>> owners;
  for (auto& account : scene_->accounts) {
    entity_id id;
    owners.push_back(parse(account, id) ? processes_.owner_of(shard_of(id, shard_count)) : std::nullopt);
  }
  // One that is sanctioned: a suspension that an owner sleeps through is the hardest to get right.
  auto owner = owners[plan.pick % std::min(owners.size(), moderated_accounts)].value_or(0);
  auto node =
      plan.what == fault::pause_follower ? (owner + 1 + (plan.pick >> 8) % (node_count - 1)) % node_count : owner;
  out.node = node;
  out.name = node_name(node);
  for (std::size_t i = 0; i < owners.size(); ++i)
    if ((owners[i] == node) == (plan.what != fault::pause_follower))
      out.accounts.push_back(i);
  return out;
}

/// Of the accounts hit, those that no suspension holds up as well, if there are any.
std::vector<std::size_t> campaign::measured(std::vector<std::size_t> hit) {
  if (std::ranges::any_of(hit, [](auto account) { return account >= moderated_accounts; }))
    std::erase_if(hit, [](auto account) { return account < moderated_accounts; });
  return hit;
}

std::size_t campaign::choose_member(const round_plan& plan) {
  std::optional<std::size_t> leader;
  within(back_within, [&] { return (leader = processes_.leader()).has_value(); });
  auto first = leader.value_or(0);
  return plan.what == fault::kill_member ? (first + 1 + plan.pick % (member_count - 1)) % member_count : first;
}

bool campaign::disturb(const round_plan& plan, const target& where) {
  using enum fault;
  switch (plan.what) {
    case kill_node:
    case kill_member:
    case kill_leader:
    case lose_directory: return processes_.kill(where.name);
    case pause_owner:
    case pause_follower:
    case pause_leader: return processes_.pause(where.name);
    case fill_disk: return processes_.fill_disk(where.node, left_on_disk(plan));
    case upgrade: return processes_.terminate(where.name) && processes_.await_end(where.name, stops_within);
    case jump_clock:
    case clock_behind: return set_clock(where, jump_of(plan)) && processes_.lives(where.name);
    case cut_leader:
    case cut_etcd:
    case cut_answers:
    case cut_links:
    case delay: set_network(*network_, plan, where.node, where.member, true); return processes_.lives(where.name);
  }
  return false;
}

/// What ends by itself ends by these clocks.
bool campaign::set_clock(const target& where, std::chrono::seconds ahead) {
  if (ahead != 0s)
    scene_->log.clocks_are(std::max(-ahead, 0s), std::max(ahead, 0s));
  bool set = processes_.set_clock(where.node, ahead);
  if (ahead == 0s)
    scene_->log.clocks_are(0s, 0s);
  return set;
}

bool campaign::heal(const round_plan& plan, const target& where) {
  using enum fault;
  switch (plan.what) {
    case pause_owner:
    case pause_follower:
    case pause_leader: return processes_.resume(where.name);
    case jump_clock:
    case clock_behind: return set_clock(where, 0s);
    case fill_disk:
      processes_.empty_disk(where.node);
      if (processes_.lives(where.name))
        return true; // else it met the end of its disk when etcd had its append already
      break;
    case cut_leader:
    case cut_etcd:
    case cut_answers:
    case cut_links:
    case delay: set_network(*network_, plan, where.node, where.member, false); return true;
    default: break;
  }
  auto back = bring_back(plan.what, where);
  if (!back)
    scene_->found.saw(claim::returns, false, back.why().detail);
  return bool(back);
}

/// A process that has ended.
status campaign::bring_back(fault what, const target& where) {
  if (what == fault::lose_directory)
    if (auto replaced = processes_.replace_directory(where.node, settings_.programs / "charter-cluster"); !replaced)
      return replaced;
  std::filesystem::path version;
  if (what == fault::upgrade)
    version = std::exchange(is_next_[where.node], !is_next_[where.node]) ? settings_.charterd
                                                                         : settings_.programs / "charterd-next";
  return processes_.start(where.name, version);
}

bool campaign::await_return() {
  std::string lacks;
  bool back = within(back_within, [&] {
    lacks = processes_.lacking();
    if (lacks.empty() && !scene_->back.every_account())
      lacks = "an account takes no writes";
    if (lacks.empty() && !scene_->back.every_node())
      lacks = "a node answers no writes";
    return lacks.empty();
  });
  scene_->found.saw(claim::returns, back || interrupted, lacks);
  return back;
}

bool campaign::round(std::size_t number) {
  round_result r;
  r.number = number;
  r.plan = schedule_.next();
  sleep(r.plan.lead);
  auto where = choose(r.plan);
  r.target = where.name;
  auto asked = scene_->log.asked(), answered = scene_->log.answered();
  scene_->back.fault_begins(scene_->log.now());
  evidence did{processes_, *network_, r.plan, where};
  scene_->found.saw(claim::returns, disturb(r.plan, where), r.target + " had ended by itself; see its log");
  sleep(r.plan.length);
  did.look();
  auto over = scene_->log.now();
  scene_->back.fault_is_over(over);
  bool well = heal(r.plan, where) && await_return();
  r.ready = scene_->log.now() - over;
  for (auto account : measured(where.accounts))
    if (auto length = scene_->back.after_fault(account))
      r.unanswered.push_back(*length);
  r.asked = scene_->log.asked() - asked;
  r.unknown = r.asked - std::min(r.asked, scene_->log.answered() - answered);
  if (interrupted)
    return false;
  r.did = did.judge();
  compare_running(r.plan);
  print(line_of(r, settings_.length.count() > 0 ? 0 : settings_.rounds));
  result_.rounds.push_back(std::move(r));
  return well && (number % checked_every != 0 || check());
}

/// One shard of all journals, each as it is while its node stands still for a moment. The nodes go on writing, so each
/// has come as far as it has.
void campaign::compare_running(const round_plan& plan) {
  auto& found = scene_->found;
  std::vector<std::filesystem::path> copies;
  std::string failed;
  for (std::size_t i = 0; i < node_count && failed.empty(); ++i) {
    copies.push_back(processes_.journal_of(i) / "look-alike");
    auto pid = processes_.pid_of(node_name(i)).value_or(0);
    processes_.pause(node_name(i));
    if (!within(
            stands_still_within, [&] { return is_stopped(pid); }, 1ms))
      failed = node_name(i) + " doesn't stand still";
    else if (auto copied = copy_journal(processes_.journal_of(i), copies.back()); !copied)
      failed = copied.why().detail;
    processes_.resume(node_name(i));
  }
  if (failed.empty()) {
    auto compared = compare_beginnings(copies, static_cast<shard_id>((plan.pick >> 32) % shard_count));
    for (auto& difference : compared.differences)
      found.saw(claim::healed, false, difference);
    if (compared.records > 0)
      found.held(claim::healed);
    result_.healed_records += compared.records;
  } else if (!interrupted) {
    found.saw(claim::healed, false, "journals can't be compared: " + failed);
  }
  for (auto& copy : copies) {
    std::error_code gone;
    std::filesystem::remove_all(copy, gone);
  }
}

bool campaign::goes_on(std::size_t round, steady::time_point began) const {
  if (interrupted || scene_->log.is_full() || round > rounds_max)
    return false;
  return settings_.length.count() > 0 ? steady::now() < began + settings_.length : round <= settings_.rounds;
}

void campaign::run_rounds() {
  auto began = steady::now();
  for (std::size_t i = 1; goes_on(i, began); ++i)
    if (!round(i))
      return;
}

// -- the end ----------------------------------------------------------------------------------

/// What was seen so far; lost calls and open ones may have happened or not.
bool campaign::check() {
  auto& found = result_.checked = history::check(scene_->log.snapshot());
  print("  history: " + std::to_string(found.calls) + " calls of " + std::to_string(found.accounts) + " accounts, " +
        std::to_string(found.findings.size()) + " findings" +
        (found.undecided.empty() ? "" : ", " + std::to_string(found.undecided.size()) + " undecided"));
  return found.findings.empty();
}

/// In order: then all that was appended is everywhere, and the journals can be opened.
void campaign::compare_replicas() {
  auto& found = scene_->found;
  found.saw(claim::journals, within(level_within, [&] { return processes_.is_level(); }),
            "the replicas don't come to have all that stands in the log");
  std::vector<std::filesystem::path> directories;
  for (std::size_t i = 0; i < node_count; ++i) {
    directories.push_back(processes_.journal_of(i));
    processes_.terminate(node_name(i));
  }
  auto stopped = within(stops_within, [&] {
    for (std::size_t i = 0; i < node_count; ++i)
      if (processes_.lives(node_name(i)))
        return false;
    return true;
  });
  found.saw(claim::journals, stopped, "the nodes don't stop");
  if (!stopped)
    return;
  auto compared = compare_journals(directories);
  result_.journal_shards = compared.shards;
  result_.journal_records = compared.records;
  for (auto& difference : compared.differences)
    found.saw(claim::journals, false, difference);
  compare_rows_of(directories);
}

void campaign::compare_rows_of(const std::vector<std::filesystem::path>& directories) {
  auto compared = compare_rows(directories);
  result_.rows = compared.rows;
  scene_->found.saw(claim::tables, compared.rows > 0, "there are no rows");
  for (auto& difference : compared.differences)
    scene_->found.saw(claim::tables, false, difference);
}

void campaign::print_end() {
  auto& found = scene_->found;
  for (auto& f : result_.checked.findings)
    print(history::to_text(f));
  for (auto& line : found.told())
    print("  " + line);
  std::printf("\n%s\n%s", table_of(result_.rounds).c_str(), found.tap().c_str());
  auto& c = result_.counts;
  print("\n" + std::to_string(scene_->log.asked()) + " calls, " +
        std::to_string(scene_->log.asked() - scene_->log.answered()) + " of them unknown; " +
        std::to_string(c.acknowledged) + " posts acknowledged, " + std::to_string(c.posts) + " there, " +
        std::to_string(c.lost) + " lost, " + std::to_string(c.duplicated) + " duplicated; " +
        std::to_string(result_.journal_records) + " records in " + std::to_string(result_.journal_shards) +
        " shards of each journal, " + std::to_string(result_.rows) + " rows.");
  print(std::to_string(scene_->log.ending_by_themselves()) + " suspensions ended by themselves; " +
        std::to_string(result_.healed_records) + " records were compared after faults.");
}

exit_code campaign::finish() {
  load_->end();
  if (interrupted)
    return exit_interrupted;
  result_.counts = load_->look_when_quiet();
  check();
  for (auto what : {1, 2, 3, 4, 14})
    scene_->found.held(claim_of(what));
  for (auto& f : result_.checked.findings)
    scene_->found.saw(claim_of(f.invariant), false, history::to_text(f).substr(0, 200));
  auto vain = without_effect(settings_.named, result_.rounds);
  scene_->found.saw(claim::faults, !result_.rounds.empty(), "no round came to its end");
  for (auto& kind : vain)
    scene_->found.saw(claim::faults, false, kind);
  compare_replicas();
  result_.well = scene_->found.all_well();
  print_end();
  if (!settings_.history_file.empty()) {
    std::ofstream out{settings_.history_file};
    history::write(out, scene_->log.snapshot());
  }
  if (!settings_.json_file.empty() && !write_json(settings_.json_file, result_))
    print("can't write " + settings_.json_file.string());
  if (!result_.well)
    return exit_broken;
  return result_.checked.undecided.empty() ? exit_well : exit_undecided;
}

} // namespace

exit_code run(const settings& s) {
  print("Disturbs a cluster of three nodes and three members of etcd, with --seed " + std::to_string(s.seed) + ".");
  auto failed = [](const refusal& why) {
    std::fprintf(stderr, "charter-chaos: %s\n", why.detail.c_str());
    return exit_start;
  };
  std::vector<std::string> options{"--preset", s.preset,           "--charterd",
                                   s.charterd, "--shifted-clocks", s.programs / "shifted_clock.so"};
  if (!s.config.empty())
    options.insert(options.end(), {"--config", s.config});
  if (s.disk_mib > 0)
    options.insert(options.end(), {"--disk-mib", std::to_string(s.disk_mib)});
  auto started = start_cluster(s.cluster, s.script, options, true);
  if (!started)
    return failed(started.why());
  auto processes = cluster_processes::of(s.cluster, s.script);
  if (!processes)
    return failed(processes.why());
  campaign all{s, *std::move(processes), std::move(started->network)};
  try {
    all.set_up();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "charter-chaos: %s\n", e.what());
    return interrupted ? exit_interrupted : exit_start;
  }
  all.run_rounds();
  return all.finish();
}

} // namespace charter::chaos
