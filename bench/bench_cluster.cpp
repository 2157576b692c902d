// What three nodes on one machine cost, beside what they are made of (script/cluster starts them, with three members of
// etcd, and all of it on the cores that there are).
//
// three-nodes: durable posts per second of publishers with one post in flight each, spread over the nodes, in accounts
// that all three own; the floor is etcd itself: as many batches of as many bytes at a time, with nothing around it.
// two-hops: how much later a subscriber hears of a post at another node than at the owner's; the floor is a bare gRPC
// call to a member of etcd and its answer. three-nodes-10000 and one-node-10000: CPU seconds of all nodes for a million
// deliveries of posts to 10,000 subscribers, spread over three nodes or all at one. What happens when something fails
// is in cluster_failover.hpp, and how a node gets logs that it lacks in cluster_copy.hpp.

#include <atomic>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "bench/cluster_clients.hpp"
#include "bench/cluster_copy.hpp"
#include "bench/cluster_failover.hpp"
#include "bench/dialects.hpp"
#include "bench/harness.hpp"
#include "cluster/shard_entry.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using client::json;

constexpr auto accounts = cluster_under_test::accounts;
constexpr auto nodes = cluster_under_test::nodes;
constexpr std::size_t publishers_per_node = 32;
constexpr std::size_t text_bytes = 200;
constexpr std::size_t record_bytes = 512; // what such a post comes to in the log
constexpr auto between_posts = 50ms;

double ms(steady::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }
double seconds(steady::duration d) { return std::chrono::duration<double>(d).count(); }

// -- durable posts per second ---------------------------------------------------------------------------------------

/// Where the logs end, together.
std::uint64_t positions(etcd::client& etcd) {
  auto entries = cluster::read_entries(etcd, cluster::log_keys{});
  if (!entries)
    throw std::runtime_error(entries.why().detail);
  std::uint64_t out = 0;
  for (auto& [shard, entry] : entries->of)
    out += entry.head.last;
  return out;
}

etcd::revision revision(etcd::client& etcd) {
  auto page = etcd.range(etcd::key_range{"bench/none", {}});
  if (!page)
    throw std::runtime_error(page.why().detail);
  return page->at;
}

/// `batch` tells how many events a transaction carried, for the floor.
samples publish_round(cluster_under_test& which, etcd::client& etcd, steady::duration length, double& batch) {
  which.await_rest(); // the floor keeps etcd so busy that leases run out, and shards move
  std::vector<std::unique_ptr<publishers_at>> all;
  for (std::size_t node = 0; node < nodes; ++node)
    all.push_back(std::make_unique<publishers_at>(which, node, publishers_per_node, text_bytes));
  auto count = [&] {
    std::size_t out = 0;
    for (auto& one : all)
      out += one->acknowledged();
    return out;
  };
  on_threads threads{all};
  std::this_thread::sleep_for(500ms);
  auto cpu = which.cpu();
  auto events = positions(etcd);
  auto transactions = revision(etcd);
  auto before = count();
  auto began = steady::now();
  std::this_thread::sleep_for(length);
  auto acknowledged = static_cast<double>(count() - before);
  auto took = seconds(steady::now() - began);
  auto batches = static_cast<double>(revision(etcd) - transactions);
  batch = static_cast<double>(positions(etcd) - events) / batches;
  auto used = which.cpu() - cpu;
  threads.finish();
  return {{"events_per_s", acknowledged / took, "1/s"},
          {"batches_per_s", batches / took, "1/s"},
          {"batch_events_mean", batch, "events"},
          {"cpu_s_per_million", used / acknowledged * 1e6, "s"}};
}

/// As many loops as there are shards that are written to, each with one transaction under way.
samples etcd_round(etcd::client& etcd, steady::duration length, double batch) {
  auto events = std::max(1.0, batch);
  std::string value(static_cast<std::size_t>(events * record_bytes), 'x');
  std::atomic<std::size_t> done{0};
  std::atomic<bool> stop{false}, failed{false};
  std::vector<std::jthread> loops;
  for (std::size_t i = 0; i < accounts; ++i)
    loops.emplace_back([&, i] {
      while (!stop) {
        etcd::transaction what;
        what.then.push_back(etcd::put("bench/log/" + std::to_string(i), value));
        if (etcd.commit(what))
          ++done;
        else
          failed = true;
      }
    });
  std::this_thread::sleep_for(200ms);
  auto before = done.load();
  auto began = steady::now();
  std::this_thread::sleep_for(length);
  auto committed = static_cast<double>(done - before);
  auto took = seconds(steady::now() - began);
  stop = true;
  loops.clear();
  if (failed)
    std::cerr << "bench_cluster: some of the floor's transactions had no answer\n";
  return {{"events_per_s", committed * events / took, "1/s"},
          {"batches_per_s", committed / took, "1/s"},
          {"batch_events_mean", events, "events"}};
}

// -- another node's subscribers -------------------------------------------------------------------------------------

