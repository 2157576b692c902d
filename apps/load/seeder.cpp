#include "apps/load/seeder.hpp"

#include "apps/load/concurrency.hpp"
#include "apps/tour/person.hpp"
#include "apps/tour/trial_cast.hpp"

namespace charter::load {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t at_once = 48; // below the bound on log-ins that wait (limits::passwords_waiting_max)
constexpr int attempts_max = 20;

std::string trial_number(int identity) {
  auto digits = std::to_string(identity);
  return std::string(4 - std::min<std::size_t>(digits.size(), 4), '0') + digits;
}

/// Who reviews and sanctions, of the trial's cast.
bool is_needed(const tour::cast_member& m) { return m.role == "moderator" || m.role == "senior_moderator"; }

} // namespace

void seeder::step(const std::string& what, std::size_t of) {
  done_ = what == step_ ? done_ + 1 : 1;
  step_ = what;
  told_(what, done_, of);
}

task<> seeder::open(session& on) {
  if (auto opened = co_await on.open(); !opened)
    throw not_seeded{net_.authority + ": " + opened.why().why.detail};
}

/// Waits as long as the server asks for; everything else that isn't a result ends the seeding.
task<json> seeder::must(session& on, std::string method, json params) {
  for (int attempt = 1;; ++attempt) {
    auto answer = co_await on.call(method, params);
    if (answer)
      co_return std::move(*answer);
    auto& why = answer.why().why;
    bool may_wait = answer.why().cause == client::cause::refused &&
                    (why.code == errc::rate_limited || why.code == errc::unavailable);
    if (!may_wait || attempt == attempts_max)
      throw not_seeded{method + ": " + why.detail +
                       (why.code == errc::rate_limited
                            ? "; exempt this address in the server's configuration (limits.unlimited_addresses)"
                            : "")};
    co_await net_.loop.pause(std::chrono::milliseconds{std::max<std::int64_t>(why.retry_after_ms, 50)});
  }
}

task<> seeder::check_server() {
  session anybody{net_, nullptr};
  co_await open(anybody);
  auto providers = co_await must(anybody, "identity.providers");
  bool is_trial = false;
  for (auto& p : providers["providers"])
    is_trial |= p.value("key", "") == "registry" && p.value("kind", "") == "registry";
  if (!is_trial)
    throw not_seeded{"this server isn't in trial mode: it has no registry of made-up persons, and the load generator "
                     "won't touch real ones"};
  auto terms = co_await must(anybody, "agreement.current");
  json items = json::array();
  for (auto& item : terms["items"])
    items.push_back(item["key"]);
  signature_ = {{"version", terms["version"]}, {"digest", terms["digest"]}, {"items", items}};
}

/// A verification whose answer was lost is over; then another one is begun.
task<std::string> seeder::verify(session& on, std::string identity, std::string secret) {
  for (int attempt = 1;; ++attempt) {
    json subject{{"provider", "registry"}, {"subject", identity}};
    auto begun = co_await must(on, "identity.begin", subject);
    json answer{{"attempt", begun["attempt"]}, {"answer", secret}};
    auto complete = co_await on.call("identity.complete", answer);
    if (complete)
      co_return complete->value("ticket", "");
    if (attempt == attempts_max)
      throw not_seeded{"identity.complete: " + complete.why().why.detail};
    co_await net_.loop.pause(100ms);
  }
}

/// Leaves the session speaking for them: by the token of last time, by logging in, or by registering.
task<> seeder::arrive(session& on, simulated_user& who, std::string identity, std::string secret) {
  if (!who.token.empty()) {
    json params{{"token", who.token}};
    if (co_await on.call("auth.attach", params))
      co_return;
  }
  json params{{"pseudonym", who.name}, {"password", password_of(who.name)}};
  auto known = co_await on.call("auth.login", params);
  if (!known && known.why().why.code != errc::unauthenticated)
    known = co_await must(on, "auth.login", params);
  if (!known) {
    params["ticket"] = co_await verify(on, std::move(identity), std::move(secret));
    params["signature"] = signature_;
    params["command_id"] = tour::fresh_command_id();
    known = co_await must(on, "auth.register", params);
  }
  who.user = known->value("user", "");
  who.token = known->value("token", "");
}

// -- the desk -------------------------------------------------------------------------------

task<> seeder::hire() {
  session on{net_, nullptr};
  co_await open(on);
  simulated_user founder{"operator", {}, {}};
  co_await arrive(on, founder, "T-0001", "trial-0001");
  people_.staff.clear();
  for (auto& m : tour::members()) {
    if (!is_needed(m))
      continue;
    session desk{net_, nullptr};
    co_await open(desk);
    simulated_user who{std::string{m.name}, {}, {}};
    auto number = trial_number(m.identity);
    co_await arrive(desk, who, "T-" + number, "trial-" + number);
    auto me = co_await must(desk, "user.me");
    if (me["roles"].empty()) {
      json grant{{"user", who.user}, {"role", m.role}};
      co_await must(on, "admin.grant_role", grant);
    }
    people_.staff.push_back({who, m.role == "senior_moderator"});
    step("staff", 4);
  }
}

