#pragma once
// What users keep about themselves: whom they follow, and their profile. Later answers replace earlier ones.

#include <set>
#include <vector>

#include "apps/crash/writer.hpp"

namespace charter::crash {

/// Follows accounts and leaves them, at random.
class follower : public writer {
public:
  follower(scene& where, tour::person who, std::uint64_t seed, std::vector<std::string> accounts)
      : writer(where, std::move(who), seed), accounts_(std::move(accounts)) {}

  void check() override;
  bool follows(const std::string& account) const { return followed_.contains(account); }

protected:
  std::optional<command> next(generator& random) override;
  void acknowledged(const command& what, const json& answer) override;

private:
  std::vector<std::string> accounts_;
  std::set<std::string> followed_;
};

/// Changes its own profile, again and again.
class profile_writer : public writer {
public:
  using writer::writer;
  void check() override;

protected:
  std::optional<command> next(generator& random) override;
  void acknowledged(const command& what, const json& answer) override;

private:
  std::uint64_t changes_ = 0;
  std::string about_;
};

} // namespace charter::crash