samples remote_round(cluster_under_test& which, std::size_t posts) {
  auto owner = which.owner_of(0);
  auto& account = which.people().accounts[0];
  std::vector<std::unique_ptr<subscribers_at>> all;
  for (auto node : {owner, (owner + 1) % nodes})
    all.push_back(std::make_unique<subscribers_at>(which, node, 1, account));
  auto ports = chaos::nodes_at(which.node(0).port, nodes, 10s);
  chaos::caller publisher{ports, which.people().owners[0].token, owner};
  on_threads threads{all};
  for (std::size_t i = 0; i < posts; ++i) {
    publish(publisher, account, std::string(text_bytes, 'x'));
    std::this_thread::sleep_for(between_posts);
  }
  for (auto until = steady::now() + 5s; all[0]->heard() < posts || all[1]->heard() < posts;
       std::this_thread::sleep_for(10ms))
    if (steady::now() > until)
      throw std::runtime_error("not every post was heard");
  threads.finish();
  std::vector<double> later;
  for (std::size_t i = 0; i < posts; ++i)
    later.push_back(ms(all[1]->times()[i] - all[0]->times()[i]));
  return {{"remote_ms_p50", percentile(later, 50), "ms"}, {"remote_ms_p99", percentile(later, 99), "ms"}};
}

/// `members` asks one after the other.
samples hops_round(etcd::client& etcd, std::size_t count) {
  std::vector<double> took;
  for (std::size_t i = 0; i < count; ++i) {
    auto began = steady::now();
    auto answers = etcd.members();
    took.push_back(ms(steady::now() - began) / static_cast<double>(answers.size()));
    std::this_thread::sleep_for(between_posts / 5);
  }
  return {{"remote_ms_p50", percentile(took, 50), "ms"}, {"remote_ms_p99", percentile(took, 99), "ms"}};
}

// -- 10,000 subscribers ---------------------------------------------------------------------------------------------

samples spread_round(cluster_under_test& which, std::size_t subscribers, std::size_t posts) {
  auto owner = which.owner_of(0);
  auto& account = which.people().accounts[0];
  std::vector<std::unique_ptr<subscribers_at>> all;
  for (std::size_t node = 0; node < nodes; ++node)
    all.push_back(std::make_unique<subscribers_at>(
        which, node, subscribers / nodes + (node < subscribers % nodes ? 1 : 0), account));
  auto heard = [&] {
    std::size_t out = 0;
    for (auto& one : all)
      out += one->heard();
    return out;
  };
  auto ports = chaos::nodes_at(which.node(0).port, nodes, 10s);
  chaos::caller publisher{ports, which.people().owners[0].token, owner};
  on_threads threads{all};
  auto publish_to_all = [&] {
    auto expected = heard() + subscribers;
    publish(publisher, account, std::string(text_bytes, 'x'));
    for (auto until = steady::now() + 20s; heard() < expected; std::this_thread::sleep_for(1ms))
      if (steady::now() > until)
        throw std::runtime_error("not everybody heard of a post");
  };
  for (std::size_t i = 0; i < 3; ++i)
    publish_to_all(); // warms up
  auto cpu = which.cpu();
  for (std::size_t i = 0; i < posts; ++i)
    publish_to_all();
  auto used = which.cpu() - cpu;
  threads.finish();
  return {{"cpu_s_per_million", used / static_cast<double>(posts * subscribers) * 1e6, "s"}};
}

samples single_round(own_charterd& server, charter_dialect& how, std::size_t subscribers, std::size_t posts) {
  fan_out all{server.where(), how, subscribers, 1};
  all.in_flight(3, 1);
  auto began = cpu_seconds(server.pid()).value_or(0);
  auto run = all.in_flight(posts, 1);
  auto used = cpu_seconds(server.pid()).value_or(0) - began;
  return {{"cpu_s_per_million", used / static_cast<double>(run.deliveries) * 1e6, "s"}};
}

// Parts, for who looks into one of them; all without any of these.
constexpr const char* posts_only = "--posts";
constexpr const char* failover_only = "--failover";
constexpr const char* copies_only = "--copies";

void posts_cases(harness& h, cluster_under_test& which) {
  auto& etcd = which.processes().etcd();
  auto rounds = h.quick() ? 1 : 5;
  auto length = h.quick() ? 2s : 4s;
  double batch = 1;
  h.compare("three-nodes", rounds,
            {{"charter", [&] { return publish_round(which, etcd, length, batch); }},
             {"floor", [&] { return etcd_round(etcd, length, batch); }}});
  auto posts = h.quick() ? 40 : 100;
  h.compare(
      "two-hops", rounds,
      {{"charter", [&] { return remote_round(which, posts); }}, {"floor", [&] { return hops_round(etcd, posts); }}});
  std::size_t subscribers = 10'000, sent = h.quick() ? 10 : 20;
  h.compare("three-nodes-10000", rounds, {{"charter", [&] { return spread_round(which, subscribers, sent); }}});
  own_charterd alone{{}};
  h.ours(alone.pid());
  charter_dialect how{alone, text_bytes};
  h.compare("one-node-10000", rounds, {{"charter", [&] { return single_round(alone, how, subscribers, sent); }}});
}

void run(harness& h) {
  allow_descriptors(12'000);
  cluster_under_test which;
  for (auto pid : which.pids())
    h.ours(pid);
  bool all = !h.has(posts_only) && !h.has(failover_only) && !h.has(copies_only);
  if (all || h.has(posts_only))
    posts_cases(h, which);
  // From here on the nodes are other processes now and then.
  if (all || h.has(failover_only))
    failover_cases(h, which);
  if (all || h.has(copies_only)) {
    copy_cases(h, which);
    failover_of_large_logs(h, which);
  }
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  return charter::bench::run_benchmark(
      "cluster", argc, argv, charter::bench::run,
      {charter::bench::posts_only, charter::bench::failover_only, charter::bench::copies_only});
}
