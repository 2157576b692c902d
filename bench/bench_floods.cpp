// Somebody sends the server more than is good for it: what everybody else notices, and what memory it takes.
//
// Followers of one account, to which somebody publishes ten posts a second; from another address come, one kind after
// the other, connections that say nothing, headers that trickle in, log-ins, subscriptions, tiny messages, messages
// that are too large or come byte by byte, and little that inflates to much. Whoever is cut off comes again when its
// turn comes. Bounds are those of config/trial.toml (so 600 log-ins a minute from an address); only the followers'
// address is exempt, from which so many come.
//
// Delays count from the time at which a post was due, so that what holds up the publisher counts as well. Everything
// that clients do happens in one thread: where it was busy, that is told.

#include <zlib.h>

#include "bench/followers.hpp"
#include "bench/harness.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using clock = followers::clock;

constexpr std::size_t followers_count = 500;
constexpr auto between_posts = 100ms;
constexpr auto calms_down_for = 500ms;
constexpr std::size_t acts_per_turn_max = 2'000;
constexpr std::size_t message_bytes_max = 1024 * 1024; // net/limits.hpp
constexpr double busy = 0.9;                           ///< of the clients' core

double seconds(clock::duration d) { return std::chrono::duration<double>(d).count(); }
double mb(std::uint64_t bytes) { return static_cast<double>(bytes) / 1024 / 1024; }

/// So many spaces as one compressed message: a thousandth of their size.
std::string bomb(std::size_t size) {
  std::string in(size, ' '), out(size / 100 + 1'000, '\0');
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib doesn't start");
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_SYNC_FLUSH);
  out.resize(out.size() - stream.avail_out - 4); // without the empty block at its end (RFC 7692, 7.2.1)
  deflateEnd(&stream);
  constexpr std::uint8_t text_compressed = 0xc1;
  return client_frame(text_compressed, out);
}

struct attack {
  std::string name;
  std::size_t sockets;
  double acts_per_s;
  crowd::upgrade asked;
  /// Done by an open socket when its turn comes; `n` counts from 0 since it was opened.
  std::function<void(crowd&, crowd::member, std::size_t n)> act;
};

