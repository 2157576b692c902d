#include "apps/tour/enrolment.hpp"

#include <stdexcept>

#include "apps/tour/trial_data.hpp"

namespace charter::tour {

json must(person& by, const std::string& method, json params) {
  auto answer = by.call(method, std::move(params));
  if (!answer)
    throw std::runtime_error{by.name() + " could not " + method + ": " + answer.why().why.detail};
  return *answer;
}

people enrol(const service& at, std::span<const trial_person> all) {
  people out;
  for (auto& p : all) {
    auto& there = out.try_emplace(p.name, at, p.name).first->second;
    if (auto session = there.arrive(p.identity); !session)
      throw std::runtime_error{there.name() + " could not register: " + session.why().why.detail};
    if (!p.role.empty())
      must(out.at(all.front().name), "admin.grant_role", {{"user", there.user()}, {"role", p.role}});
  }
  return out;
}

std::string open_account(person& owner, person& reviewer, const std::string& name) {
  auto applied = must(owner, "account.apply",
                      {{"name", name},
                       {"description", "Posts while things go wrong"},
                       {"category", "culture"},
                       {"kind", "individual"},
                       {"region", "31"},
                       {"statement", "Posts for a test."}});
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
  if (!eventually([&] { return !(mine = must(owner, "account.mine"))["accounts"].empty(); }))
    throw std::runtime_error{name + " was approved and didn't open"};
  return mine["accounts"].front()["account"]["account"];
}

} // namespace charter::tour
