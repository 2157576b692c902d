#pragma once
// Supervisors: what OTP has and CAF lacks. A supervisor starts its children in order, each when the one before it is
// ready, stops them in reverse, and starts again what failed, as its strategy says. Too many failures within a period
// are more than it can mend: it stops its children and ends with an error, which its own supervisor counts as a failure
// of its child (docs/adr/0003-supervision.md).
//
// Invariants: a child never has two live incarnations, so the only writer of something stays the only one. While one
// has to be stopped, nothing is started. A supervisor that ends leaves no child behind, however it ends.
//
// Time is the actor system's clock, randomness comes from the caller: the same seed gives the same delays.

#include <concepts>
#include <exception>
#include <functional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/error.hpp>
#include <caf/is_typed_actor.hpp>
#include <caf/replies_to.hpp>
#include <caf/typed_actor.hpp>

#include "actors/supervision_tree.hpp"

namespace caf {
class actor_system;
}

namespace charter {

// -- messages ---------------------------------------------------------------------------

/// Asks for the tree below. A descendant that says nothing for `patience` is shown as `silent`.
struct tree_request {
  duration patience = std::chrono::seconds(1);
};

/// Asks a worker what to show of it.
struct describe {};
struct description {
  std::string detail;              ///< "12,034 entities, 512 live"
  std::vector<tree_node> children; ///< such as quarantined entities; at most a page of them
};

/// Asks for the current incarnation of a child. It may have died already: a supervisor learns of it by message. Who
/// wants a handle that survives restarts keeps the supervisor's, and looks up again when a request failed.
struct child_request {
  std::string name;
};

/// Asks to be told when every child that is to run does.
struct started_request {};
struct started {};

/// WORKER THAT SHOWS SOMETHING OF ITSELF in the tree. Its interface need only contain this.
using describing_actor = caf::typed_actor<
    // Answers at once.
    caf::replies_to<describe>::with<description>>;

/// SUPERVISOR. Restart: by its own supervisor, with all its children anew. To stop it, send it an exit message.
using supervisor_actor = caf::typed_actor<
    // Answers within the patience. Errors: `unavailable` (ending, or too many ask).
    caf::replies_to<tree_request>::with<tree_node>,
    // Answers at once. Errors: `not_found` (no such name), `unavailable` (not running now).
    caf::replies_to<child_request>::with<caf::strong_actor_ptr>,
    // Answers when all run. Errors: `unavailable` (ending, or too many ask).
    caf::replies_to<started_request>::with<started>>;

// -- what to supervise ------------------------------------------------------------------

/// Whether a handle's type answers all that `Interface` does. (CAF's own conversions fail too late to be asked.)
template <class Handle, class Interface>
constexpr bool answers_as() {
  if constexpr (caf::is_typed_actor<Handle>::value)
    return caf::detail::tl_subset_of<typename Interface::signatures, typename Handle::signatures>::value;
  else
    return false;
}

/// An actor of any type, and whether it can say more of itself than that it is alive.
class child_handle {
public:
  child_handle() = default;
  template <class Handle>
  requires(!std::same_as<std::remove_cvref_t<Handle>, child_handle>) child_handle(const Handle& handle)
      : actor_(caf::actor_cast<caf::strong_actor_ptr>(handle)) {
    supervises_ = answers_as<Handle, supervisor_actor>();
    describes_ = answers_as<Handle, describing_actor>();
  }

  explicit operator bool() const { return actor_ != nullptr; }
  const caf::strong_actor_ptr& actor() const { return actor_; }
  bool supervises() const { return supervises_; }
  bool describes() const { return describes_; }

private:
  caf::strong_actor_ptr actor_;
  bool supervises_ = false;
  bool describes_ = false;
};

/// What a start function may use, during its call only.
struct start_context {
  caf::actor_system& system;
  supervisor_actor supervisor; ///< to be kept by a child that looks others up later on
  std::function<caf::strong_actor_ptr(std::string_view)> find;

  /// A child that runs already. Throws if it doesn't, which counts as a failed start. The handle has to be of the type
  /// that the sibling was started with.
  template <class Handle>
  Handle sibling(std::string_view name) const {
    if (auto found = find(name))
      return caf::actor_cast<Handle>(found);
    throw std::runtime_error(std::string(name) + " isn't running");
  }
};

enum class restart_kind : std::uint8_t {
  permanent, ///< always started again
  transient, ///< started again unless it ended normally, or by `user_shutdown`
  temporary, ///< never started again
};

struct child_spec {
  std::string name; ///< unique among its siblings
  /// Spawns the child and returns its handle (any typed or untyped one). To throw, or to return an empty handle, is to
  /// fail. The child is ready when its behavior has been made, a supervisor when all its children are. It has to be an
  /// event-based actor (detached or not): CAF's blocking ones never say that they are ready.
  std::function<child_handle(const start_context&)> start;
  restart_kind restart = restart_kind::permanent;
  /// From the request to end until it is killed. A supervisor is never killed: that would orphan a slow descendant.
  duration shutdown_timeout = std::chrono::seconds(5);
};

enum class restart_strategy : std::uint8_t {
  one_for_one,  ///< the others don't notice
  one_for_all,  ///< all stop in reverse, all start in order
  rest_for_one, ///< so do those that were started after it
};

/// More failures than this within the period, and the supervisor gives up.
struct restart_intensity {
  std::size_t restarts_max = 5;
  duration period = std::chrono::minutes(1);
};

/// Before its nth restart in a row a child rests for first * 2^(n-1), at most `longest`, of which jitter takes off up
/// to half, so that what failed together doesn't come back together. The row ends when it has run for an intensity's
/// period. At least a millisecond.
struct restart_backoff {
  duration first = std::chrono::milliseconds(100);
  duration longest = std::chrono::seconds(10);
};

/// For the log and the metrics.
struct supervision_event {
  enum kind : std::uint8_t { running, ended, restarting, killed, gave_up };
  kind what;
  std::string_view supervisor;
  std::string_view child;  ///< empty for `gave_up`
  std::string_view detail; ///< why
};

struct supervisor_spec {
  std::string name;
  std::vector<child_spec> children;
  restart_strategy strategy = restart_strategy::one_for_one;
  restart_intensity intensity;
  restart_backoff backoff;
  std::mt19937_64 jitter; ///< seeded by the caller
  /// Called in the supervisor's thread; must neither block nor throw.
  std::function<void(const supervision_event&)> report;
};

/// Two children of one name are a bug of ours (CHARTER_ASSERT).
supervisor_actor spawn_supervisor(caf::actor_system& system, supervisor_spec spec);

/// A child that is a supervisor itself, under its spec's name.
child_spec supervised(supervisor_spec spec, restart_kind restart = restart_kind::permanent);

/// The error that a supervisor ends with when its intensity is exceeded.
bool gave_up(const caf::error& reason);

/// For a child's `set_exception_handler`: `sec::runtime_error` with the exception's text, which the tree then shows.
/// CAF's own handler prints the text to stderr and forgets it.
caf::error crash_reason(const std::exception_ptr& thrown);

/// An exit reason for people.
std::string reason_text(const caf::actor_system& system, const caf::error& reason);

} // namespace charter

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::tree_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::tree_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::describe)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::description)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::child_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::started_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(charter::started)
