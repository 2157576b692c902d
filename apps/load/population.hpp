#pragma once
// Who there is: users with their tokens, the accounts that the first of them own, chats, and the trial's staff.
//
// Made by seeding (seeder.hpp), kept in a file that only its owner may read, since tokens speak for people. Pure but
// for that file.

#include <cstdint>
#include <string>
#include <vector>

#include "apps/load/scenario.hpp"
#include "domain/result.hpp"

namespace charter::load {

struct simulated_user {
  std::string name;
  std::string user;  ///< "usr_…"; empty: not registered yet
  std::string token; ///< empty: not logged in yet
};

/// Owned by the user of the same index.
struct simulated_account {
  std::string name;
  std::string account; ///< "acc_…"; empty: not open yet
};

struct simulated_chat {
  std::uint32_t one = 0; ///< indices of users
  std::uint32_t other = 0;
  std::string chat; ///< "cht_…"; empty: not open yet
};

struct staff_member {
  simulated_user who;
  bool is_senior = false; ///< imposes and lifts sanctions
};

struct population {
  std::string founded_at; ///< of the provider: tells one data directory from another
  population_plan plan;
  bool is_complete = false;
  std::vector<simulated_user> users;
  std::vector<simulated_account> accounts;
  std::vector<simulated_chat> chats;
  std::vector<staff_member> staff;

  /// Seeded for at least this: the users beyond it stay away.
  bool covers(const population_plan& wanted) const;
};

/// Nobody is registered yet; the chats' members are chosen.
population planned(const population_plan& plan);

/// Which accounts each user follows, the same each time: indices, by Zipf's law. The number is geometric around the
/// plan's mean, and at least 1.
std::vector<std::vector<std::uint32_t>> followings(const population_plan& plan);

/// "L-00042", and its secret: the trial registry's range for load generators.
std::string identity_of(std::size_t user);
std::string identity_secret_of(std::size_t user);
/// Everybody's on trial.
std::string password_of(const std::string& name);

/// Errors: `not_found`; `invalid_params` for what isn't such a file; as read_private_file has them.
result<population> read_population(const std::string& file);
status write_population(const std::string& file, const population& people);

} // namespace charter::load
