#pragma once
// The frame that every benchmark shares: its options, rounds with the subjects interleaved, medians and extremes over
// rounds, how busy the rest of the machine was, the printed table, and the JSON for script/bench.
//
//   void run(bench::harness& h) {
//     for (auto producers : {1, 32, 256})
//       h.compare("p" + std::to_string(producers), h.quick() ? 3 : 9,
//                 {{"charter", [&] { return bench::samples{{"events_per_s", run_charter(producers), "1/s"}}; }},
//                  {"floor", [&] { return bench::samples{{"events_per_s", run_leveldb(producers), "1/s"}}; }}});
//   }
//   int main(int argc, char** argv) { return bench::run_benchmark("journal", argc, argv, run); }
//
// Machines are noisy: prefer CPU seconds per unit of work to rates, and read ratios within one run rather than figures
// of two. One thread owns the harness. Linux only (/proc).

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace charter::bench {

// -- what a process and the machine use ---------------------------------------------------

/// User and system time of this process, children that it waited for included.
double own_cpu_seconds();

/// User and system time of another process so far, from /proc/PID/stat (resolution 10 ms); nothing if it has gone.
std::optional<double> cpu_seconds(pid_t pid);

/// Resident memory now, and at its highest, in bytes. Of this process by default; zero if it has gone.
std::uint64_t rss_bytes(pid_t pid = 0);
/// Without pages of mapped files, which the kernel drops when it needs room (LevelDB maps its tables).
std::uint64_t anonymous_bytes(pid_t pid = 0);
std::uint64_t rss_peak_bytes(pid_t pid = 0);
/// From now on the peak is what it will be from now on.
void forget_rss_peak(pid_t pid);

/// Busy time of all cores since boot, what the hypervisor stole included.
double machine_busy_seconds();

/// Where a benchmark puts the server under test, and where itself.
inline constexpr unsigned server_core = 0;
inline constexpr unsigned client_core = 1;

/// Confines this thread, and those it starts from now on, to one core. False if the machine has no such core.
bool pin_to_core(unsigned core);

/// How many cores' worth the others used during its life: 0.1 is a tenth of one core. Zero for a life of under 0.2 s,
/// in which the kernel's ticks tell nothing.
class foreign_cpu_meter {
public:
  /// Counts these processes as ours as well; they have to live until `read`.
  explicit foreign_cpu_meter(std::vector<pid_t> ours = {});
  double read() const;

private:
  double ours_so_far() const;
  std::vector<pid_t> pids_;
  std::chrono::steady_clock::time_point began_;
  double busy_;
  double ours_;
};

// -- figures --------------------------------------------------------------------------------

/// Of a non-empty list: the middle one, or the mean of the two in the middle.
double median(std::vector<double> values);

/// By nearest rank, `p` from 0 to 100; of a non-empty list.
double percentile(std::vector<double> values, double p);

/// What one round of one subject measured.
struct sample {
  std::string metric; ///< with its unit last: "cpu_s_per_million"
  double value = 0;
  std::string unit;
};
using samples = std::vector<sample>;

struct subject {
  std::string name; ///< "charter", "floor", or a peer's name
  std::function<samples()> round;
  bool is_peer = false; ///< if it throws, that is told, and the others go on without it
};

/// The record of one metric, case and subject.
struct record {
  std::string metric;
  std::string case_;
  std::string subject;
  std::string unit;
  std::vector<double> values; ///< one of each round
  double foreign_cpu = 0;     ///< cores' worth that others used, the mean over its rounds
  std::size_t disturbed = 0;  ///< rounds in which that was over `disturbed_at`, repeats notwithstanding
  std::string note;           ///< such as "the load generator was the bottleneck"
};

/// A round is disturbed when others used more than this many cores' worth.
inline constexpr double disturbed_at = 0.15;

class harness {
public:
  /// Reads `--quick`, `--json FILE`, `--help`, and the benchmark's own flags. Ends the process with status 2 at
  /// anything else.
  harness(std::string name, int argc, char** argv, const std::vector<std::string>& flags = {});

  bool quick() const { return quick_; }
  /// Whether one of its own flags was given.
  bool has(const std::string& flag) const { return std::count(given_.begin(), given_.end(), flag) > 0; }

  /// Counts a process that a benchmark started as ours in the foreign use, while it lives.
  void ours(pid_t pid) { ours_.push_back(pid); }
  void not_ours(pid_t pid) { std::erase(ours_, pid); }

  /// Runs the subjects in turns, A B A B …, and records what they measured. A disturbed round is repeated (twice at
  /// most, and in a quick run for no more than 8 s in all), and the least disturbed counts. An exception ends the
  /// benchmark; a peer's only ends the peer's part in the case.
  void compare(const std::string& case_, std::size_t rounds, const std::vector<subject>& subjects);

  /// Records a figure that was measured otherwise; several for the same metric, case and subject are its rounds.
  void add(const std::string& case_, const std::string& subject, const sample& s, double foreign_cpu = 0);

  /// Marks a record, in the table and in the JSON.
  void note(const std::string& metric, const std::string& case_, const std::string& subject, const std::string& text);

  /// Tells in the table and in the JSON that somebody could not do a case to its end.
  void fail(const std::string& case_, const std::string& subject, const std::string& why);

  const std::vector<record>& records() const { return records_; }

  /// Prints the table, and writes the JSON if it was asked for. The exit status: 1 if nothing was measured, or the file
  /// can't be written.
  int finish() const;

  /// What `--json` writes: name, commit (CHARTER_COMMIT), date, machine, results, and who failed in what.
  std::string json() const;

private:
  struct failure {
    std::string case_;
    std::string subject;
    std::string why;
  };

  samples one_round(const subject& s, double& foreign);
  void least_disturbed_round(const std::string& case_, const subject& s, const std::string& label);
  record& find(const std::string& metric, const std::string& case_, const std::string& subject);

  std::string name_;
  bool quick_ = false;
  std::vector<std::string> given_;
  std::string json_file_;
  std::vector<pid_t> ours_;
  std::chrono::duration<double> repeats_left_{0};
  std::vector<record> records_;
  std::vector<failure> failures_;
};

/// A benchmark's main: its options, `run`, its table. A benchmark that fails says why after what it measured until
/// then, and ends with status 1.
int run_benchmark(const std::string& name, int argc, char** argv, const std::function<void(harness&)>& run,
                  const std::vector<std::string>& flags = {});

} // namespace charter::bench
