#include "apps/load/session.hpp"

#include "apps/client/rpc.hpp"
#include "apps/load/push_decoder.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr auto answer_time = 20s; // over the server's own deadline, so that its answer is heard

} // namespace

// -- what is awaited ------------------------------------------------------------------------

void session::opening::await_suspend(std::coroutine_handle<> h) {
  on.awaits_open_ = h;
  on.connection_->open();
}

reply<done> session::opening::await_resume() const {
  if (on.is_open())
    return done{};
  return client::unreachable(on.why_closed_);
}

bool session::calling::await_ready() {
  if (!on.is_open())
    answer.emplace(client::unreachable(on.why_closed_.empty() ? "not connected" : on.why_closed_));
  return answer.has_value();
}

void session::calling::await_suspend(std::coroutine_handle<> h) {
  waiting = h;
  since = steady::now();
  on.calls_.emplace(++on.last_id_, this);
  on.connection_->send(client::encode_request(on.last_id_, method, std::move(params)));
}

// -- what comes in --------------------------------------------------------------------------

void session::on_open() {
  if (auto waiting = std::exchange(awaits_open_, {}))
    loop_.resume_soon(waiting);
}

void session::on_message(std::string_view text, instant at) {
  if (push_decoder::is_push(text)) {
    if (pushes_)
      pushes_->on_push(text, at);
    return;
  }
  auto in = client::decode_incoming(text);
  if (!in || !in->id)
    return;
  auto found = calls_.find(*in->id);
  if (found == calls_.end())
    return;
  auto* asked = found->second;
  calls_.erase(found);
  asked->answer.emplace(std::move(in->answer));
  loop_.resume_soon(asked->waiting);
}

void session::on_closed(std::string_view why) {
  why_closed_ = why;
  is_over_ = true;
  for (auto& [id, asked] : std::exchange(calls_, {})) {
    asked->answer.emplace(client::unreachable(why_closed_));
    loop_.resume_soon(asked->waiting);
  }
  for (auto* waiting : {&awaits_open_, &awaits_end_})
    if (auto h = std::exchange(*waiting, {}))
      loop_.resume_soon(h);
}

bool session::cut_if_mute(instant now) {
  if (calls_.empty() || calls_.begin()->second->since + answer_time > now)
    return false;
  cut();
  return true;
}

} // namespace charter::load
