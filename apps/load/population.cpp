#include "apps/load/population.hpp"

#include <random>

#include <nlohmann/json.hpp>

#include "apps/charter/private_file.hpp"
#include "apps/load/zipf.hpp"

namespace charter::load {

namespace {

using nlohmann::json;

constexpr int format = 1;
constexpr std::uint64_t followings_seed = 20140807; // the regulation's date

std::string digits_of(std::size_t number, std::size_t width) {
  auto digits = std::to_string(number);
  return std::string(width - std::min(digits.size(), width), '0') + digits;
}

json to_json(const simulated_user& u) { return {{"name", u.name}, {"user", u.user}, {"token", u.token}}; }

simulated_user user_from(const json& from) { return {from.at("name"), from.at("user"), from.at("token")}; }

json to_json(const population& p) {
  json users = json::array(), accounts = json::array(), chats = json::array(), staff = json::array();
  for (auto& u : p.users)
    users.push_back(to_json(u));
  for (auto& a : p.accounts)
    accounts.push_back({{"name", a.name}, {"account", a.account}});
  for (auto& c : p.chats)
    chats.push_back({{"one", c.one}, {"other", c.other}, {"chat", c.chat}});
  for (auto& s : p.staff)
    staff.push_back({{"who", to_json(s.who)}, {"senior", s.is_senior}});
  json plan{{"users", p.plan.users},
            {"accounts", p.plan.accounts},
            {"followings_mean", p.plan.followings_mean},
            {"zipf_percent", p.plan.zipf_percent},
            {"chats", p.plan.chats}};
  return {{"format", format}, {"founded_at", p.founded_at}, {"plan", plan},   {"complete", p.is_complete},
          {"users", users},   {"accounts", accounts},       {"chats", chats}, {"staff", staff}};
}

/// Throws json::exception when something isn't as `to_json` writes it.
population from_json(const json& from) {
  population p;
  auto& plan = from.at("plan");
  p.founded_at = from.at("founded_at");
  p.plan = {plan.at("users"), plan.at("accounts"), plan.at("followings_mean"), plan.at("zipf_percent"),
            plan.at("chats")};
  p.is_complete = from.at("complete");
  for (auto& u : from.at("users"))
    p.users.push_back(user_from(u));
  for (auto& a : from.at("accounts"))
    p.accounts.push_back({a.at("name"), a.at("account")});
  for (auto& c : from.at("chats"))
    p.chats.push_back({c.at("one"), c.at("other"), c.at("chat")});
  for (auto& s : from.at("staff"))
    p.staff.push_back({user_from(s.at("who")), s.at("senior")});
  return p;
}

} // namespace

bool population::covers(const population_plan& wanted) const {
  auto same = wanted;
  same.users = plan.users;
  return is_complete && same == plan && wanted.users <= plan.users;
}

population planned(const population_plan& plan) {
  population p;
  p.plan = plan;
  for (std::size_t i = 0; i < plan.users; ++i)
    p.users.push_back({"load-" + digits_of(i + 1, 5), {}, {}});
  for (std::size_t i = 0; i < plan.accounts; ++i)
    p.accounts.push_back({"Load station " + digits_of(i + 1, 4), {}});
  // Neighbours, so that no user writes first to more than one stranger.
  for (std::uint32_t i = 0; i < plan.chats; ++i)
    p.chats.push_back({i, (i + 1) % plan.users, {}});
  return p;
}

std::vector<std::vector<std::uint32_t>> followings(const population_plan& plan) {
  std::mt19937_64 random{followings_seed};
  zipf popular{plan.accounts, plan.zipf_percent / 100.0};
  std::geometric_distribution<std::size_t> more{1.0 / plan.followings_mean};
  std::vector<std::vector<std::uint32_t>> all(plan.users);
  for (auto& one : all)
    for (auto rank : popular.distinct(1 + more(random), random))
      one.push_back(static_cast<std::uint32_t>(rank));
  return all;
}

std::string identity_of(std::size_t user) { return "L-" + digits_of(user + 1, 5); }
std::string identity_secret_of(std::size_t user) { return "load-" + digits_of(user + 1, 5); }
std::string password_of(const std::string& name) { return name + " on trial"; }

result<population> read_population(const std::string& file) {
  auto text = cli::read_private_file(file);
  if (!text)
    return text.why();
  if (!*text)
    return refuse(errc::not_found, file + " isn't there");
  try {
    auto document = json::parse(**text);
    if (document.at("format") == format)
      return from_json(document);
  } catch (const json::exception&) {
  }
  return refuse(errc::invalid_params, file + " was not written by this charter-load");
}

status write_population(const std::string& file, const population& people) {
  return cli::write_private_file(file, to_json(people).dump() + "\n");
}

} // namespace charter::load
