#include "bench/cluster_copy.hpp"

#include <iostream>
#include <stdexcept>
#include <thread>

#include "bench/cluster_clients.hpp"
#include "bench/grpc_copy.hpp"
#include "bench/own_charterd.hpp"
#include "storage/data_directory.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

constexpr std::size_t victim = 2;     ///< the node that begins again
constexpr std::size_t filled_by = 32; ///< publishers at each node
constexpr std::size_t filling_bytes = 16'000;
constexpr auto filled_within = 10min;
constexpr auto between_posts = 50ms;
constexpr auto answers_within = 10s;
constexpr auto calms_down_for = 3s; ///< after a node's death: its shards have owners again

double ms(steady::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }
double seconds(steady::duration d) { return std::chrono::duration<double>(d).count(); }

std::uint64_t size_of(const std::filesystem::path& directory) {
  std::uint64_t out = 0;
  for (auto& entry : std::filesystem::directory_iterator{directory}) {
    std::error_code gone; // a table that has just been merged into others
    auto size = entry.file_size(gone);
    out += gone ? 0 : size;
  }
  return out;
}

/// Somebody who publishes at even intervals, in account after account, at a node that stays. Delays count from when a
/// post was due; a post that isn't taken for the moment is asked for again.
class steady_publisher {
public:
  explicit steady_publisher(cluster_under_test& which)
      : all_(which.reached_within(answers_within)), people_(which.people()),
        thread_([this](const std::stop_token& stop) { work(stop); }) {}

  /// Milliseconds. Throws what ended it.
  std::vector<double> finish() {
    thread_.request_stop();
    thread_.join();
    if (!problem_.empty())
      throw std::runtime_error(problem_);
    return std::move(delays_);
  }

private:
  void work(const std::stop_token& stop) {
    std::vector<std::unique_ptr<chaos::caller>> owners;
    for (auto& owner : people_.owners)
      owners.push_back(std::make_unique<chaos::caller>(all_, owner.token, 0));
    auto due = steady::now();
    for (std::size_t i = 0; !stop.stop_requested(); ++i, due += between_posts) {
      std::this_thread::sleep_until(due);
      auto which = i % people_.accounts.size();
      try {
        publish(*owners[which], people_.accounts[which], "x");
      } catch (const std::exception& e) {
        problem_ = e.what();
        return;
      }
      delays_.push_back(ms(steady::now() - due));
    }
  }

  chaos::nodes all_;
  const chaos::cast& people_;
  std::vector<double> delays_;
  std::string problem_;
  std::jthread thread_; ///< last: it uses all the others
};

class replica {
public:
  explicit replica(cluster_under_test& which) : which_(which) {}

  /// Until the journal of a node is so large.
  void fill(std::uint64_t bytes) {
    std::vector<std::unique_ptr<publishers_at>> all;
    for (std::size_t node = 0; node < cluster_under_test::nodes; ++node)
      all.push_back(std::make_unique<publishers_at>(which_, node, filled_by, filling_bytes));
    on_threads threads{all};
    auto said = steady::now();
    for (auto until = said + filled_within; journal_bytes() < bytes; std::this_thread::sleep_for(200ms)) {
      if (steady::now() > until)
        throw std::runtime_error("the cluster can't be filled in time");
      if (steady::now() - said > 10s) {
        said = steady::now();
        std::cerr << "filling: " << journal_bytes() / 1'000'000 << " of " << bytes / 1'000'000 << " MB\n";
      }
    }
    threads.finish();
  }

  /// The node's own files, before it loses them.
  samples bare_copy() {
    kill_victim();
    temporary_directory into;
    auto began = steady::now();
    auto bytes = grpc_copy(journal(), into / "", *which_.certificates_of(victim));
    return {{"copy_mb_per_s", static_cast<double>(bytes) / 1e6 / seconds(steady::now() - began), "MB/s"}};
  }

  /// `limit`: bytes per second, 0 for none. From its start as a process until it keeps every shard.
  samples catch_up(std::uint64_t limit) {
    auto& processes = which_.processes();
    kill_victim();
    auto bytes = journal_bytes();
    if (auto replaced = processes.replace_directory(victim, program("apps/charter-cluster")); !replaced)
      throw std::runtime_error(replaced.why().detail);
    which_.set_catch_up(victim, limit);
    std::this_thread::sleep_for(calms_down_for);
    steady_publisher others{which_};
    auto began = steady::now();
    if (auto started = processes.start(name_); !started)
      throw std::runtime_error(started.why().detail);
    which_.await_whole();
    auto took = seconds(steady::now() - began);
    auto delays = others.finish();
    return {{"copy_mb_per_s", static_cast<double>(bytes) / 1e6 / took, "MB/s"},
            {"publish_ms_p99", percentile(delays, 99), "ms"},
            {"publish_ms_p50", percentile(delays, 50), "ms"}};
  }

  /// Without anybody who copies, for as long.
  samples undisturbed(std::chrono::seconds length) {
    steady_publisher others{which_};
    std::this_thread::sleep_for(length);
    auto delays = others.finish();
    return {{"publish_ms_p99", percentile(delays, 99), "ms"}, {"publish_ms_p50", percentile(delays, 50), "ms"}};
  }

private:
  /// Unless it is dead already.
  void kill_victim() {
    if (which_.processes().lives(name_) && !which_.processes().kill(name_))
      throw std::runtime_error(name_ + " can't be killed");
  }
  std::filesystem::path journal() { return storage::journal_path(which_.processes().journal_of(victim)); }
  std::uint64_t journal_bytes() { return size_of(journal()); }

  cluster_under_test& which_;
  std::string name_ = chaos::node_name(victim);
};

} // namespace

/// Not by `compare`, which takes the processes that a round starts for somebody else's.
void copy_cases(harness& h, cluster_under_test& which) {
  constexpr std::uint64_t mb = 1'000'000;
  auto record = [&](const std::string& name, const std::string& subject, const samples& all) {
    for (auto& s : all) {
      h.add(name, subject, s);
      std::cerr << name << ", " << subject << ": " << s.metric << " " << s.value << "\n";
    }
  };
  replica one{which};
  one.fill(h.quick() ? 64 * mb : 1'000 * mb);
  which.await_whole();
  which.await_rest();
  record("copy-none", "charter", one.undisturbed(h.quick() ? 5s : 20s));
  for (int i = 0; i < (h.quick() ? 1 : 3); ++i) {
    record(h.quick() ? "replica-64m" : "replica-1g", "floor", one.bare_copy());
    record(h.quick() ? "replica-64m" : "replica-1g", "charter", one.catch_up(0));
  }
  for (auto& [name, bytes_per_s] :
       {std::pair{"copy-slow", 16u << 20}, {"copy-medium", 32u << 20}, {"copy-fast", 64u << 20}})
    record(name, "charter", one.catch_up(bytes_per_s));
}

} // namespace charter::bench