std::vector<attack> attacks(const own_charterd& server) {
  crowd::upgrade nobody, says_nothing, follower, inflates;
  says_nothing.path.clear();
  follower.token = server.tokens().front();
  inflates.extensions = "permessage-deflate";
  const std::string header = "GET / HTTP/1.1\r\nX-Slow: ";
  auto call = [](const std::string& method, const client::json& with) {
    return client::encode_request(1, method, with);
  };
  auto login = call("auth.login", {{"pseudonym", own_charterd::follower_name(0)}, {"password", "not this one"}});
  std::array<std::string, 3> subscriptions{call("feed.unsubscribe", {{"account", server.account()}}),
                                           call("feed.subscribe", {{"account", server.account()}}),
                                           own_charterd::listen_request()};
  std::string tiny;
  for (int i = 0; i < 50; ++i)
    tiny += client_frame(0x81, "x");
  auto too_large = client_frame(0x81, "", 16 * message_bytes_max);
  auto large = client_frame(0x81, "", message_bytes_max);
  auto just_allowed = bomb(message_bytes_max), too_much = bomb(16 * message_bytes_max);
  return {
      {"silent", 2'000, 2'000, says_nothing, [](crowd&, crowd::member, std::size_t) {}},
      {"trickling", 1'000, 5'000, says_nothing,
       [header](crowd& all, crowd::member who, std::size_t n) {
         all.put(who, std::string_view{header}.substr(n % header.size(), 1));
       }},
      {"logins", 100, 1'000, nobody, [login](crowd& all, crowd::member who, std::size_t) { all.say(who, login); }},
      {"subscriptions", 500, 2'000, follower,
       [subscriptions](crowd& all, crowd::member who, std::size_t n) { all.say(who, subscriptions[n % 3]); }},
      {"tiny", 100, 400, nobody, [tiny](crowd& all, crowd::member who, std::size_t) { all.put(who, tiny); }},
      {"too-large", 100, 500, nobody,
       [too_large](crowd& all, crowd::member who, std::size_t) { all.put(who, too_large); }},
      {"byte-by-byte", 200, 5'000, nobody,
       [large](crowd& all, crowd::member who, std::size_t n) { all.put(who, n == 0 ? large : "x"); }},
      {"bombs", 200, 1'000, inflates,
       [just_allowed](crowd& all, crowd::member who, std::size_t) { all.put(who, just_allowed); }},
      {"large-bombs", 200, 1'000, inflates,
       [too_much](crowd& all, crowd::member who, std::size_t) { all.put(who, too_much); }},
  };
}

/// The sockets of one attack. They take turns; one that was cut off connects again when its turn comes.
class attackers {
public:
  /// `from`: their address.
  attackers(crowd::server where, const attack& what, const std::string& from)
      : what_(what), all_([&] {
          where.from = from;
          return where;
        }()) {
    all_.lost = [this](crowd::member, const std::string&, std::chrono::milliseconds) { ++cut_off_; };
    all_.received = [this](crowd::member, std::string_view) { ++answers_; };
  }

  void turn() {
    auto due = static_cast<std::size_t>(seconds(clock::now() - began_) * what_.acts_per_s);
    for (std::size_t most = acts_per_turn_max; acts_ < due && most > 0; --most)
      act(acts_++);
    all_.turn(0ms);
  }

  std::size_t acts() const { return acts_; }
  std::size_t cut_off() const { return cut_off_; }
  std::size_t answers() const { return answers_; }

private:
  void act(std::size_t n) {
    if (all_.size() < what_.sockets) {
      all_.open(what_.asked);
      done_.push_back(0);
      return;
    }
    auto who = n % what_.sockets;
    if (all_.is_away(who)) {
      all_.reopen(who);
      done_[who] = 0;
    } else if (all_.is_open(who)) {
      what_.act(all_, who, done_[who]++);
    }
  }

  const attack& what_;
  crowd all_;
  clock::time_point began_ = clock::now();
  std::vector<std::size_t> done_; ///< by each on its connection
  std::size_t acts_ = 0;
  std::size_t cut_off_ = 0;
  std::size_t answers_ = 0;
};

/// The followers' delays in milliseconds over that time.
std::vector<double> delays_for(followers& all, clock::duration length, attackers* others) {
  std::vector<double> delays;
  all.arrived = [&](std::size_t, std::uint64_t number, clock::time_point at) {
    delays.push_back(seconds(at - all.due(number)) * 1e3);
  };
  all.publish_every(between_posts);
  for (auto until = clock::now() + length; clock::now() < until;) {
    if (others)
      others->turn();
    all.turn();
  }
  all.publish_no_more();
  turn_until(all, 30s, "the last deliveries", [&] {
    if (others)
      others->turn();
    for (std::size_t i = 0; i < all.count(); ++i)
      if (all.missing(i) > 0)
        return false;
    return true;
  });
  all.arrived = nullptr;
  return delays;
}

/// Nobody has to bear what was done from the address before.
std::string next_address() {
  static int last = 0;
  return "127.0.1." + std::to_string(++last);
}

samples round_of(const attack& what, own_charterd& server, followers& all, bool quick) {
  auto calm = delays_for(all, quick ? 700ms : 4s, nullptr);
  auto memory = rss_bytes(server.pid());
  forget_rss_peak(server.pid());
  auto refused = all.refused();
  auto server_began = cpu_seconds(server.pid()).value_or(0);
  auto client_began = own_cpu_seconds();
  auto began = clock::now();
  std::vector<double> flooded;
  samples taken;
  {
    attackers others{server.where(), what, next_address()};
    flooded = delays_for(all, quick ? 1'500ms : 12s, &others);
    auto took = seconds(clock::now() - began);
    taken = {{"acts_per_s", static_cast<double>(others.acts()) / took, "1/s"},
             {"cut_off_per_s", static_cast<double>(others.cut_off()) / took, "1/s"},
             {"answers_per_s", static_cast<double>(others.answers()) / took, "1/s"},
             {"server_cores", (cpu_seconds(server.pid()).value_or(0) - server_began) / took, "cores"},
             {"client_cores", (own_cpu_seconds() - client_began) / took, "cores"}};
  }
  auto peak = rss_peak_bytes(server.pid());
  taken.insert(taken.begin(), {{"calm_p99_ms", percentile(calm, 99), "ms"},
                               {"flooded_p99_ms", percentile(flooded, 99), "ms"},
                               {"flooded_max_ms", percentile(flooded, 100), "ms"},
                               {"others_cut_off", static_cast<double>(all.refused() - refused), ""},
                               {"rss_growth_mb", mb(peak - std::min(peak, memory)), "MB"}});
  for (auto until = clock::now() + calms_down_for; clock::now() < until;)
    all.turn();
  return taken;
}

void run(harness& h) {
  pin_to_core(client_core);
  allow_descriptors(6'000);
  own_charterd server{{.raises_bounds = false}};
  h.ours(server.pid());
  followers all{server, {.count = followers_count}};
  for (auto& what : attacks(server)) {
    h.compare(what.name, h.quick() ? 1 : 3, {{"charter", [&] { return round_of(what, server, all, h.quick()); }}});
    for (auto records = h.records(); auto& r : records)
      if (r.metric == "client_cores" && r.case_ == what.name && median(r.values) > busy)
        h.note("flooded_p99_ms", what.name, "charter", "the load generator was the bottleneck");
  }
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("floods", argc, argv, charter::bench::run); }
