#pragma once
// Somebody who works on the cluster while it is disturbed: one command after the other, each asked for again under its
// command id, at another node, until it is answered. Every attempt is recorded.
//
// `work` runs on a thread of its own.

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "apps/chaos/caller.hpp"
#include "apps/chaos/findings.hpp"
#include "apps/chaos/recorder.hpp"
#include "apps/chaos/recovery.hpp"

namespace charter::chaos {

/// What all share.
struct scene {
  nodes all;
  nodes patient; ///< the same, for those who wait longer than any fault lasts
  std::vector<std::string> accounts;
  recorder log;
  findings found;
  recovery back;
  std::atomic<bool> goes_on = false; ///< false: whoever has nothing open ends
};

struct member_of_cast {
  std::string name;
  std::string token;
};

class worker {
public:
  worker(scene& where, const member_of_cast& who, std::size_t home, std::uint64_t seed, bool is_patient = false)
      : scene_(where), at_(is_patient ? where.patient : where.all, who.token, home), name_(who.name), random_(seed) {}
  virtual ~worker() = default;
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  virtual void work() = 0;
  const std::string& name() const { return name_; }

protected:
  struct carried_out {
    bool accepted = false;
    json answer; ///< when it was accepted
    std::vector<recorder::attempt> attempts;
    history::instant invoked = history::never; ///< the last attempt
    std::size_t node = 0;                      ///< that answered
    bool answered = false;
  };
  /// Under a new command id, which `what` gets. Refusals with `expected` are recorded as such, others speak against it.
  carried_out carry_out(history::operation what, const std::string& method, json params, errc expected);

  void rest(std::chrono::milliseconds least, std::chrono::milliseconds most);
  bool goes_on() const { return scene_.goes_on; }

  scene& scene_;
  caller at_;

private:
  std::string name_;

protected:
  std::mt19937_64 random_;
};

/// "unavailable: …".
std::string why_not(const client::failure& why);

} // namespace charter::chaos
