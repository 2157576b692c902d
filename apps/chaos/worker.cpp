#include "apps/chaos/worker.hpp"

#include <thread>

#include "apps/tour/person.hpp"

namespace charter::chaos {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 90s; // for one command; any fault is over long before
constexpr int attempts_max = 500;
constexpr auto between_attempts = 50ms;
constexpr auto between_attempts_max = 400ms;

} // namespace

std::string why_not(const client::failure& why) { return std::string{to_name(why.why.code)} + ": " + why.why.detail; }

worker::carried_out worker::carry_out(history::operation what, const std::string& method, json params, errc expected) {
  carried_out out;
  auto until = std::chrono::steady_clock::now() + patience;
  std::chrono::milliseconds pause = between_attempts;
  params["command_id"] = what.command;
  what.client = name_;
  at_.return_home();
  std::string last;
  for (int i = 0; i < attempts_max && std::chrono::steady_clock::now() < until; ++i) {
    out.invoked = scene_.log.now();
    out.node = at_.node();
    out.attempts.push_back(scene_.log.ask(what));
    auto answer = at_.attempt(method, params);
    if (answer) {
      out.accepted = out.answered = true;
      out.answer = std::move(*answer);
      scene_.log.answer(out.attempts.back(), history::outcome::ok, out.answer.value("number", std::uint64_t{0}));
      scene_.found.held(claim::answers);
      return out;
    }
    auto& why = answer.why();
    last = why_not(why);
    if (why.cause == client::cause::refused && why.why.code == expected) {
      out.answered = true;
      scene_.log.answer(out.attempts.back(), history::outcome::refused);
      scene_.found.held(claim::answers);
      return out;
    }
    // What one node has answered, another shows a moment later.
    bool behind = why.cause == client::cause::refused && why.why.code == errc::not_found;
    if (!behind && !client::may_repeat(why))
      break;
    at_.move_on();
    std::this_thread::sleep_for(pause);
    pause = std::min<std::chrono::milliseconds>(2 * pause, between_attempts_max);
  }
  // Recorded as unknown, which says nothing false.
  scene_.found.saw(claim::answers, false, name_ + " had no answer to " + method + " that settles it: " + last);
  return out;
}

void worker::rest(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  auto length = std::uniform_int_distribution{least.count(), most.count()}(random_);
  auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{length};
  while (goes_on() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::min(50ms, std::chrono::milliseconds{length}));
}

} // namespace charter::chaos
