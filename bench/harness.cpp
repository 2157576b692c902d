#include "bench/harness.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <nlohmann/json.hpp>

namespace charter::bench {

namespace {

constexpr std::size_t repeats_max = 2;
constexpr std::chrono::duration<double> shortest_told{0.2}; // the kernel counts in ticks of 10 ms

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; }

double ticks_to_seconds(double ticks) { return ticks / static_cast<double>(sysconf(_SC_CLK_TCK)); }

std::string proc_path(pid_t pid, const char* file) {
  return "/proc/" + (pid == 0 ? std::string("self") : std::to_string(pid)) + "/" + file;
}

/// The value after "Key:" at the start of a line; empty if there is none.
std::string proc_value(const std::string& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, key.size(), key) == 0)
      if (auto colon = line.find(':'); colon != line.npos) {
        auto begin = line.find_first_not_of(" \t", colon + 1);
        return begin == line.npos ? std::string{} : line.substr(begin);
      }
  return {};
}

std::uint64_t proc_kib(const std::string& path, std::string_view key) {
  return std::strtoull(proc_value(path, key).c_str(), nullptr, 10) * 1024;
}

std::string utc_now() {
  auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%FT%TZ", &parts);
  return text;
}

/// Four digits are more than a noisy machine can tell.
std::string short_number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, std::abs(value) >= 1000 ? "%.0f" : "%.4g", value);
  return text;
}

[[noreturn]] void usage(const std::string& name, const std::vector<std::string>& flags, int status) {
  auto& out = status == 0 ? std::cout : std::cerr;
  out << "usage: bench_" << name << " [--quick] [--json FILE]";
  for (auto& flag : flags)
    out << " [" << flag << "]";
  out << "\n";
  std::exit(status);
}

} // namespace

// -- what a process and the machine use ---------------------------------------------------

double own_cpu_seconds() {
  rusage self{}, children{};
  getrusage(RUSAGE_SELF, &self);
  getrusage(RUSAGE_CHILDREN, &children);
  return seconds(self.ru_utime) + seconds(self.ru_stime) + seconds(children.ru_utime) + seconds(children.ru_stime);
}

std::optional<double> cpu_seconds(pid_t pid) {
  std::ifstream file(proc_path(pid, "stat"));
  std::string line;
  if (!std::getline(file, line))
    return std::nullopt;
  // The second field is the command's name in parentheses, and may hold anything, parentheses included.
  auto name_end = line.rfind(')');
  if (name_end == line.npos)
    return std::nullopt;
  std::istringstream rest(line.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field)
    rest >> skipped;
  double user = 0, system = 0;
  if (!(rest >> user >> system))
    return std::nullopt;
  return ticks_to_seconds(user + system);
}

std::uint64_t rss_bytes(pid_t pid) { return proc_kib(proc_path(pid, "status"), "VmRSS"); }

std::uint64_t anonymous_bytes(pid_t pid) { return proc_kib(proc_path(pid, "status"), "RssAnon"); }

std::uint64_t rss_peak_bytes(pid_t pid) { return proc_kib(proc_path(pid, "status"), "VmHWM"); }

void forget_rss_peak(pid_t pid) {
  std::ofstream file(proc_path(pid, "clear_refs"));
  if (!(file << "5" << std::flush)) // proc(5)
    throw std::runtime_error("can't reset the peak of a process's memory");
}

double machine_busy_seconds() {
  std::ifstream file("/proc/stat");
  std::string label;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  file >> label >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return ticks_to_seconds(user + nice + system + irq + softirq + steal);
}

