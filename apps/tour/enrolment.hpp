#pragma once
// How the people of a test come in: they register, get roles, and open accounts as everybody opens one.

#include <map>
#include <span>
#include <string>

#include "apps/tour/person.hpp"

namespace charter::tour {

struct trial_person {
  std::string name;
  int identity = 0;      ///< of config/trial/identities.jsonl
  std::string role = {}; ///< empty: none
};
using people = std::map<std::string, person>;

/// What was asked, answered. Throws std::runtime_error with a sentence when it is refused; so do the others.
json must(person& by, const std::string& method, json params = json::object());

/// The first one is the operator, who is there from the founding, and gives the roles.
people enrol(const service& at, std::span<const trial_person> all);

/// Applies, and is reviewed. The account's id.
std::string open_account(person& owner, person& reviewer, const std::string& name);

} // namespace charter::tour