/// As the desk does it: claim, look, decide with the whole checklist.
task<> seeder::review(session& desk, std::string application) {
  json named{{"case", application}};
  co_await must(desk, "desk.claim", named);
  auto file = co_await must(desk, "desk.case", named);
  json checked = json::array();
  for (auto& item : file["checklist"])
    checked.push_back(item["key"]);
  json decision{{"case", application},
                {"verdict", "approve"},
                {"checklist", checked},
                {"confirms", file["declared"]},
                {"reason", "Everything on the list is in order."}};
  co_await must(desk, "desk.decide_application", decision);
}

task<> seeder::open_account(std::size_t i) {
  auto& account = people_.accounts[i];
  session owner{net_, nullptr};
  co_await open(owner);
  co_await arrive(owner, people_.users[i], identity_of(i), identity_secret_of(i));
  auto mine = co_await must(owner, "account.mine");
  if (mine["accounts"].empty()) {
    std::string application;
    if (mine["applications"].empty()) {
      json asked{{"name", account.name},  {"description", "Posts at a steady pace, for measuring."},
                 {"category", "culture"}, {"kind", "individual"},
                 {"region", "31"},        {"statement", "An account of the load generator, on trial."}};
      auto applied = co_await must(owner, "account.apply", asked);
      application = applied["application"];
    } else {
      application = mine["applications"].front()["case"]; // an earlier seeding came this far
    }
    session desk{net_, nullptr};
    co_await open(desk);
    json token{{"token", people_.staff[i % people_.staff.size()].who.token}};
    co_await must(desk, "auth.attach", token);
    co_await review(desk, application);
    for (int waited = 0; mine["accounts"].empty(); ++waited) {
      if (waited == 200)
        throw not_seeded{account.name + " was approved and didn't open"};
      co_await net_.loop.pause(50ms);
      mine = co_await must(owner, "account.mine");
    }
  }
  account.account = mine["accounts"].front()["account"]["account"];
  step("accounts", people_.accounts.size());
}

// -- everybody else -------------------------------------------------------------------------

task<> seeder::settle(std::size_t i) {
  session on{net_, nullptr};
  co_await open(on);
  co_await arrive(on, people_.users[i], identity_of(i), identity_secret_of(i));
  for (auto account : follows_[i]) {
    json params{{"account", people_.accounts[account].account}};
    co_await must(on, "feed.subscribe", params);
  }
  step("users", people_.users.size());
}

task<> seeder::open_chat(std::size_t i) {
  auto& chat = people_.chats[i];
  session on{net_, nullptr};
  co_await open(on);
  json token{{"token", people_.users[chat.one].token}};
  co_await must(on, "auth.attach", token);
  json params{{"user", people_.users[chat.other].user}};
  auto opened = co_await must(on, "chat.direct", params);
  chat.chat = opened["chat"];
  step("chats", people_.chats.size());
}

task<> seeder::run() {
  co_await check_server();
  people_.founded_at = co_await ask_founded_at(net_);
  follows_ = followings(people_.plan);
  co_await hire();
  auto& loop = net_.loop;
  co_await each_of(loop, people_.accounts.size(), at_once, [this](std::size_t i) { return open_account(i); });
  co_await each_of(loop, people_.users.size(), at_once, [this](std::size_t i) { return settle(i); });
  co_await each_of(loop, people_.chats.size(), at_once, [this](std::size_t i) { return open_chat(i); });
  people_.is_complete = true;
}

// -- before a run -----------------------------------------------------------------------------

task<std::string> ask_founded_at(network& net) {
  session anybody{net, nullptr};
  auto opened = co_await anybody.open();
  if (!opened)
    throw not_seeded{"no server at " + net.authority + " (" + opened.why().why.detail +
                     "); script/server starts one, --url names another"};
  auto status = co_await anybody.call("provider.status", json::object());
  if (!status)
    throw not_seeded{"provider.status: " + status.why().why.detail};
  co_return status->value("founded_at", "");
}

task<bool> are_tokens_good(network& net, const population& people) {
  constexpr std::size_t sample = 8;
  auto apart = std::max<std::size_t>(1, people.users.size() / sample);
  for (std::size_t i = 0; i < people.users.size(); i += apart) {
    session on{net, nullptr};
    json params{{"token", people.users[i].token}};
    auto opened = co_await on.open();
    if (!opened || !co_await on.call("auth.attach", params))
      co_return false;
  }
  co_return true;
}

} // namespace charter::load
