#pragma once
// A running server with a handler that echoes and keeps a diary, for tests of the transport.

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "net/server.hpp"
#include "tests/net_client.hpp"

namespace charter::net {

/// Echoes messages ("close" closes with 4000), answers HTTP by path, and writes down what happens.
class echo_handler : public handler {
public:
  explicit echo_handler(server& s) : server_(s) {}
  ~echo_handler() override {
    for (auto& t : threads_)
      t.join();
  }

  void opened(session_number session, const peer& from, codec) override {
    note([&] {
      opened_.push_back(session);
      last_peer_ = from;
      ++open_[session];
    });
  }
  void received(session_number session, codec c, bytes message, bool over_rate) override {
    note([&] {
      ++received_;
      over_rate_ += over_rate;
      out_of_order_ |= open_[session] != 1;
    });
    if (text_of(message) == "close")
      server_.close(session, 4000, "as you wish");
    else if (echoes)
      server_.send(session, make_message(c, message, secrecy::open));
  }
  void dropped(session_number session, const push& what) override {
    note([&] {
      for (auto number = what.first; number <= what.last; ++number)
        dropped_[session].push_back(number);
    });
  }
  void drained(session_number session) override {
    note([&] {
      ++drained_;
      if (!dropped_[session].empty())
        server_.send(session, make_message(codec::json, view_of("gap " + std::to_string(dropped_[session].front()) +
                                                                " " + std::to_string(dropped_[session].back()))));
      dropped_[session].clear();
    });
  }
  void closed(session_number session) override {
    note([&] {
      ++closed_;
      out_of_order_ |= --open_[session] != 0;
    });
  }
  void http(http_request request, responder respond) override {
    note([&] {
      last_request_ = request;
      last_peer_ = request.from;
    });
    if (request.path == "/page") {
      auto response = make_response(200, "text/html", "<p>hello</p>");
      response.etag = make_etag(*response.body);
      respond(response);
    } else if (request.path == "/later") {
      note([&] { threads_.emplace_back([respond] { respond(make_text_response(200, "later")); }); });
    } else if (request.path == "/twice") {
      respond(make_text_response(200, "once"));
      respond(make_text_response(200, "twice"));
    } else if (request.path == "/never") {
      note([&] { kept_.push_back(respond); });
    } else if (request.path == "/big") {
      respond(make_response(200, "application/octet-stream", std::string(3'000'000, 'b')));
    } else if (request.path == "/echo" || request.path == "/v1/rpc") {
      respond(make_response(200, "application/octet-stream", text_of(request.body)));
    } else {
      respond(make_text_response(404, "no such page"));
    }
  }

  void probe(std::size_t, std::function<void()> back) override {
    note([&] { ++probes_; });
    if (keeps_up)
      back();
  }

  /// Waits until `condition` holds of the diary; false when it doesn't in good time.
  template <class Condition>
  bool wait(Condition condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), condition);
  }
  template <class Change>
  void note(Change change) {
    std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

  std::atomic<bool> echoes{true};
  std::atomic<bool> keeps_up{true}; ///< else probes get lost
  // Under the lock:
  std::vector<session_number> opened_;
  std::map<session_number, int> open_;
  std::map<session_number, std::vector<std::uint64_t>> dropped_;
  peer last_peer_;
  http_request last_request_;
  std::vector<responder> kept_;
  std::size_t received_ = 0;
  std::size_t over_rate_ = 0;
  std::size_t drained_ = 0;
  std::size_t closed_ = 0;
  std::size_t probes_ = 0;
  bool out_of_order_ = false;

private:
  server& server_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::thread> threads_;
};

struct running_server {
  explicit running_server(server_config config = {}) : diary(transport) {
    if (config.listeners.empty())
      config.listeners.push_back({});
    if (!config.io_threads)
      config.io_threads = 2;
    ports = transport.start(std::move(config), diary);
    port = ports.front();
  }
  ~running_server() { transport.stop(std::chrono::milliseconds(0)); }

  std::uint64_t count(counter c) const { return transport.counts()[c]; }
  session_number session(std::size_t i) {
    diary.wait([&] { return diary.opened_.size() > i; });
    return diary.opened_.at(i);
  }

  server transport;
  echo_handler diary;
  std::vector<std::uint16_t> ports;
  std::uint16_t port;
};

} // namespace charter::net
