#include "apps/crash/cast.hpp"

#include <stdexcept>

#include "apps/tour/enrolment.hpp"

namespace charter::crash {

namespace {

using tour::person;

constexpr auto founder = "operator"; // there from the founding
constexpr auto reviewing = "moderator-lin";

const tour::trial_person everybody[] = {
    {founder, 1},
    {reviewing, 2, "moderator"},
    {moderating, 4, "senior_moderator"},
    {owners[0], 20},
    {owners[1], 21},
    {owners[2], 22},
    {readers[0], 23},
    {readers[1], 24},
};
constexpr const char* account_names[] = {"first", "second", "third"};

} // namespace

cast enrol(const tour::service& at) {
  auto all = tour::enrol(at, everybody);
  cast made;
  for (std::size_t i = 0; i < std::size(account_names); ++i)
    made.accounts.push_back(tour::open_account(all.at(owners[i]), all.at(reviewing), account_names[i]));
  for (std::size_t i = 0; i < 2; ++i)
    tour::must(all.at(owners[i]), "account.add_editor",
               {{"account", made.accounts[i]}, {"user", all.at(owners[1 - i]).user()}});
  made.chat = tour::must(all.at(readers[0]), "chat.direct", {{"user", all.at(readers[1]).user()}})["chat"];
  return made;
}

person log_in(const tour::service& at, const std::string& name) {
  person who{at, name};
  if (auto session = who.log_in(); !session)
    throw std::runtime_error{name + " could not log in: " + session.why().why.detail};
  return who;
}

} // namespace charter::crash
