// From one publisher to thousands of subscribers: what a delivery costs, and when it comes.
//
// Lockstep: the next post leaves when all have the one before. In flight: 32 posts are under way all the time. Rate:
// ten posts a second, whatever has become of those before. Beside each other in turns: charterd with everything on, and
// floors that do nothing but send as many bytes (floor_send.cpp), one frame at a time or what is there at once, and
// other servers as far as they are installed (peers.hpp). Each round has new connections. Server and clients have a
// core each; the clients are one thread.
//
// Latencies count from the moment at which a post was durable (the floor: was there, whole), which servers write down,
// to the last byte of the frame at the subscriber.
//
//   --tls        through TLS, and charterd alone
//   --no-peers   without other servers; a quick run is so anyway

#include <optional>
#include <stdexcept>

#include "bench/dialects.hpp"
#include "bench/harness.hpp"
#include "bench/peers.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t text_bytes = 200;
constexpr std::size_t window = 32;
constexpr std::size_t warm_up_posts = 10;
constexpr auto between_posts = 100ms;
constexpr double busy = 0.95; ///< of its core: then the load generator is what is measured

/// One server, and how to talk to it.
struct contender {
  pid_t pid;
  crowd::server where;
  dialect* how;
  std::size_t publishers;
  stamp_file* stamps; ///< null: it writes none
  bool is_peer;
};

samples throughput_round(const contender& c, std::size_t subscribers, std::size_t posts_in_flight, std::size_t posts) {
  fan_out all{c.where, *c.how, subscribers, c.publishers};
  all.in_flight(warm_up_posts, posts_in_flight);
  auto server_began = cpu_seconds(c.pid).value_or(0);
  auto client_began = own_cpu_seconds();
  auto run = all.in_flight(posts, posts_in_flight);
  auto server = cpu_seconds(c.pid).value_or(0) - server_began;
  auto client = own_cpu_seconds() - client_began;
  auto deliveries = static_cast<double>(run.deliveries);
  return {{"cpu_s_per_million", server / deliveries * 1e6, "s"},
          {"deliveries_per_s", deliveries / run.seconds, "1/s"},
          {"bytes_per_delivery", static_cast<double>(run.bytes) / deliveries, "B"},
          {"client_cores", client / run.seconds, "cores"}};
}

double ms(fan_out::clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

samples latency_round(const contender& c, std::size_t subscribers, std::size_t posts) {
  fan_out all{c.where, *c.how, subscribers, c.publishers};
  all.in_flight(warm_up_posts, 1);
  auto run = all.at_rate(posts, between_posts);
  std::vector<double> from_stamp, from_publish;
  auto first = c.stamps ? c.stamps->last() + 1 - posts : 0;
  for (auto& a : run.arrivals) {
    if (c.stamps)
      from_stamp.push_back(ms(a.at - c.stamps->at(first + a.post)));
    from_publish.push_back(ms(a.at - run.published[a.post]));
  }
  samples all_of_it{{"publish_ms_p50", percentile(from_publish, 50), "ms"},
                    {"publish_ms_p99", percentile(from_publish, 99), "ms"}};
  if (c.stamps) {
    all_of_it.push_back({"latency_ms_p50", percentile(from_stamp, 50), "ms"});
    all_of_it.push_back({"latency_ms_p99", percentile(from_stamp, 99), "ms"});
  }
  return all_of_it;
}

/// A figure of a load generator that had no time left says little about the server.
void mark_bottlenecks(harness& h) {
  auto records = h.records();
  for (auto& r : records)
    if (r.metric == "client_cores" && median(r.values) > busy)
      h.note("deliveries_per_s", r.case_, r.subject, "the load generator was the bottleneck");
}

class fan_out_bench {
public:
  explicit fan_out_bench(harness& h)
      : h_(h), charterd_({.tls = h.has("--tls")}), charter_dialect_(charterd_, text_bytes) {
    h.ours(charterd_.pid());
    if (h.has("--tls"))
      return;
    floor_stamps_.emplace(directory_ / "stamps");
    floor_.emplace(std::vector<std::string>{program("bench/floor_send"), "--stamps", floor_stamps_->path()},
                   server_core, directory_ / "log");
    floor_port_ = static_cast<std::uint16_t>(std::stoi(floor_->await("serving on port ")));
    h.ours(floor_->pid());
    if (!h.quick() && !h.has("--no-peers"))
      peers_ = installed_peers();
  }

  void run(std::size_t subscribers, std::size_t rounds) {
    auto many = std::to_string(subscribers);
    // Enough for a second or two of the server's time; peers take longer.
    auto lockstep = [=](const contender& c) {
      return throughput_round(c, subscribers, 1, (c.is_peer ? 100'000 : 200'000) / subscribers);
    };
    auto deliveries = h_.quick() ? 2'000'000 : 4'000'000;
    auto in_flight = [=](const contender& c) {
      return throughput_round(c, subscribers, window, (c.is_peer ? 400'000 : deliveries) / subscribers);
    };
    compare("lockstep-" + many, rounds, false, lockstep);
    compare("inflight32-" + many, rounds, true, in_flight);
  }

  void run_at_rate(std::size_t subscribers, std::size_t rounds, std::size_t posts) {
    compare("rate10-" + std::to_string(subscribers), rounds, false,
            [=](const contender& c) { return latency_round(c, subscribers, posts); });
  }

private:
  using round = std::function<samples(const contender&)>;

  void compare(const std::string& case_, std::size_t rounds, bool coalesces, const round& one) {
    std::vector<subject> subjects{
        {"charter", [&] {
           return one({charterd_.pid(), charterd_.where(), &charter_dialect_, window, &charterd_.stamps(), false});
         }}};
    floor_dialect floor_talk{coalesces, &charter_dialect_};
    if (floor_)
      subjects.push_back({coalesces ? "floor-coalesced" : "floor", [&] {
                            return one({floor_->pid(), {floor_port_}, &floor_talk, 1, &*floor_stamps_, false});
                          }});
    for (auto& name : peers_)
      subjects.push_back({name,
                          [&] {
                            peer server{name};
                            auto talk = dialect_of(name, charter_dialect_.payload_bytes());
                            return one({server.pid(), server.where(), talk.get(), 1, nullptr, true});
                          },
                          true});
    h_.compare(case_, rounds, subjects);
  }

  harness& h_;
  temporary_directory directory_;
  own_charterd charterd_;
  charter_dialect charter_dialect_;
  std::optional<stamp_file> floor_stamps_;
  std::optional<child_process> floor_;
  std::uint16_t floor_port_ = 0;
  std::vector<std::string> peers_;
};

void run(harness& h) {
  pin_to_core(client_core);
  allow_descriptors(12'000);
  fan_out_bench bench{h};
  bench.run(1'000, h.quick() ? 3 : 7);
  bench.run_at_rate(1'000, h.quick() ? 1 : 5, h.quick() ? 40 : 100);
  if (!h.quick())
    bench.run(10'000, 7);
  mark_bottlenecks(h);
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  return charter::bench::run_benchmark("fanout", argc, argv, charter::bench::run, {"--tls", "--no-peers"});
}
