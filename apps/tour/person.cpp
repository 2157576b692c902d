#include "apps/tour/person.hpp"

#include <thread>

#include "apps/charter/command_ids.hpp"
#include "storage/system_environment.hpp"

namespace charter::tour {

namespace {

using namespace std::chrono_literals;

constexpr int attempts_max = 6;

std::string trial_number(int identity) {
  auto digits = std::to_string(identity);
  return std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

} // namespace

std::string fresh_command_id() {
  auto now = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
  return to_text(cli::fresh_command_id(now));
}

reply<json> person::attempt(const std::string& method, const json& params) {
  if (!socket_) {
    auto opened = at_->open(token_, node_);
    if (!opened) {
      node_ = (node_ + 1) % at_->nodes();
      return opened.why();
    }
    socket_ = std::move(*opened);
  }
  auto answer = socket_->call(method, params);
  if (!answer && answer.why().cause == client::cause::unreachable)
    socket_.reset();
  return answer;
}

reply<json> person::call(const std::string& method, json params) {
  if (at_->changes(method) && !params.contains("command_id"))
    params["command_id"] = fresh_command_id();
  auto answer = attempt(method, params);
  for (int i = 1; i < attempts_max && !answer && client::may_repeat(answer.why()); ++i) {
    std::this_thread::sleep_for(100ms * i);
    answer = attempt(method, params);
  }
  return answer;
}

std::optional<json> person::next_push(std::string_view method, std::chrono::milliseconds wait) {
  auto until = std::chrono::steady_clock::now() + wait;
  while (socket_ && std::chrono::steady_clock::now() < until) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    auto next = socket_->next(std::max(left, 1ms));
    if (!next || !*next)
      return {};
    if ((*next)->method == method)
      return (*next)->params;
  }
  return {};
}

/// The socket speaks for who has logged in on it.
reply<json> person::keep(reply<json> session) {
  if (session) {
    user_ = session->value("user", "");
    token_ = session->value("token", "");
  }
  return session;
}

reply<json> person::log_in() { return keep(call("auth.login", {{"pseudonym", name_}, {"password", password()}})); }

reply<std::string> person::verify(int identity) {
  auto number = trial_number(identity);
  auto begun = call("identity.begin", {{"provider", "registry"}, {"subject", "T-" + number}});
  if (!begun)
    return begun.why();
  auto complete = call("identity.complete", {{"attempt", begun->value("attempt", "")}, {"answer", "trial-" + number}});
  if (!complete)
    return complete.why();
  return complete->value("ticket", "");
}

reply<json> person::register_with(const std::string& ticket) {
  auto terms = call("agreement.current");
  if (!terms)
    return terms;
  json items = json::array();
  for (auto& item : (*terms)["items"])
    items.push_back(item["key"]);
  json signature{{"version", (*terms)["version"]}, {"digest", (*terms)["digest"]}, {"items", items}};
  return keep(call("auth.register",
                   {{"ticket", ticket}, {"pseudonym", name_}, {"password", password()}, {"signature", signature}}));
}

reply<json> person::arrive(int identity) {
  auto known = log_in();
  if (known || known.why().cause != client::cause::refused || known.why().why.code != errc::unauthenticated)
    return known;
  auto ticket = verify(identity);
  if (!ticket)
    return ticket.why();
  return register_with(*ticket);
}

} // namespace charter::tour
