#include "apps/chaos/cast.hpp"

#include <stdexcept>

#include "apps/tour/enrolment.hpp"
#include "apps/tour/trial_data.hpp"

namespace charter::chaos {

namespace {

constexpr auto founder = "operator"; // there from the founding
constexpr auto reviewing = "moderator-lin";
constexpr auto moderating = "senior-zhao";
constexpr auto joining = "reader-who-comes-and-goes";
constexpr int first_identity = 20;

std::string owner_name(std::size_t i) { return "owner-" + std::to_string(i + 1); }
std::string follower_name(std::size_t i) { return "follower-" + std::to_string(i + 1); }

member_of_cast log_in(const tour::service& at, const std::string& name) {
  tour::person who{at, name};
  auto session = tour::must(who, "auth.login", {{"pseudonym", name}, {"password", who.password()}});
  return {name, session.value("token", "")};
}

/// What one node has answered, another shows a moment later.
void shown_everywhere(const nodes& all, const std::string& account) {
  for (auto& which : all) {
    client::rpc_client asks{which};
    if (!tour::eventually([&] { return bool(asks.call("account.get", {{"account", account}})); }))
      throw std::runtime_error{which.where.origin() + " doesn't show " + account};
  }
}

} // namespace

cast enrol(const nodes& at, std::size_t accounts) {
  // Passwords are slow to hash, and in the beginning nothing disturbs.
  auto patient = at;
  for (auto& which : patient)
    which.answer_time = client::server{}.answer_time;
  auto reached = tour::service::reach(patient);
  if (!reached)
    throw std::runtime_error{reached.why().why.detail};
  int identity = first_identity;
  std::vector<tour::trial_person> everybody{
      {founder, 1}, {reviewing, 2, "moderator"}, {moderating, 4, "senior_moderator"}, {joining, identity++}};
  for (std::size_t i = 0; i < accounts; ++i)
    everybody.push_back({owner_name(i), identity++});
  for (std::size_t i = 0; i < follower_count; ++i)
    everybody.push_back({follower_name(i), identity++});
  auto all = tour::enrol(*reached, everybody);

  cast made;
  for (std::size_t i = 0; i < accounts; ++i) {
    made.accounts.push_back(
        tour::open_account(all.at(owner_name(i)), all.at(reviewing), "account-" + std::to_string(i + 1)));
    shown_everywhere(at, made.accounts.back());
    made.owners.push_back(log_in(*reached, owner_name(i)));
  }
  for (std::size_t i = 0; i < accounts; ++i)
    tour::must(all.at(owner_name(i)), "account.add_editor",
               {{"account", made.accounts[i]}, {"user", all.at(owner_name((i + 1) % accounts)).user()}});
  made.moderator = log_in(*reached, moderating);
  made.joiner = log_in(*reached, joining);
  for (std::size_t i = 0; i < follower_count; ++i)
    made.followers.push_back(log_in(*reached, follower_name(i)));
  return made;
}

} // namespace charter::chaos
