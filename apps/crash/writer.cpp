#include "apps/crash/writer.hpp"

#include <thread>

namespace charter::crash {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t commands_max = 20'000; // in one round, should the server not be killed at all
constexpr int attempts_max = 20;
constexpr auto between_attempts = 50ms;
constexpr int pause_ms_max = 8;

} // namespace

std::string why_not(const client::failure& why) { return std::string{to_name(why.why.code)} + ": " + why.why.detail; }

void writer::work() {
  for (std::size_t i = 0; i < commands_max; ++i) {
    if (!ask_once() && scene_.killed)
      return;
    std::this_thread::sleep_for(pause(random_));
  }
}

std::optional<reply<json>> writer::ask_once() {
  auto what = next(random_);
  if (!what)
    return {};
  open_ = std::move(what);
  open_->params["command_id"] = tour::fresh_command_id();
  return submit();
}

void writer::settle() {
  if (last_)
    repeat_answered();
  if (!open_)
    return;
  ++counts_.asked_again;
  submit();
}

void writer::repeat_answered() {
  ++counts_.asked_again;
  auto answer = send(last_->what.method, last_->what.params);
  if (!answer)
    return;
  auto now = *answer ? (*answer)->dump() : why_not(answer->why());
  scene_.found.saw(claim::once, now == last_->answer.dump(),
                   name() + "'s " + last_->what.method + " was answered " + last_->answer.dump() +
                       ", and asked again it is " + now);
}

std::optional<reply<json>> writer::submit() {
  auto answer = send(open_->method, open_->params);
  if (!answer)
    return {};
  // Whoever hears of the outcome finds nothing open any more.
  auto what = *std::exchange(open_, std::nullopt);
  if (*answer) {
    ++counts_.acknowledged;
    acknowledged(what, **answer);
    last_ = answered{std::move(what), **answer};
  } else {
    ++counts_.refused;
    refused(what, answer->why().why);
  }
  return answer;
}

/// Until there is an answer that settles it. A connection that breaks while nobody kills the server is opened again.
std::optional<reply<json>> writer::send(const std::string& method, const json& params) {
  for (int i = 0; i < attempts_max; ++i) {
    auto answer = who_.attempt(method, params);
    if (answer || !client::may_repeat(answer.why()))
      return answer;
    if (scene_.killed)
      return {};
    std::this_thread::sleep_for(between_attempts);
  }
  scene_.found.saw(claim::serves, false, name() + " had no answer to " + method + ", again and again");
  return {};
}

std::optional<json> writer::look(const std::string& method, const json& params, claim about) {
  auto answer = send(method, params);
  if (!answer)
    return {};
  if (*answer)
    return std::move(**answer);
  scene_.found.saw(about, false, name() + " asked " + method + ' ' + params.dump() + ": " + why_not(answer->why()));
  return {};
}

void writer::refused(const command& what, const refusal& why) {
  auto about = why.code == errc::unauthenticated ? claim::own_state : claim::serves; // the session was acknowledged
  scene_.found.saw(about, false,
                   name() + " was refused " + what.method + ": " + std::string{to_name(why.code)} + ", " + why.detail);
}

std::chrono::milliseconds writer::pause(generator& random) {
  return std::chrono::milliseconds{std::uniform_int_distribution{0, pause_ms_max}(random)};
}

} // namespace charter::crash
