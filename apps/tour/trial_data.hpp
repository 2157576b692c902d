#pragma once
// Loads the trial data through the protocol: people, roles, organisations, accounts and their posts, followers, chats.
//
// Every step looks first whether it was done before, so loading again adds what is missing, and nothing else.

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>

#include "apps/tour/person.hpp"
#include "apps/tour/trial_cast.hpp"
#include "apps/tour/trial_texts.hpp"

namespace charter::tour {

/// A step of the trial data was refused.
struct not_loaded : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class trial_data {
public:
  using progress = std::function<void(const std::string& what, std::size_t done, std::size_t of)>;

  trial_data(const service& at, std::size_t posts_each, progress told)
      : at_(at), posts_each_(posts_each), told_(std::move(told)) {}

  /// Every account is there and has posts.
  bool is_loaded();
  /// Throws `not_loaded`, with a sentence.
  void load();

  /// Logged in once `load` has ended.
  person& who(std::string_view name);
  /// The id of a trial account, by its name.
  const std::string& account(std::string_view name) const;

private:
  json must(person& by, const std::string& method, json params = json::object());
  void arrive();
  void grant_roles();
  void open_account(const cast_account& a);
  std::string register_organisation(person& owner, const cast_account& a);
  void review(const std::string& application);
  void publish(const cast_account& a);
  void repost_all(const cast_account& a, std::size_t from);
  void follow_and_chat();
  void step(const std::string& what);

  const service& at_;
  std::size_t posts_each_;
  progress told_;
  std::size_t done_ = 0;
  std::map<std::string, std::unique_ptr<person>, std::less<>> people_;
  std::map<std::string, std::string, std::less<>> accounts_;
};

/// Waits until `settled` is true, for as long as effects between entities may take on a slow machine.
bool eventually(const std::function<bool()>& settled);

} // namespace charter::tour
