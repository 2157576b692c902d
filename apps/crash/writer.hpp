#pragma once
// Somebody who changes things while the server may die at any moment: one command at a time, each under a command id of
// its own. A command without an answer stays open, and is asked again after the restart under the same id (I3).
//
// `work` runs on a thread of its own; everything else is called while it doesn't run. Subclasses say what is asked,
// what an answer means, and what has to be there afterwards.

#include <atomic>
#include <chrono>
#include <optional>
#include <random>
#include <string>

#include "apps/crash/findings.hpp"
#include "apps/tour/person.hpp"

namespace charter::crash {

using client::json;
using client::reply;
using generator = std::mt19937_64;

/// What all writers share.
struct scene {
  tour::service at; ///< where the server is now
  findings found;
  std::atomic<bool> killed = false; ///< from the kill until it serves again: then no answer is no news
};

struct tally {
  std::size_t acknowledged = 0;
  std::size_t refused = 0;
  std::size_t asked_again = 0;
};

struct command {
  std::string method;
  json params; ///< with the command id, once it is sent
};

class writer {
public:
  writer(scene& where, tour::person who, std::uint64_t seed) : scene_(where), who_(std::move(who)), random_(seed) {}
  virtual ~writer() = default;
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;

  /// One command after the other until the server is gone.
  void work();
  /// One command now. Nothing: no answer, and it stays open.
  std::optional<reply<json>> ask_once();
  /// Asks again what had no answer; and before that the last command that had one, which must get the same and change
  /// nothing.
  void settle();
  /// What has to be there, by what was acknowledged so far; before `settle` an open command may have happened or not.
  virtual void check() = 0;

  const std::string& name() const { return who_.name(); }
  const tally& counts() const { return counts_; }

protected:
  /// Nothing: not now, since what it needs to know couldn't be looked up.
  virtual std::optional<command> next(generator& random) = 0;
  virtual void acknowledged(const command& what, const json& answer) = 0;
  /// Unless a subclass expects refusals, there must be none.
  virtual void refused(const command& what, const refusal& why);
  virtual std::chrono::milliseconds pause(generator& random);

  /// Nothing: no answer, which is reported unless the server was killed; or a refusal, which speaks against `about`.
  std::optional<json> look(const std::string& method, const json& params = json::object(), claim about = claim::serves);
  /// Not answered yet.
  const std::optional<command>& open() const { return open_; }

  scene& scene_;
  tour::person who_;

private:
  std::optional<reply<json>> send(const std::string& method, const json& params);
  std::optional<reply<json>> submit();
  void repeat_answered();

  struct answered {
    command what;
    json answer;
  };
  generator random_;
  std::optional<command> open_;
  std::optional<answered> last_;
  tally counts_;
};

/// For sentences: "unavailable: …".
std::string why_not(const client::failure& why);

} // namespace charter::crash
