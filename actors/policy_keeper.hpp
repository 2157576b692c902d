#pragma once
// The policy keeper: one look at the policy entity, one view for all shards.

#include <functional>
#include <mutex>

#include "actors/router.hpp"

namespace caf {
class actor_system;
}

namespace charter {

/// The view in force, for those who are no actors (gateway threads). Thread-safe.
class policy_cell {
public:
  policy_ptr get() const {
    std::lock_guard lock{mutex_};
    return view_;
  }
  void set(policy_ptr view) {
    std::lock_guard lock{mutex_};
    view_ = std::move(view);
  }

private:
  mutable std::mutex mutex_;
  policy_ptr view_;
};

/// Reads a charter file's text; the loader lives in config/, which actors don't know. Errors: `internal`.
using charter_reader = std::function<result<std::shared_ptr<const rule_book>>(const std::string& text)>;

/// Every `policy_moved` makes it look again; a look that fails is repeated. The writer hears of the version first, then
/// the shards (I18).
policy_keeper_actor spawn_policy_keeper(caf::actor_system& system, router& shards, journal_actor journal,
                                        charter_reader read, policy_cell& cell,
                                        std::function<void(std::string_view, const std::string&)> alarm);

} // namespace charter
