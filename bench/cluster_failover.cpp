#include "bench/cluster_failover.hpp"

#include <functional>
#include <iostream>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "apps/tour/person.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using client::json;

constexpr auto asks_again_after = 10ms;
constexpr auto answers_within = 3s;
constexpr auto back_within = 30s;
constexpr auto undisturbed_for = 500ms; ///< of publishing before a fault
constexpr auto shown_within = 10s;      ///< at a node that was down a moment ago
constexpr auto stands_still_for = 6s;   ///< longer than a lease
constexpr std::size_t page_items = 200; ///< of account.posts

double seconds(steady::duration d) { return std::chrono::duration<double>(d).count(); }

/// Publishes in one account until it is told to stop; what is refused for the moment is asked for again.
class writer {
public:
  writer(const chaos::nodes& all, const chaos::cast& people, std::size_t account, std::size_t node)
      : account_(people.accounts[account]), calls_(all, people.owners[account].token, node),
        thread_([this](const std::stop_token& stop) { work(stop); }) {}

  void fault_at(steady::time_point when) {
    std::lock_guard lock{mutex_};
    fault_ = when;
  }
  std::optional<steady::duration> back_after() {
    std::lock_guard lock{mutex_};
    return back_after_;
  }
  /// What it was told last, to be added to a sentence.
  std::string last_refusal() {
    std::lock_guard lock{mutex_};
    return told_.empty() ? std::string{} : "; it was told last: " + told_;
  }
  /// The texts of the posts that were acknowledged. Throws what ended it.
  std::vector<std::string> finish() {
    thread_.request_stop();
    thread_.join();
    if (!problem_.empty())
      throw std::runtime_error(problem_);
    return std::move(acknowledged_);
  }

private:
  void work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      auto text = tour::fresh_command_id();
      auto asked = steady::now();
      auto answer = calls_.attempt("account.publish", {{"account", account_}, {"text", text}});
      if (answer) {
        acknowledged_.push_back(text);
        std::lock_guard lock{mutex_};
        if (fault_ && asked >= *fault_ && !back_after_)
          back_after_ = steady::now() - *fault_;
      } else if (!client::may_repeat(answer.why())) {
        problem_ = "a post was refused: " + answer.why().why.detail;
        return;
      } else {
        std::lock_guard lock{mutex_};
        told_ = answer.why().why.detail;
      }
      std::this_thread::sleep_for(asks_again_after);
    }
  }

  std::string account_;
  chaos::caller calls_;
  std::mutex mutex_;
  std::optional<steady::time_point> fault_;
  std::optional<steady::duration> back_after_;
  std::string told_; ///< by the last refusal that passes
  std::vector<std::string> acknowledged_;
  std::string problem_;
  std::jthread thread_; ///< last: it uses all the others
};

class failover {
public:
  explicit failover(cluster_under_test& which) : which_(which), all_(which.reached_within(answers_within)) {}

  samples kill_node() {
    auto victim = which_.owner_of(next_account());
    auto name = chaos::node_name(victim);
    return round(
        victim, [&] { must(which_.processes().kill(name), name + " can't be killed"); }, [&] { start(name); });
  }
  samples kill_leader() {
    auto leader = which_.processes().leader();
    if (!leader)
      throw std::runtime_error("etcd has no leader");
    auto name = chaos::member_name(*leader);
    return round(
        std::nullopt, [&] { must(which_.processes().kill(name), name + " can't be killed"); }, [&] { start(name); });
  }
  samples pause_owner() {
    auto victim = which_.owner_of(next_account());
    auto name = chaos::node_name(victim);
    steady::time_point paused;
    return round(
        victim,
        [&] {
          must(which_.processes().pause(name), name + " can't be paused");
          paused = steady::now();
        },
        [&] {
          std::this_thread::sleep_until(paused + stands_still_for);
          must(which_.processes().resume(name), name + " can't be resumed");
        });
  }

