// From a publisher's WebSocket to the durable answer, and to a subscriber's socket, at a moderate rate; beside one bare
// fdatasync of the same size.
//
// A charterd of its own on loopback, with the trial's people: one publishes, one listens. Posts leave at fixed times
// whether or not the one before was answered, and a latency counts from the time at which its post was due, so a stall
// counts for all that it held up. Server and clients have a core each.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

#include "apps/tour/person.hpp"
#include "apps/tour/server_process.hpp"
#include "apps/tour/trial_data.hpp"
#include "bench/harness.hpp"
#include "bench/temporary_directory.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;
using client::json;
using tour::person;

constexpr auto between_posts = 5ms; // 200 a second
constexpr std::size_t text_bytes = 200;
constexpr std::size_t record_bytes = 512; // what such a post comes to in the journal, frames and keys included
constexpr unsigned server_core = 0;
constexpr unsigned client_core = 1;

double ms(steady::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

json must(person& by, const std::string& method, json params = json::object()) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw std::runtime_error(by.name() + " could not " + method + ": " + answer.why().why.detail);
  return *answer;
}

void arrive(person& p, int identity) {
  if (auto session = p.arrive(identity); !session)
    throw std::runtime_error(p.name() + " could not register: " + session.why().why.detail);
}

/// The trial's settings, without the bounds that one address with all the load would run into.
std::filesystem::path settings_without_bounds(const temporary_directory& data) {
  std::ifstream in{"config/trial.toml"};
  std::ofstream out{data / "config.toml"};
  for (std::string line; std::getline(in, line);) {
    out << line << "\n";
    if (line == "[limits]")
      out << "unlimited_addresses = [\"127.0.0.1\"]\n";
  }
  return data / "config.toml";
}

/// Opens an account as everybody does: applies, and is reviewed.
std::string open_account(const tour::service& at, person& owner) {
  person moderator{at, "moderator-lin"};
  person founder{at, "operator"};
  arrive(founder, 1);
  arrive(moderator, 2);
  must(founder, "admin.grant_role", {{"user", moderator.user()}, {"role", "moderator"}});
  auto applied = must(owner, "account.apply",
                      {{"name", "bench"},
                       {"description", "Posts at a steady pace"},
                       {"category", "culture"},
                       {"kind", "individual"},
                       {"region", "31"},
                       {"statement", "Posts for measuring."}});
  json application = applied["application"];
  must(moderator, "desk.claim", {{"case", application}});
  auto file = must(moderator, "desk.case", {{"case", application}});
  json checked = json::array();
  for (auto& item : file["checklist"])
    checked.push_back(item["key"]);
  must(moderator, "desk.decide_application",
       {{"case", application},
        {"verdict", "approve"},
        {"checklist", checked},
        {"confirms", file["declared"]},
        {"reason", "Everything on the list is in order."}});
  json mine;
  if (!tour::eventually([&] { return !(mine = must(owner, "account.mine"))["accounts"].empty(); }))
    throw std::runtime_error("the account didn't open");
  return mine["accounts"].front()["account"]["account"];
}

struct latencies {
  std::vector<double> answered;
  std::vector<double> heard;
};

/// The post of this round with number `first` + i was due at `began` + i * between_posts.
void listen(person& reader, steady::time_point began, std::uint64_t first, std::size_t count,
            std::vector<double>& heard) {
  for (std::size_t i = 0; i < count; ++i) {
    auto push = reader.next_push("post.published", 10s);
    if (!push)
      throw std::runtime_error("only " + std::to_string(i) + " of " + std::to_string(count) + " posts were heard");
    auto number = (*push)["number"].get<std::uint64_t>();
    heard.push_back(ms(steady::now() - (began + (number - first) * between_posts)));
  }
}

samples publish_round(person& owner, person& reader, const std::string& account, std::uint64_t& next,
                      std::size_t count) {
  latencies all;
  auto began = steady::now() + 50ms;
  std::exception_ptr failure;
  std::thread listener{[&] {
    try {
      listen(reader, began, next, count, all.heard);
    } catch (...) {
      failure = std::current_exception();
    }
  }};
  json params{{"account", account}, {"text", std::string(text_bytes, 'x')}};
  try {
    for (std::size_t i = 0; i < count; ++i) {
      auto due = began + i * between_posts;
      std::this_thread::sleep_until(due);
      must(owner, "account.publish", params);
      all.answered.push_back(ms(steady::now() - due));
    }
  } catch (...) {
    listener.join();
    throw;
  }
  listener.join();
  if (failure)
    std::rethrow_exception(failure);
  next += count;
  return {{"latency_ms_p50", percentile(all.heard, 50), "ms"},
          {"latency_ms_p99", percentile(all.heard, 99), "ms"},
          {"answer_ms_p50", percentile(all.answered, 50), "ms"},
          {"answer_ms_p99", percentile(all.answered, 99), "ms"}};
}

/// Appends and syncs at the same pace.
samples sync_round(int file, std::size_t count) {
  std::vector<double> took;
  std::string record(record_bytes, 'x');
  auto began = steady::now();
  for (std::size_t i = 0; i < count; ++i) {
    auto due = began + i * between_posts;
    std::this_thread::sleep_until(due);
    if (::write(file, record.data(), record.size()) != static_cast<ssize_t>(record.size()) || ::fdatasync(file) != 0)
      throw std::runtime_error("fdatasync failed");
    took.push_back(ms(steady::now() - due));
  }
  return {{"latency_ms_p50", percentile(took, 50), "ms"}, {"latency_ms_p99", percentile(took, 99), "ms"}};
}

/// The only child so far.
pid_t only_child() {
  std::ifstream in{"/proc/thread-self/children"};
  pid_t pid = 0;
  in >> pid;
  return pid;
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) {
  using namespace charter::bench;
  namespace tour = charter::tour;
  harness h("publish", argc, argv);
  temporary_directory data;
  tour::server_process server;
  pin_to_core(server_core);
  auto charterd = std::filesystem::path{argv[0]}.parent_path().parent_path() / "apps" / "charterd";
  if (auto started = server.start({charterd, settings_without_bounds(data)}); !started) {
    std::cerr << "bench_publish: " << started.why().detail << "\n";
    return 1;
  }
  pin_to_core(client_core);
  h.ours(only_child());
  try {
    charter::client::server which;
    which.where = {false, "127.0.0.1", std::to_string(server.port())};
    auto at = tour::service::reach(which);
    if (!at)
      throw std::runtime_error(at.why().why.detail);
    person owner{*at, "owner"};
    person reader{*at, "reader"};
    arrive(owner, 20);
    arrive(reader, 21);
    auto account = open_account(*at, owner);
    must(reader, "feed.subscribe", {{"account", account}});
    must(reader, "feed.listen");
    std::uint64_t next = 1;
    std::size_t posts = h.quick() ? 300 : 1'000;
    publish_round(owner, reader, account, next, 50); // warms up
    int file = ::open((data / "synced").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    h.compare("moderate", h.quick() ? 3 : 7,
              {{"charter", [&] { return publish_round(owner, reader, account, next, posts); }},
               {"floor", [&] { return sync_round(file, posts); }}});
    ::close(file);
  } catch (const std::exception& e) {
    std::cerr << "bench_publish: " << e.what() << "\n";
    return 1;
  }
  return h.finish();
}
