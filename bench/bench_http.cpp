// GET /@NAME: an account's public page, as often as it can be had; beside nginx serving the same bytes from a file.
//
// full-200: the whole page each time. after-post: the same while the account publishes ten posts a second; nginx has
// its file replaced as often. not-modified: who asks has the page already, and says so. Some kept connections with one
// request under way each, from one thread; servers and clients have a core each.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "bench/harness.hpp"
#include "bench/http_load.hpp"
#include "bench/own_charterd.hpp"

namespace charter::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t connections = 32;
constexpr std::size_t posts = 30; // a full page
constexpr auto between_posts = 100ms;

std::string page() { return "/@" + std::string{own_charterd::account_name}; }

void publish(own_charterd& server) {
  auto answer =
      server.owner().call("account.publish", {{"account", server.account()}, {"text", std::string(200, 'x')}});
  if (!answer)
    throw std::runtime_error("a post was refused: " + answer.why().why.detail);
}

/// With the package's settings, but one worker and no log.
class own_nginx {
public:
  explicit own_nginx(const std::string& body) {
    replace(body);
    std::ofstream{directory_ / "settings"} << settings();
    process_.emplace(std::vector<std::string>{"nginx", "-p", directory_ / "", "-c", directory_ / "settings"},
                     server_core, directory_ / "log");
    process_->await_port(port);
  }

  pid_t pid() const { return process_->pid(); }
  static constexpr std::uint16_t port = 18'091;

  void replace(const std::string& body) {
    std::ofstream{directory_ / "new", std::ios::binary} << body;
    std::filesystem::rename(directory_ / "new", directory_ / ("@" + std::string{own_charterd::account_name}));
  }

private:
  std::string settings() const {
    auto text =
        "daemon off; master_process off; pid " + (directory_ / "pid") + "; error_log stderr;\n" +
        "events { worker_connections 1024; }\n"
        "http { sendfile on; tcp_nopush on; access_log off; keepalive_requests 10000; default_type text/html;\n";
    for (std::string kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
      text += kind + "_temp_path " + (directory_ / kind) + ";\n";
    return text + "server { listen 127.0.0.1:" + std::to_string(port) + "; root " + (directory_ / "") + "; } }\n";
  }

  temporary_directory directory_;
  std::optional<child_process> process_;
};

/// Measures while something happens ten times a second, on the clients' core.
samples measure_during(const std::function<void()>& what, const std::function<samples()>& measure) {
  std::atomic<bool> over{false};
  auto during = std::async(std::launch::async, [&] {
    for (auto next = std::chrono::steady_clock::now(); !over; std::this_thread::sleep_until(next += between_posts))
      what();
  });
  auto measured = [&] {
    struct end {
      std::atomic<bool>& over;
      ~end() { over = true; } // also when measuring throws: `during` waits for it
    } at_end{over};
    return measure();
  }();
  during.get();
  return measured;
}

struct web_server {
  std::uint16_t port;
  pid_t pid;
};

samples measure(web_server at, const std::string& fields, unsigned status, std::chrono::milliseconds length) {
  http_load load{at.port, connections};
  load.run(page(), fields, status, 100ms); // warms up
  auto cpu = cpu_seconds(at.pid).value_or(0);
  auto run = load.run(page(), fields, status, length);
  cpu = cpu_seconds(at.pid).value_or(0) - cpu;
  auto answers = static_cast<double>(run.answers);
  return {{"requests_per_s", answers / run.seconds, "1/s"},
          {"cpu_us_per_request", cpu / answers * 1e6, "us"},
          {"client_cores", run.cpu_seconds / run.seconds, "cores"}};
}

void run(harness& h) {
  pin_to_core(client_core);
  own_charterd charterd{{.followers = 0}};
  h.ours(charterd.pid());
  for (std::size_t i = 0; i < posts; ++i)
    publish(charterd);
  auto port = charterd.where().port;
  auto now = http_load::get(port, page());
  own_nginx nginx{now.body};
  h.ours(nginx.pid());
  web_server charterd_at{port, charterd.pid()}, nginx_at{nginx.port, nginx.pid()};
  auto rounds = h.quick() ? 3u : 7u;
  auto length = h.quick() ? 1'000ms : 2'000ms;
  auto full = [&](web_server at) { return measure(at, "", 200, length); };
  auto unchanged = [&](web_server at) {
    auto etag = http_load::get(at.port, page()).field("etag");
    return measure(at, "If-None-Match: " + etag + "\r\n", 304, length);
  };
  h.add("page", "charter", {"page_bytes", static_cast<double>(now.body.size()), "B"});
  h.compare("full-200", rounds,
            {{"charter", [&] { return full(charterd_at); }}, {"nginx", [&] { return full(nginx_at); }}});
  h.compare(
      "after-post", rounds,
      {{"charter", [&] { return measure_during([&] { publish(charterd); }, [&] { return full(charterd_at); }); }},
       {"nginx", [&] { return measure_during([&] { nginx.replace(now.body); }, [&] { return full(nginx_at); }); }}});
  h.compare("not-modified", rounds,
            {{"charter", [&] { return unchanged(charterd_at); }}, {"nginx", [&] { return unchanged(nginx_at); }}});
}

} // namespace

} // namespace charter::bench

int main(int argc, char** argv) { return charter::bench::run_benchmark("http", argc, argv, charter::bench::run); }
