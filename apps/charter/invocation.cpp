#include "apps/charter/invocation.hpp"

#include <cstdlib>
#include <ostream>
#include <thread>

#include "apps/charter/command_ids.hpp"
#include "apps/charter/person_time.hpp"

namespace charter::cli {

namespace {

using client::failure;
using client::reply;
using namespace std::chrono_literals;

constexpr int attempts_max = 4;
constexpr duration first_pause = 250ms;
constexpr duration longest_pause = 5s;

std::string text(const json& document) { return document.dump(-1, ' ', false, json::error_handler_t::replace); }

duration pause_after(const failure& why, int attempt) {
  auto asked = duration{why.why.retry_after_ms};
  return std::clamp(asked, first_pause * (1 << attempt), longest_pause);
}

} // namespace

session_file invocation::sessions() const {
  auto directory = session_file::default_directory();
  return session_file{directory ? *directory : std::string{}};
}

result<std::optional<session>> invocation::session_of_profile() const {
  auto all = sessions().load();
  if (!all)
    return all.why();
  auto mine = all->find(profile);
  return mine == all->end() ? std::optional<session>{} : std::optional{mine->second};
}

result<client::server> invocation::server() const {
  auto saved = session_of_profile();
  if (!saved)
    return saved.why();
  auto from_environment = std::getenv("CHARTER_URL");
  std::string address = default_url;
  if (!url.empty())
    address = url;
  else if (from_environment && *from_environment)
    address = from_environment;
  else if (*saved)
    address = (*saved)->url;
  auto where = client::parse_endpoint(address);
  if (!where)
    return invalid("url", address + ": " + where.why().detail);
  client::server server;
  server.where = *where;
  server.whom = {ca_file, insecure};
  if (*saved && (*saved)->url == where->origin())
    server.token = (*saved)->token;
  return server;
}

reply<client::rpc_client*> invocation::connected() {
  if (!client_) {
    auto which = server();
    if (!which)
      return failure{client::cause::here, which.why()};
    client_.emplace(*which);
  }
  return &*client_;
}

reply<json> invocation::call(std::string_view method, json params) {
  auto client = connected();
  return client ? (*client)->call(method, std::move(params)) : reply<json>{client.why()};
}

reply<json> invocation::command(std::string_view method, json params) {
  return command(method, std::move(params), fresh_command_id(clock_now()));
}

reply<json> invocation::command(std::string_view method, json params, const command_id& id) {
  params["command_id"] = to_text(id);
  for (int attempt = 1;; ++attempt) {
    auto answer = call(method, params);
    if (answer || attempt == attempts_max || !client::may_repeat(answer.why()))
      return answer;
    std::this_thread::sleep_for(pause_after(answer.why(), attempt - 1));
  }
}

int invocation::fail(const failure& why) const {
  if (as_json)
    screen.err() << to_json_text(why) << '\n';
  else
    screen.err() << screen.paint_err(style::bad, "charter: ") << to_person(why) << '\n';
  return exit_code_of(why);
}

int invocation::fail_usage(const std::string& why) const {
  return fail({client::cause::here, refuse(errc::invalid_params, why)});
}

int invocation::fail_locally(const refusal& why) const { return fail({client::cause::here, why}); }

int invocation::finish(const json& answer, const std::function<void()>& show) const {
  if (as_json)
    screen.out() << text(answer) << '\n';
  else
    show();
  screen.out().flush();
  return exit_ok;
}

int invocation::show(const reply<json>& answer) const {
  if (!answer)
    return fail(answer.why());
  return finish(*answer, [&] { print_document(screen, *answer, clock_now()); });
}

int invocation::show_list(const reply<json>& answer) const {
  if (!answer)
    return fail(answer.why());
  return finish(*answer, [&] { print_list(screen, *answer, clock_now()); });
}

int invocation::confirm(const reply<json>& answer, const std::string& sentence) const {
  if (!answer)
    return fail(answer.why());
  return finish(*answer, [&] {
    screen.out() << screen.paint(style::good, sentence) << '\n';
    if (answer->is_object() && !answer->empty())
      print_document(screen, *answer, clock_now());
  });
}

void put(json& params, const char* name, const std::string& value) {
  if (!value.empty())
    params[name] = value;
}

void put(json& params, const char* name, const std::optional<std::uint64_t>& value) {
  if (value)
    params[name] = *value;
}

} // namespace charter::cli
