#pragma once
// A server of the protocol that says whatever a test wants, on the real transport; and `charter` run within the
// process.

#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

#include "apps/charter/command_line.hpp"
#include "domain/codec/wire.hpp"
#include "net/rpc_codec.hpp"
#include "net/server.hpp"
#include "tests/storage_support.hpp"

namespace charter::test {

using json = nlohmann::json;

/// Answers calls by method. A method without an answer gives `not_found`.
class scripted_server : public net::handler {
public:
  using answer = std::function<result<json>(const json& params)>;

  explicit scripted_server(bool tls = false) {
    net::server_config config;
    config.listeners = {{"127.0.0.1", 0, tls}};
    config.io_threads = 1;
    if (tls)
      config.tls = net::make_trial_identity({"localhost", "127.0.0.1"});
    certificate = tls ? config.tls->certificate_chain : "";
    port = transport_.start(std::move(config), *this).front();
  }
  ~scripted_server() override { transport_.stop(std::chrono::milliseconds(0)); }

  std::string url(bool tls = false) const {
    return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
  }
  void on(const std::string& method, answer a) {
    std::lock_guard lock(mutex_);
    answers_[method] = std::move(a);
  }
  void on(const std::string& method, json fixed) {
    on(method, [fixed](const json&) -> result<json> { return fixed; });
  }
  /// Method and parameters of every call, in order.
  std::vector<std::pair<std::string, json>> calls() {
    std::lock_guard lock(mutex_);
    return calls_;
  }
  /// What a socket gets right after its `feed.listen`: notifications, and then "close" cuts it.
  void push_after_listen(std::vector<std::pair<std::string, json>> pushes) {
    std::lock_guard lock(mutex_);
    pushes_.push_back(std::move(pushes));
  }
  std::string last_token() {
    std::lock_guard lock(mutex_);
    return token_;
  }

  // -- net::handler ---------------------------------------------------------------------

  void opened(net::session_number, const net::peer&, net::codec) override {}
  void received(net::session_number session, net::codec c, bytes message, bool) override {
    auto rpc = net::decode_rpc(c, message);
    auto& call = rpc.calls.front();
    transport_.send(session, net::make_message(c, net::encode_document(c, answer_to(call))));
    if (call.method == "feed.listen")
      send_pushes(session, c);
  }
  void dropped(net::session_number, const net::push&) override {}
  void drained(net::session_number) override {}
  void closed(net::session_number) override {}
  void http(net::http_request request, net::responder respond) override {
    if (request.path != "/v1/rpc") {
      auto page = pages.find(request.path);
      if (page == pages.end())
        return respond(net::make_text_response(404, "no such page"));
      return respond(net::make_response(200, "application/xml", page->second));
    }
    {
      std::lock_guard lock(mutex_);
      token_ = request.from.bearer;
    }
    auto rpc = net::decode_rpc(net::codec::json, request.body);
    respond(net::make_response(200, "application/json", answer_to(rpc.calls.front()).dump()));
  }

  std::map<std::string, std::string> pages;
  std::string certificate; ///< PEM
  std::uint16_t port = 0;

private:
  json answer_to(const net::rpc_call& call) {
    answer a;
    {
      std::lock_guard lock(mutex_);
      calls_.emplace_back(call.method, call.params);
      if (auto found = answers_.find(call.method); found != answers_.end())
        a = found->second;
    }
    if (!a)
      return net::make_error(call.id, net::method_not_found(call.method));
    auto said = a(call.params);
    return said ? net::make_result(call.id, *said) : net::make_error(call.id, said.why());
  }

  void send_pushes(net::session_number session, net::codec c) {
    std::vector<std::pair<std::string, json>> pushes;
    {
      std::lock_guard lock(mutex_);
      if (pushes_.empty())
        return;
      pushes = std::move(pushes_.front());
      pushes_.erase(pushes_.begin());
    }
    for (auto& [method, params] : pushes)
      if (method == "close")
        transport_.close(session, 1012, "restarting");
      else
        transport_.send(session, net::make_message(c, net::encode_document(c, net::make_notification(method, params))));
  }

  net::server transport_;
  std::mutex mutex_;
  std::map<std::string, answer> answers_;
  std::vector<std::pair<std::string, json>> calls_;
  std::vector<std::vector<std::pair<std::string, json>>> pushes_;
  std::string token_;
};

struct outcome {
  int code;
  std::string out;
  std::string err;
};

/// Runs in UTC, with its sessions in a directory of its own.
class command_line {
public:
  explicit command_line(std::string url = {}) {
    ::setenv("XDG_CONFIG_HOME", scratch.path().c_str(), 1);
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    if (url.empty())
      ::unsetenv("CHARTER_URL");
    else
      ::setenv("CHARTER_URL", url.c_str(), 1);
  }

  outcome run(std::vector<std::string> arguments) {
    std::ostringstream out;
    std::ostringstream err;
    auto code = cli::run_command_line(arguments, cli::console{out, err});
    return {code, out.str(), err.str()};
  }

  std::string file(const std::string& name, const std::string& text) {
    std::ofstream{scratch / name} << text;
    return scratch / name;
  }
  std::string session_path() const { return scratch / "charter/session.json"; }

  scratch_directory scratch;
};

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace charter::test
