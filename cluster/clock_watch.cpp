#include "cluster/clock_watch.hpp"

#include <algorithm>

#include "cluster/waiting.hpp"

namespace charter::cluster {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::chrono::milliseconds answer_time{200}; // one that took longer says too little: half of it is unknown
constexpr seconds counts_for{5};
constexpr seconds patience_at_first{2};

bool differs(duration gap) { return gap > clock_tolerance || gap < -clock_tolerance; }

std::string seconds_text(duration gap) { return std::to_string(static_cast<double>(gap.count()) / 1000) + " s"; }

} // namespace

bool is_clock_off(const clock_gaps& gaps, std::size_t nodes) {
  auto differing = std::ranges::count_if(gaps, [](auto& gap) { return differs(gap.second); });
  return 2 * static_cast<std::size_t>(differing) > nodes;
}

duration median_gap(const clock_gaps& gaps) {
  std::vector<duration> all{duration{0}};
  for (auto& [directory, gap] : gaps)
    all.push_back(gap);
  std::ranges::sort(all);
  return all[all.size() / 2];
}

clock_watch::clock_watch(node_clock& clock, clock_watch_options options)
    : clock_(clock), options_(std::move(options)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void clock_watch::stop() {
  thread_.request_stop();
  if (thread_.joinable())
    thread_.join();
}

bool clock_watch::is_right() const {
  std::lock_guard lock{mutex_};
  return !off_ && (all_heard_ || steady::now() - began_ > patience_at_first);
}

clock_gaps clock_watch::gaps() const {
  clock_gaps out;
  std::lock_guard lock{mutex_};
  for (auto& [directory, heard] : heard_)
    out.emplace(directory, heard.gap);
  return out;
}

void clock_watch::run(const std::stop_token& stop) {
  do {
    if (clock_.follow())
      options_.alarm("clock_jumped", "the machine's clock jumped by " + seconds_text(clock_.gap()) +
                                         "; this node goes on by the time that it had");
    ask_all();
    wait(std::min<std::chrono::milliseconds>(answer_time, options_.period / 2), stop);
    judge();
  } while (wait(options_.period, stop));
}

void clock_watch::ask_all() {
  for (auto& directory : options_.asked()) {
    std::uint64_t number = 0;
    {
      std::lock_guard lock{mutex_};
      number = ++number_;
      open_.emplace(number, question{directory, steady::now()});
    }
    (void)options_.ask(directory, encode_question({number, 0, asked_time{}}));
  }
}

void clock_watch::answered(const link_answer& answer) {
  auto now = steady::now();
  auto ours = clock_.now();
  auto* told = std::get_if<given_time>(&answer.outcome);
  std::lock_guard lock{mutex_};
  auto asked = open_.extract(answer.number);
  if (!told || asked.empty())
    return;
  auto took = now - asked.mapped().sent;
  if (took > answer_time)
    return;
  auto then = ours - duration_cast<duration>(took / 2);
  heard_.insert_or_assign(asked.mapped().directory, answer_of{told->now - then, now});
}

void clock_watch::judge() {
  auto nodes = options_.nodes();
  clock_gaps gaps;
  {
    std::lock_guard lock{mutex_};
    auto now = steady::now();
    std::erase_if(open_, [&](auto& asked) { return now - asked.second.sent > answer_time; });
    std::erase_if(heard_,
                  [&](auto& heard) { return now - heard.second.at > counts_for || !nodes.contains(heard.first); });
    for (auto& [directory, heard] : heard_)
      gaps.emplace(directory, heard.gap);
  }
  bool off = is_clock_off(gaps, nodes.size() + 1);
  auto by = median_gap(gaps);
  bool steps = off && !differs(clock_.gap() - by); // the machine's clock has been put right since
  if (steps)
    clock_.step();
  bool changed = false;
  {
    std::lock_guard lock{mutex_};
    changed = std::exchange(off_, off && !steps) != off_;
    all_heard_ = all_heard_ || gaps.size() == nodes.size();
    if (steps)
      heard_.clear();
  }
  if (changed && off)
    options_.alarm("clock_off", "the other nodes' clocks are ahead by " + seconds_text(by) +
                                    " (behind, if that is negative): this node owns nothing until its clock is right");
  else if (changed)
    options_.alarm("clock_right", "the clock agrees with the other nodes' again");
}

} // namespace charter::cluster
