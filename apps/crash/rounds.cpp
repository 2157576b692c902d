#include "apps/crash/rounds.hpp"

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "apps/crash/journal_check.hpp"
#include "apps/crash/load.hpp"

namespace charter::crash {

volatile std::sig_atomic_t interrupted = 0;

namespace {

using namespace std::chrono_literals;
using ms = std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

constexpr int load_ms_min = 1'000;
constexpr int load_ms_max = 4'000;
constexpr int killed_twice_every = 3; // rounds

struct round_plan {
  ms load;
  bool holds = false;     ///< it is killed under a suspension
  double second_kill = 0; ///< how far into the start that follows, by how long the last one took; 0: not
};

round_plan plan_of(int round, generator& random) {
  round_plan plan;
  plan.load = ms{std::uniform_int_distribution{load_ms_min, load_ms_max}(random)};
  plan.holds = round % 2 == 1;
  auto part = std::uniform_real_distribution{0.05, 1.0}(random);
  plan.second_kill = round % killed_twice_every == 2 ? part : 0;
  return plan;
}

ms since(steady::time_point began) { return std::chrono::duration_cast<ms>(steady::now() - began); }

void sleep(ms length) {
  for (auto until = steady::now() + length; steady::now() < until && !interrupted;)
    std::this_thread::sleep_for(std::min(ms{20}, std::max(ms{1}, -since(until))));
}

std::string seconds(ms length) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", double(length.count()) / 1'000);
  return text;
}

void print(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout); // who watches sees each round as it ends
}

class crash_test {
public:
  explicit crash_test(const settings& s) : settings_(s), random_(s.seed) {}
  ~crash_test() { end_load(); }

  /// Throws std::runtime_error.
  void set_up();
  /// Whether all was there. Without a server that serves again there are no more rounds either.
  bool round(int number);
  exit_code finish();

private:
  tour::service reach() const;
  void kill();
  void verify();
  void kill_again(ms into);
  void start_again();
  void end_load();

  settings settings_;
  generator random_;
  tour::server_process server_;
  std::unique_ptr<scene> scene_;
  std::unique_ptr<load> load_;
  ms start_took_{};
  std::size_t kills_ = 0;
};

tour::service crash_test::reach() const {
  client::server which;
  which.where = {false, "127.0.0.1", std::to_string(server_.port())};
  auto at = tour::service::reach(which);
  if (!at)
    throw std::runtime_error{at.why().why.detail};
  return *at;
}

void crash_test::set_up() {
  auto began = steady::now();
  if (auto started = server_.start(settings_.server); !started)
    throw std::runtime_error{started.why().detail};
  start_took_ = since(began);
  scene_.reset(new scene{reach(), {}, {}});
  load_ = std::make_unique<load>(*scene_, enrol(scene_->at), settings_.seed);
}

void crash_test::kill() {
  scene_->killed = true;
  scene_->found.saw(claim::serves, server_.kill(), "the server had ended before it was killed; see its log");
  ++kills_;
}

void crash_test::verify() {
  auto sound = verify_journal(settings_.charter, server_.data());
  scene_->found.saw(claim::journal, bool(sound), sound ? "" : sound.why().detail);
}

/// While it starts: it reads its journal, and makes good what was cut short.
void crash_test::kill_again(ms into) {
  if (auto launched = server_.launch(); !launched)
    throw std::runtime_error{launched.why().detail};
  sleep(into);
  kill();
  verify();
}

void crash_test::start_again() {
  auto began = steady::now();
  auto started = server_.launch();
  if (started)
    started = server_.await_ready();
  if (!started)
    throw std::runtime_error{started.why().detail};
  start_took_ = since(began);
  scene_->at = reach();
  scene_->killed = false;
  for (auto* page : {"/healthz", "/readyz"})
    scene_->found.saw(claim::serves, scene_->at.get(page).status == 200, std::string{page} + " doesn't say ok");
}

bool crash_test::round(int number) try {
  auto plan = plan_of(number, random_);
  auto line = "round " + std::to_string(number) + "/" + std::to_string(settings_.rounds) + ": killed after " +
              seconds(plan.load) + (plan.holds ? " under a suspension" : "");
  auto before = load_->counts();
  load_->begin(plan.holds);
  sleep(plan.load);
  kill();
  load_->join();
  auto told = load_->counts();
  verify();
  if (plan.second_kill > 0) {
    auto into = std::chrono::duration_cast<ms>(start_took_ * plan.second_kill);
    line += ", and " + seconds(into) + " into the next start";
    kill_again(into);
  }
  start_again();
  load_->look_back();

  bool well = scene_->found.all_well();
  print(line + "; " + std::to_string(told.acknowledged - before.acknowledged) + " acknowledged, " +
        std::to_string(told.refused - before.refused) + " refused, " +
        std::to_string(load_->counts().asked_again - before.asked_again) + " asked again; " +
        (well ? "all there" : "NOT as acknowledged") + ", " + seconds(start_took_) + " to start");
  return well;
} catch (const std::runtime_error& e) {
  scene_->found.saw(claim::serves, false, "round " + std::to_string(number) + ": " + e.what());
  return false;
}

exit_code crash_test::finish() {
  auto& found = scene_->found;
  if (found.all_well()) {
    found.saw(claim::serves, server_.end(), "the server didn't stop in order");
    verify();
  }
  for (auto& line : found.told())
    print("  " + line);
  std::printf("\n%s", found.tap().c_str());
  if (found.all_well()) {
    auto all = load_->counts();
    print("\n" + std::to_string(kills_) + " kills, " + std::to_string(all.acknowledged) + " commands acknowledged, " +
          std::to_string(all.asked_again) + " asked again: nothing acknowledged is missing.");
    return exit_well;
  }
  end_load();
  print("\nNot as acknowledged, with --seed " + std::to_string(settings_.seed) +
        ". The data and the server's log are in " + server_.directory().string());
  server_.keep();
  return exit_lost;
}

/// Writers only end when their server is gone.
void crash_test::end_load() {
  if (!scene_)
    return;
  scene_->killed = true;
  server_.kill();
  if (load_)
    load_->join();
}

} // namespace

exit_code run(const settings& s) {
  print("Kills a server under load, " + std::to_string(s.rounds) + " times, with --seed " + std::to_string(s.seed) +
        ".");
  crash_test test{s};
  try {
    test.set_up();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "charter-crash: %s\n", e.what());
    return interrupted ? exit_interrupted : exit_start;
  }
  bool well = true;
  for (int i = 1; i <= s.rounds && well && !interrupted; ++i)
    well = test.round(i);
  return interrupted ? exit_interrupted : test.finish();
}

} // namespace charter::crash
