// A tenth of the readers stops reading: what the others notice, what memory it takes, and whether anything is missing
// in the end.
//
// Followers of one account, and posts at a steady pace. In turns all read, and the first tenth reads nothing for a
// while; then it reads again, is told of the gap, and asks for what it was not sent. Segments are as over a network, so
// that the kernel holds little. Latencies are those of the nine tenths that always read, from durable to the last byte.

#include "bench/followers.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t readers = 1'000;
constexpr std::size_t stopped = readers / 10;
constexpr std::size_t segment_bytes = 1'448; // of an Ethernet
constexpr std::size_t text_bytes = 4'000;    // 20 s of it are more than a stopped reader's bounds hold
constexpr auto between_posts = 50ms;
constexpr auto catches_up_within = 30s;
constexpr std::size_t outbox_bytes = 256 * 1024; // net/limits.hpp: outbox_live_bytes_max

double ms(followers::clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }
double mb(std::uint64_t bytes) { return static_cast<double>(bytes) / 1024 / 1024; }

/// Publishes for a while; the delays of those who always read.
std::vector<double> publish_for(own_charterd& server, followers& all, followers::clock::duration length) {
  std::vector<std::pair<std::uint64_t, followers::clock::time_point>> arrivals;
  all.arrived = [&](std::size_t who, std::uint64_t number, followers::clock::time_point at) {
    if (who >= stopped)
      arrivals.emplace_back(number, at);
  };
  auto published_before = all.published();
  auto until = followers::clock::now() + length;
  all.publish_every(between_posts);
  while (followers::clock::now() < until - between_posts / 2)
    all.turn();
  all.publish_no_more();
  // A machine that is busy elsewhere may have let a post's time pass, so what counts is what was sent off.
  auto wanted = (readers - stopped) * (all.published() - published_before);
  turn_until(all, 10s, "the last deliveries", [&] { return arrivals.size() >= wanted; });
  all.arrived = nullptr;
  std::vector<double> delays;
  for (auto& [number, at] : arrivals)
    delays.push_back(ms(at - server.stamps().at(number)));
  return delays;
}

/// How many of its posts a reader lacks in the end, summed over those who were stopped.
std::uint64_t lost_after(followers& all) {
  auto until = followers::clock::now() + catches_up_within;
  auto lost = [&] {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < stopped; ++i)
      sum += all.missing(i);
    return sum;
  };
  while (lost() > 0 && followers::clock::now() < until)
    all.turn();
  return lost();
}

void run(harness& h) {
  pin_to_core(client_core);
  allow_descriptors(4'000);
  own_charterd server{{}};
  h.ours(server.pid());
  followers all{server, {readers, text_bytes, segment_bytes}};
  publish_for(server, all, 1s); // warms up
  auto length = h.quick() ? 6s : 20s;
  for (int round = 0; round < (h.quick() ? 2 : 5); ++round) {
    foreign_cpu_meter meter{{server.pid()}};
    auto before = publish_for(server, all, length);
    auto memory = rss_bytes(server.pid());
    for (std::size_t i = 0; i < stopped; ++i)
      all.pause(i);
    auto asked = all.asked_for();
    auto meanwhile = publish_for(server, all, length);
    auto peak = rss_peak_bytes(server.pid());
    for (std::size_t i = 0; i < stopped; ++i)
      all.resume(i);
    auto lost = lost_after(all);
    auto add = [&](const std::string& metric, double value, const std::string& unit) {
      h.add("tenth-stopped", "charter", {metric, value, unit}, meter.read());
    };
    add("others_p99_ratio", percentile(meanwhile, 99) / percentile(before, 99), "");
    add("p99_ms_all_read", percentile(before, 99), "ms");
    add("p99_ms_tenth_stopped", percentile(meanwhile, 99), "ms");
    add("lost", static_cast<double>(lost), "");
    add("asked_for", static_cast<double>(all.asked_for() - asked), "");
    add("refused", static_cast<double>(all.refused()), "");
    add("rss_mb_max", mb(peak), "MB");
    add("rss_growth_mb", mb(peak - std::min(peak, memory)), "MB");
  }
  h.note("rss_growth_mb", "tenth-stopped", "charter",
         "the bound is " + std::to_string(stopped * outbox_bytes / 1024 / 1024) + " MB");
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("slow", argc, argv, charter::bench::run); }