bool pin_to_core(unsigned core) {
  if (core >= CPU_SETSIZE)
    return false;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

foreign_cpu_meter::foreign_cpu_meter(std::vector<pid_t> ours)
    : pids_(std::move(ours)), began_(std::chrono::steady_clock::now()), busy_(machine_busy_seconds()),
      ours_(ours_so_far()) {}

double foreign_cpu_meter::ours_so_far() const {
  auto sum = own_cpu_seconds();
  for (auto pid : pids_)
    sum += cpu_seconds(pid).value_or(0);
  return sum;
}

double foreign_cpu_meter::read() const {
  std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - began_;
  auto foreign = (machine_busy_seconds() - busy_) - (ours_so_far() - ours_);
  return elapsed > shortest_told ? std::max(0.0, foreign / elapsed.count()) : 0;
}

// -- figures --------------------------------------------------------------------------------

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double percentile(std::vector<double> values, double p) {
  std::sort(values.begin(), values.end());
  auto rank = static_cast<std::size_t>(std::ceil(p / 100 * static_cast<double>(values.size())));
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

// -- harness --------------------------------------------------------------------------------

harness::harness(std::string name, int argc, char** argv, const std::vector<std::string>& flags)
    : name_(std::move(name)) {
  for (int i = 1; i < argc; ++i) {
    std::string_view option = argv[i];
    if (option == "--quick")
      quick_ = true;
    else if (option == "--json" && i + 1 < argc)
      json_file_ = argv[++i];
    else if (std::find(flags.begin(), flags.end(), option) != flags.end())
      given_.emplace_back(option);
    else
      usage(name_, flags, option == "--help" || option == "-h" ? 0 : 2);
  }
  repeats_left_ = quick_ ? std::chrono::seconds(8) : std::chrono::hours(1);
}

samples harness::one_round(const subject& s, double& foreign) {
  foreign_cpu_meter meter(ours_);
  auto measured = s.round();
  foreign = meter.read();
  return measured;
}

void harness::least_disturbed_round(const std::string& case_, const subject& s, const std::string& label) {
  double foreign = 0;
  auto measured = one_round(s, foreign);
  for (std::size_t repeat = 0; foreign > disturbed_at && repeat < repeats_max && repeats_left_.count() > 0; ++repeat) {
    auto began = std::chrono::steady_clock::now();
    double foreign_again = 0;
    auto again = one_round(s, foreign_again);
    repeats_left_ -= std::chrono::steady_clock::now() - began;
    if (foreign_again < foreign) {
      measured = std::move(again);
      foreign = foreign_again;
    }
  }
  for (const auto& one : measured)
    add(case_, s.name, one, foreign);
  std::cerr << label;
  for (const auto& one : measured)
    std::cerr << "  " << one.metric << ' ' << short_number(one.value) << ' ' << one.unit;
  std::cerr << (foreign > disturbed_at ? "  (disturbed: others used " + short_number(foreign) + " cores)\n" : "\n");
}

void harness::compare(const std::string& case_, std::size_t rounds, const std::vector<subject>& subjects) {
  auto has_failed = [&](const subject& s) {
    return std::any_of(failures_.begin(), failures_.end(),
                       [&](const failure& f) { return f.case_ == case_ && f.subject == s.name; });
  };
  for (std::size_t round = 0; round < rounds; ++round)
    for (const auto& s : subjects) {
      if (has_failed(s))
        continue;
      auto label = name_ + ' ' + case_ + ", round " + std::to_string(round + 1) + " of " + std::to_string(rounds) +
                   ", " + s.name;
      try {
        least_disturbed_round(case_, s, label);
      } catch (const std::runtime_error& e) {
        if (!s.is_peer)
          throw;
        fail(case_, s.name, e.what());
        std::cerr << label << "  failed: " << e.what() << "\n";
      }
    }
}

record& harness::find(const std::string& metric, const std::string& case_, const std::string& subject) {
  auto is_it = [&](const record& r) { return r.metric == metric && r.case_ == case_ && r.subject == subject; };
  auto found = std::find_if(records_.begin(), records_.end(), is_it);
  if (found != records_.end())
    return *found;
  records_.push_back({metric, case_, subject, {}, {}, 0, 0, {}});
  return records_.back();
}

void harness::add(const std::string& case_, const std::string& subject, const sample& s, double foreign_cpu) {
  auto& r = find(s.metric, case_, subject);
  r.unit = s.unit;
  r.values.push_back(s.value);
  r.foreign_cpu += (foreign_cpu - r.foreign_cpu) / static_cast<double>(r.values.size());
  r.disturbed += foreign_cpu > disturbed_at;
}

void harness::note(const std::string& metric, const std::string& case_, const std::string& subject,
                   const std::string& text) {
  find(metric, case_, subject).note = text;
}

std::string harness::json() const {
  using nlohmann::ordered_json;
  auto results = ordered_json::array();
  for (const auto& r : records_) {
    if (r.values.empty())
      continue;
    auto [min, max] = std::minmax_element(r.values.begin(), r.values.end());
    ordered_json one{
        {"metric", r.metric}, {"case", r.case_},         {"subject", r.subject}, {"value", median(r.values)},
        {"unit", r.unit},     {"runs", r.values.size()}, {"min", *min},          {"max", *max}};
    one["foreign_cpu"] = r.foreign_cpu;
    one["disturbed"] = r.disturbed;
    if (!r.note.empty())
      one["note"] = r.note;
    results.push_back(std::move(one));
  }
  auto commit = std::getenv("CHARTER_COMMIT");
  auto memory = static_cast<double>(proc_kib("/proc/meminfo", "MemTotal")) / (1024.0 * 1024 * 1024);
  ordered_json machine{{"cpu", proc_value("/proc/cpuinfo", "model name")},
                       {"cores", std::thread::hardware_concurrency()},
                       {"memory_gib", std::lround(memory)}};
  ordered_json all{{"name", name_}, {"commit", commit ? commit : "unknown"}, {"date", utc_now()}};
  all["quick"] = quick_;
  all["machine"] = std::move(machine);
  all["results"] = std::move(results);
  if (!failures_.empty())
    all["failed"] = ordered_json::array();
  for (const auto& f : failures_)
    all["failed"].push_back({{"case", f.case_}, {"subject", f.subject}, {"why", f.why}});
  return all.dump(2) + "\n";
}

void harness::fail(const std::string& case_, const std::string& subject, const std::string& why) {
  failures_.push_back({case_, subject, why});
}

int harness::finish() const {
  std::printf("%-20s %-18s %-18s %12s %12s %12s  %-6s %4s %8s\n", "metric", "case", "subject", "median", "min", "max",
              "unit", "runs", "foreign");
  bool measured = false;
  for (const auto& r : records_) {
    if (r.values.empty())
      continue;
    measured = true;
    auto [min, max] = std::minmax_element(r.values.begin(), r.values.end());
    auto remark = r.disturbed > 0 ? "  " + std::to_string(r.disturbed) + " disturbed" : std::string{};
    if (!r.note.empty())
      remark += "  " + r.note;
    std::printf("%-20s %-18s %-18s %12s %12s %12s  %-6s %4zu %8.2f%s\n", r.metric.c_str(), r.case_.c_str(),
                r.subject.c_str(), short_number(median(r.values)).c_str(), short_number(*min).c_str(),
                short_number(*max).c_str(), r.unit.c_str(), r.values.size(), r.foreign_cpu, remark.c_str());
  }
  for (const auto& f : failures_)
    std::printf("%s, %s: failed: %s\n", f.case_.c_str(), f.subject.c_str(), f.why.c_str());
  std::fflush(stdout);
  if (!measured) {
    std::cerr << "bench_" << name_ << ": nothing was measured\n";
    return 1;
  }
  if (json_file_.empty())
    return 0;
  std::ofstream file(json_file_, std::ios::trunc);
  if (!(file << json() << std::flush)) {
    std::cerr << "bench_" << name_ << ": can't write " << json_file_ << "\n";
    return 1;
  }
  return 0;
}

// -- mains ------------------------------------------------------------------------------------

int run_benchmark(const std::string& name, int argc, char** argv, const std::function<void(harness&)>& run,
                  const std::vector<std::string>& flags) {
  harness h(name, argc, argv, flags);
  try {
    run(h);
  } catch (const std::exception& e) {
    std::cerr << "bench_" << name << ": " << e.what() << "\n";
    h.fail("all", name, e.what());
    h.finish();
    return 1;
  }
  return h.finish();
}

} // namespace charter::bench