  /// Acknowledged posts that aren't there, and those that are there more than once. What one node has answered, another
  /// shows a moment later, so what isn't there is looked for again for a while.
  std::pair<std::size_t, std::size_t> lost_and_doubled() {
    std::size_t lost = 0, doubled = 0;
    for (auto until = steady::now() + shown_within;; std::this_thread::sleep_for(undisturbed_for)) {
      lost = doubled = 0;
      for (auto& [account, texts] : acknowledged_) {
        auto there = posts_of(account);
        for (auto& text : texts) {
          lost += !there.contains(text);
          doubled += there[text] > 1;
        }
      }
      if (lost == 0 || steady::now() > until)
        return {lost, doubled};
    }
  }

private:
  static void must(bool done, const std::string& otherwise) {
    if (!done)
      throw std::runtime_error(otherwise);
  }
  void start(const std::string& name) {
    if (auto started = which_.processes().start(name); !started)
      throw std::runtime_error(started.why().detail);
  }
  std::size_t next_account() { return next_account_++ % cluster_under_test::accounts; }

  /// `victim`: the node of which the accounts are told; of all when nothing is given.
  template <class Fault, class Cure>
  samples round(std::optional<std::size_t> victim, Fault fault, Cure cure) {
    auto node = (victim.value_or(next_account_) + 1) % cluster_under_test::nodes;
    std::map<std::string, std::unique_ptr<writer>> writers;
    for (std::size_t i = 0; i < cluster_under_test::accounts; ++i)
      if (!victim || which_.owner_of(i) == *victim)
        writers.emplace(which_.people().accounts[i], std::make_unique<writer>(all_, which_.people(), i, node));
    std::this_thread::sleep_for(undisturbed_for);
    auto began = steady::now();
    for (auto& [account, one] : writers)
      one->fault_at(began);
    fault();
    std::vector<double> back;
    for (auto& [account, one] : writers) {
      while (!one->back_after() && steady::now() < began + back_within)
        std::this_thread::sleep_for(asks_again_after);
      must(one->back_after().has_value(),
           account + " has had no answer for " + std::to_string(back_within.count()) + " s" + one->last_refusal());
      back.push_back(seconds(*one->back_after()));
    }
    cure();
    for (auto& [account, one] : writers) {
      auto texts = one->finish();
      auto& kept = acknowledged_[account];
      kept.insert(kept.end(), texts.begin(), texts.end());
    }
    which_.await_whole();
    return {{"failover_s_p50", median(back), "s"}, {"failover_s_max", percentile(back, 100), "s"}};
  }

  /// How often each text is there.
  std::map<std::string, std::size_t> posts_of(const std::string& account) {
    std::map<std::string, std::size_t> found;
    chaos::caller calls{all_, which_.people().owners.front().token, 0};
    for (std::uint64_t from = 1;;) {
      auto page = calls.attempt("account.posts", {{"account", account}, {"from", from}, {"to", from + page_items - 1}});
      if (!page)
        throw std::runtime_error("posts can't be read: " + page.why().why.detail);
      for (auto& item : (*page)["items"])
        ++found[item.value("text", "")];
      if ((*page)["items"].empty())
        return found;
      from += (*page)["items"].size(); // fewer than were asked for at the end, or if they are large
    }
  }

  cluster_under_test& which_;
  chaos::nodes all_;
  std::size_t next_account_ = 0;
  std::map<std::string, std::vector<std::string>> acknowledged_;
};

void repeat(harness& h, const std::string& name, int rounds, const std::function<samples()>& round) {
  for (int i = 1; i <= rounds; ++i) {
    std::cerr << "cluster " << name << ", round " << i << " of " << rounds;
    for (auto& figure : round()) {
      std::cerr << "  " << figure.metric << ' ' << figure.value << ' ' << figure.unit;
      h.add(name, "charter", figure);
    }
    std::cerr << "\n";
  }
}

} // namespace

void failover_cases(harness& h, cluster_under_test& which) {
  auto rounds = h.quick() ? 1 : 20;
  struct fault {
    const char* name;
    samples (failover::*round)();
  };
  for (auto& [name, round] : {fault{"kill-node", &failover::kill_node},
                              {"kill-leader", &failover::kill_leader},
                              {"pause-owner", &failover::pause_owner}}) {
    failover all{which};
    repeat(h, name, rounds, [&] { return (all.*round)(); });
    auto [lost, doubled] = all.lost_and_doubled();
    h.add(name, "charter", {"acknowledged_lost", static_cast<double>(lost), ""});
    h.add(name, "charter", {"doubled", static_cast<double>(doubled), ""});
  }
}

void failover_of_large_logs(harness& h, cluster_under_test& which) {
  failover all{which};
  repeat(h, h.quick() ? "kill-node-64m" : "kill-node-1g", h.quick() ? 1 : 5, [&] { return all.kill_node(); });
}

} // namespace charter::bench
