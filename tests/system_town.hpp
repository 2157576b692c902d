#pragma once
// charterd as a process of its own, with people of the trial who come when they are first asked for.
//
// Starting one takes a second, so test cases share `town::shared()`, and each brings its own accounts and the people to
// whom something happens. Failures of what a case merely needs are exceptions.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>

#include "apps/tour/person.hpp"
#include "apps/tour/server_process.hpp"
#include "apps/tour/trial_cast.hpp"
#include "apps/tour/trial_data.hpp"
#include "domain/time.hpp"

namespace charter::test {

using client::json;
using tour::eventually;
using tour::person;

/// What has to work.
inline json must(person& by, const std::string& method, json params = json::object()) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw std::runtime_error(by.name() + " could not " + method + ": " + answer.why().why.detail);
  return *answer;
}

/// Why the server refuses what has to be refused.
inline refusal refused(person& by, const std::string& method, json params = json::object()) {
  auto answer = by.call(method, std::move(params));
  if (answer)
    throw std::runtime_error(by.name() + " was not refused to " + method);
  if (answer.why().cause != client::cause::refused)
    throw std::runtime_error(by.name() + " got no answer to " + method + ": " + answer.why().why.detail);
  return answer.why().why;
}

/// The bounds per address would stand in the way of whoever sends everything from one.
class town {
public:
  /// The test's folder doesn't matter: configuration names files as the repository's root sees them.
  town() {
    std::filesystem::current_path(CHARTER_SOURCE_DIR);
    if (auto started = server_.start({CHARTERD, "config/trial.toml", true}); !started)
      throw std::runtime_error(started.why().detail);
    reach();
  }
  static town& shared() {
    static town only;
    return only;
  }

  tour::server_process& server() { return server_; }
  const tour::service& at() const { return *at_; }
  /// After the server was started anew: it has another port. People go on as who they are.
  void reach() {
    client::server which;
    which.where = {false, "127.0.0.1", std::to_string(server_.port())};
    auto found = tour::service::reach(which);
    if (!found)
      throw std::runtime_error(found.why().why.detail);
    at_ = std::move(*found);
  }

  /// Of the trial's cast, with the role that they have there.
  person& who(std::string_view name) {
    auto& known = people_[std::string{name}];
    if (known)
      return *known;
    for (auto& m : tour::members()) {
      if (m.name != name)
        continue;
      known = arrived(m.identity, std::string{name});
      if (!m.role.empty())
        grant(*known, {{"role", m.role}, {"office", m.office.empty() ? json{} : json{m.office}}});
      return *known;
    }
    throw std::runtime_error("nobody of the trial is called " + std::string{name});
  }
  /// Somebody whom nobody knows yet.
  person& newcomer() {
    auto identity = unused_identity();
    auto name = "newcomer " + std::to_string(identity);
    return *(people_[name] = arrived(identity, name));
  }
  /// A trial identity behind which nobody has registered.
  int unused_identity() { return next_identity_++; }
  /// Everybody hangs up, and references to them end. Who is asked for by name comes again.
  void send_home() { people_.clear(); }
  /// Somebody who doesn't log in.
  person anybody() const { return {*at_, "anybody"}; }

  /// Until the server acts by it, which is a moment after its answer.
  void grant(person& to, json what) {
    auto held = must(to, "user.me")["roles"].size();
    what["user"] = to.user();
    must(who("operator"), "admin.grant_role", what);
    if (!eventually([&] { return must(to, "user.me")["roles"].size() > held; }))
      throw std::runtime_error(to.name() + " doesn't get the role");
  }

  /// An account as the desk approves it. `more`: kind, organisation, news.
  std::string open_account(person& owner, const std::string& name, json more = {{"kind", "individual"}}) {
    json params{
        {"name", name}, {"description", "Tests"}, {"category", "culture"}, {"region", "31"}, {"statement", "Tests."}};
    params.update(more);
    auto applied = must(owner, "account.apply", params);
    json application = applied["application"];
    auto& moderator = who("moderator-lin");
    must(moderator, "desk.claim", {{"case", application}});
    auto file = must(moderator, "desk.case", {{"case", application}});
    json checked = json::array();
    for (auto& item : file["checklist"])
      checked.push_back(item["key"]);
    auto decided =
        must(moderator, "desk.decide_application",
             {{"case", application}, {"verdict", "approve"}, {"checklist", checked}, {"confirms", file["declared"]}});
    if (decided.value("needs_second", false))
      must(who("senior-zhao"), "desk.second", {{"case", application}, {"agree", true}});
    std::string account = applied["account"];
    if (!eventually([&] { return bool(owner.call("account.editors", {{"account", account}})); }))
      throw std::runtime_error("the account " + name + " was approved and doesn't open");
    return account;
  }
  /// With a credential of this kind besides its registration, if one is named.
  std::string register_organisation(person& owner, const std::string& kind, const std::string& credential = {}) {
    json credentials = json::array({credential_of("registration", owner)});
    if (!credential.empty())
      credentials.push_back(credential_of(credential, owner));
    return must(owner, "org.register",
                {{"kind", kind},
                 {"name", owner.name() + "'s"},
                 {"region", "31"},
                 {"credentials", credentials}})["organisation"];
  }

  /// A figure of the metrics page, without "charter_".
  std::uint64_t metric(const std::string& name) const {
    auto text = at_->get("/metrics").body;
    auto key = "\ncharter_" + name + " ";
    auto found = text.find(key);
    if (found == std::string::npos)
      throw std::runtime_error("no metric is called " + name);
    return static_cast<std::uint64_t>(std::stod(text.substr(found + key.size())));
  }

private:
  std::unique_ptr<person> arrived(int identity, const std::string& name) {
    auto made = std::make_unique<person>(*at_, name);
    if (auto session = made->arrive(identity); !session)
      throw std::runtime_error(name + " could not register: " + session.why().why.detail);
    return made;
  }
  static json credential_of(const std::string& kind, const person& owner) {
    auto now = std::chrono::time_point_cast<duration>(std::chrono::system_clock::now());
    return {{"kind", kind},
            {"number", "TEST-" + kind + "-" + owner.name()},
            {"issuer", "trial authority"},
            {"scope", "tests"},
            {"valid_from", to_text(now - std::chrono::hours{24})},
            {"valid_until", to_text(now + std::chrono::hours{24 * 365})}};
  }

  tour::server_process server_;
  std::optional<tour::service> at_;
  std::map<std::string, std::unique_ptr<person>> people_;
  int next_identity_ = 25; // the trial's cast comes before
};

/// The account's last post number as everybody sees it.
inline std::uint64_t last_number(person& reader, const std::string& account) {
  auto items = must(reader, "account.posts", {{"account", account}, {"limit", 1}})["items"];
  return items.is_array() && !items.empty() ? items[0]["number"].get<std::uint64_t>() : 0;
}

/// Those numbers are 1, 2, 3 … `last`, each once.
inline bool is_whole(std::vector<std::uint64_t> numbers, std::uint64_t last) {
  std::sort(numbers.begin(), numbers.end());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] != i + 1)
      return false;
  return numbers.size() == last;
}

} // namespace charter::test
