#pragma once
// Calls and pushes on one connection (JSON-RPC 2.0, as on charter.v1.json): a simulated person's.
//
// On the loop's thread. Who holds it may call; every call ends with an answer or a failure, at the latest after
// `answer_time`. A session that was closed stays so: a new one takes its place.

#include <coroutine>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/client/reply.hpp"
#include "apps/load/connection.hpp"

namespace charter::load {

using client::reply;
using nlohmann::json;

class session final : connection::events {
public:
  struct push_sink {
    /// `text` is a whole notification.
    virtual void on_push(std::string_view text, instant at) = 0;

  protected:
    ~push_sink() = default;
  };

  /// `pushes` may be null: they are dropped.
  session(network& net, push_sink* pushes) : connection_(net.connect(*this)), loop_(net.loop), pushes_(pushes) {}

  /// co_await s.open(): connects and shakes hands. Errors: `unreachable`.
  auto open() { return opening{*this}; }
  /// co_await s.call(method, params). Errors: what the server refused, `unreachable`, `garbled`.
  auto call(std::string_view method, json params) { return calling{*this, method, std::move(params)}; }
  /// co_await s.closed(): until the connection is gone; one task only.
  auto closed() { return closing{*this}; }

  bool is_open() const { return connection_->is_open(); }
  const std::string& why_closed() const { return why_closed_; }
  void set_reading(bool reads) { connection_->set_reading(reads); }
  void cut() { connection_->cut(); }
  void close() { connection_->close(); }
  /// Cuts the connection when a call has waited for longer than `answer_time`. True if so.
  bool cut_if_mute(instant now);

private:
  struct opening {
    session& on;
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> h);
    reply<done> await_resume() const;
  };
  struct calling {
    session& on;
    std::string_view method;
    json params;
    std::coroutine_handle<> waiting{};
    instant since{};
    std::optional<reply<json>> answer{};

    bool await_ready();
    void await_suspend(std::coroutine_handle<> h);
    reply<json> await_resume() { return std::move(*answer); }
  };
  struct closing {
    session& on;
    bool await_ready() const { return on.is_over_; }
    void await_suspend(std::coroutine_handle<> h) { on.awaits_end_ = h; }
    void await_resume() const {}
  };

  void on_open() override;
  void on_message(std::string_view text, instant at) override;
  void on_closed(std::string_view why) override;

  std::unique_ptr<connection> connection_;
  event_loop& loop_;
  push_sink* pushes_;
  std::uint64_t last_id_ = 0;
  std::map<std::uint64_t, calling*> calls_; ///< each lives in the frame of who awaits it
  std::coroutine_handle<> awaits_open_;
  std::coroutine_handle<> awaits_end_;
  std::string why_closed_;
  bool is_over_ = false;
};

} // namespace charter::load
