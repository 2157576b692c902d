// From a publisher's WebSocket to the durable answer, and to a subscriber's socket, at a moderate rate; beside one bare
// fdatasync of the same size.
//
// A charterd of its own on loopback, with two of the trial's people: one publishes, one listens. Posts leave at fixed
// times whether or not the one before was answered, and a latency counts from the time at which its post was due, so a
// stall counts for all that it held up. Server and clients have a core each.

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>

#include "bench/harness.hpp"
#include "bench/own_charterd.hpp"
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

double ms(steady::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

json must(person& by, const std::string& method, json params = json::object()) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw std::runtime_error(by.name() + " could not " + method + ": " + answer.why().why.detail);
  return *answer;
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

void run(harness& h) {
  pin_to_core(client_core);
  temporary_directory data;
  own_charterd server{{.followers = 1}};
  h.ours(server.pid());
  person reader{server.service(), own_charterd::follower_name(0)};
  if (auto session = reader.log_in(); !session)
    throw std::runtime_error("the reader could not log in: " + session.why().why.detail);
  must(reader, "feed.listen");
  std::uint64_t next = 1;
  std::size_t posts = h.quick() ? 300 : 1'000;
  publish_round(server.owner(), reader, server.account(), next, 50); // warms up
  int file = ::open((data / "synced").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  h.compare("moderate", h.quick() ? 3 : 7,
            {{"charter", [&] { return publish_round(server.owner(), reader, server.account(), next, posts); }},
             {"floor", [&] { return sync_round(file, posts); }}});
  ::close(file);
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("publish", argc, argv, charter::bench::run); }
