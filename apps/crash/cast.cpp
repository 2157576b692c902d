#include "apps/crash/cast.hpp"

#include <map>
#include <stdexcept>

#include "apps/tour/trial_data.hpp"

namespace charter::crash {

namespace {

using client::json;
using tour::person;
using people = std::map<std::string, person>;

constexpr auto founder = "operator"; // there from the founding
constexpr auto reviewing = "moderator-lin";

struct trial_person {
  const char* name;
  int identity;
  const char* role; ///< null: none
};
constexpr trial_person everybody[] = {
    {founder, 1, nullptr},     {reviewing, 2, "moderator"}, {moderating, 4, "senior_moderator"},
    {owners[0], 20, nullptr},  {owners[1], 21, nullptr},    {owners[2], 22, nullptr},
    {readers[0], 23, nullptr}, {readers[1], 24, nullptr},
};
constexpr const char* account_names[] = {"first", "second", "third"};

json must(person& by, const std::string& method, json params = json::object()) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw std::runtime_error{by.name() + " could not " + method + ": " + answer.why().why.detail};
  return *answer;
}

people arrive(const tour::service& at) {
  people all;
  for (auto& p : everybody) {
    auto& there = all.try_emplace(p.name, at, p.name).first->second;
    if (auto session = there.arrive(p.identity); !session)
      throw std::runtime_error{there.name() + " could not register: " + session.why().why.detail};
    if (p.role)
      must(all.at(founder), "admin.grant_role", {{"user", there.user()}, {"role", p.role}});
  }
  return all;
}

/// As everybody opens one: applies, and is reviewed. Its id.
std::string open_account(person& owner, person& reviewer, const char* name) {
  auto applied = must(owner, "account.apply",
                      {{"name", name},
                       {"description", "Posts while the server is killed"},
                       {"category", "culture"},
                       {"kind", "individual"},
                       {"region", "31"},
                       {"statement", "Posts for the crash test."}});
  json application = applied["application"];
  must(reviewer, "desk.claim", {{"case", application}});
  auto file = must(reviewer, "desk.case", {{"case", application}});
  json checked = json::array();
  for (auto& item : file["checklist"])
    checked.push_back(item["key"]);
  must(reviewer, "desk.decide_application",
       {{"case", application},
        {"verdict", "approve"},
        {"checklist", checked},
        {"confirms", file["declared"]},
        {"reason", "Everything on the list is in order."}});
  json mine;
  if (!tour::eventually([&] { return !(mine = must(owner, "account.mine"))["accounts"].empty(); }))
    throw std::runtime_error{std::string{name} + " was approved and didn't open"};
  return mine["accounts"].front()["account"]["account"];
}

} // namespace

cast enrol(const tour::service& at) {
  auto all = arrive(at);
  cast made;
  for (std::size_t i = 0; i < std::size(account_names); ++i)
    made.accounts.push_back(open_account(all.at(owners[i]), all.at(reviewing), account_names[i]));
  for (std::size_t i = 0; i < 2; ++i)
    must(all.at(owners[i]), "account.add_editor",
         {{"account", made.accounts[i]}, {"user", all.at(owners[1 - i]).user()}});
  made.chat = must(all.at(readers[0]), "chat.direct", {{"user", all.at(readers[1]).user()}})["chat"];
  return made;
}

person log_in(const tour::service& at, const std::string& name) {
  person who{at, name};
  if (auto session = who.log_in(); !session)
    throw std::runtime_error{name + " could not log in: " + session.why().why.detail};
  return who;
}

} // namespace charter::crash
