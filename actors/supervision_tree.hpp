#pragma once
// What the supervision tree looks like at one moment, and how it is printed. Values only: no CAF, no clock, so that the
// command line prints what `admin.tree` sent without knowing an actor.

#include <cstdint>
#include <string>
#include <vector>

#include "domain/codec/fields.hpp"
#include "domain/time.hpp"

namespace charter {

enum class node_kind : std::uint8_t { supervisor, worker, entity };
CHARTER_ENUM(node_kind, 0, supervisor, worker, entity)

enum class node_state : std::uint8_t {
  starting,    ///< its turn hasn't come, or it isn't ready yet
  running,     ///< ready
  restarting,  ///< ended, and comes again when its back-off is over and those before it run
  stopping,    ///< asked to end, and hasn't
  stopped,     ///< ended for good, as its restart kind has it
  quarantined, ///< failed too often on the same work; left alone until someone looks
  silent,      ///< alive, but gave no answer in time
};
CHARTER_ENUM(node_state, 0, starting, running, restarting, stopping, stopped, quarantined, silent)

struct tree_node {
  std::string name;
  node_kind kind = node_kind::worker;
  node_state state = node_state::running;
  std::uint64_t restarts = 0; ///< times it was started again since its supervisor started
  duration since{0};          ///< how long it has been in this state
  std::string detail;         ///< what it says of itself, or why it last ended; may be empty
  std::vector<tree_node> children;
  CHARTER_FIELDS(tree_node, name, kind, state, restarts, since, detail, children)
};

/// One line for each node with box-drawing branches (UTF-8), each line ended by '\n'. Control characters in names and
/// details become '?', since they come from wherever an exception did.
std::string format_tree(const tree_node& root);

} // namespace charter
