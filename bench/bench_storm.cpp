// Ten thousand clients lose their connections at one moment: how long until all are back and have everything, and what
// others notice of it.
//
// Followers of one account, to which somebody publishes ten posts a second. Most are cut off, within half a second;
// each comes back after a random part of two seconds, as docs/API.md asks of clients, logs in with its upgrade (again
// at the time that it is told, if it is told one), listens, and asks for the posts that it missed. The others stay;
// their delays count from the time at which a post was due, so that what holds up the publisher counts as well.

#include "bench/followers.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using clock = followers::clock;

constexpr std::size_t others = 1'000;
constexpr auto between_posts = 100ms;
constexpr auto comes_back_within = 2'000ms;
constexpr auto loses_for = 10ms; ///< before it turns: closing thousands of sockets takes time that isn't the server's

double seconds(clock::duration d) { return std::chrono::duration<double>(d).count(); }

/// Delays of the others' pushes in milliseconds, while it lives.
class delay_meter {
public:
  explicit delay_meter(followers& all) : all_(all) {
    all.arrived = [this](std::size_t who, std::uint64_t number, clock::time_point at) {
      if (who < others)
        delays_.push_back(seconds(at - all_.due(number)) * 1e3);
    };
  }
  ~delay_meter() { all_.arrived = nullptr; }
  const std::vector<double>& delays() const { return delays_; }

private:
  followers& all_;
  std::vector<double> delays_;
};

samples storm_round(followers& all) {
  std::mt19937 random{7};
  std::uniform_int_distribution<> some_time{0, static_cast<int>(comes_back_within.count())};
  samples taken;
  all.publish_every(between_posts);
  {
    delay_meter calm{all};
    for (auto until = clock::now() + 3s; clock::now() < until;)
      all.turn();
    taken.push_back({"calm_p99_ms", percentile(calm.delays(), 99), "ms"});
  }
  delay_meter live{all};
  auto refused = all.refused();
  auto began = clock::now();
  auto turned = began;
  for (std::size_t i = others; i < all.count(); ++i) {
    all.lose(i, began + std::chrono::milliseconds{some_time(random)});
    if (clock::now() > turned + loses_for) {
      all.turn();
      turned = clock::now();
    }
  }
  turn_until(all, 60s, "coming back", [&] { return all.present() == all.count(); });
  taken.push_back({"seconds", seconds(clock::now() - began), "s"});
  taken.push_back({"live_p99_ms", percentile(live.delays(), 99), "ms"});
  taken.push_back({"live_max_ms", percentile(live.delays(), 100), "ms"});
  taken.push_back({"refused", static_cast<double>(all.refused() - refused), ""});
  all.publish_no_more();
  turn_until(all, 10s, "the last deliveries", [&] {
    std::uint64_t missing = 0;
    for (std::size_t i = 0; i < all.count(); ++i)
      missing += all.missing(i);
    return missing == 0;
  });
  return taken;
}

void run(harness& h) {
  pin_to_core(client_core);
  std::size_t lost = h.quick() ? 3'000 : 10'000;
  allow_descriptors(others + lost + 1'000);
  own_charterd server{{}};
  h.ours(server.pid());
  followers all{server, {.count = others + lost}};
  h.compare(std::to_string(lost), h.quick() ? 2 : 5, {{"charter", [&] { return storm_round(all); }}});
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("storm", argc, argv, charter::bench::run); }
