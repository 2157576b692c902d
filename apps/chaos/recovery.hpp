#pragma once
// How long accounts go without an answer after a fault, and whether all of them are written to again through all nodes.
// Told by whoever writes; any thread.

#include <mutex>
#include <optional>
#include <vector>

#include "apps/history/recording.hpp"

namespace charter::chaos {

class recovery {
public:
  recovery(std::size_t accounts, std::size_t nodes) : first_(accounts), through_(accounts, std::vector<bool>(nodes)) {}

  /// A write was answered through that node: accepted, or refused, for which nothing has to be appended.
  void answered(std::size_t account, std::size_t node, bool accepted, history::instant invoked,
                history::instant answered);

  void fault_begins(history::instant at);
  void fault_is_over(history::instant at);

  /// From the fault to when something was accepted that was asked for after it.
  std::optional<history::instant> after_fault(std::size_t account) const;
  /// Since the fault was over.
  bool every_account() const;
  bool every_node() const;

private:
  mutable std::mutex mutex_;
  history::instant fault_ = history::never;
  history::instant over_ = history::never;
  std::vector<std::optional<history::instant>> first_; ///< by account, from the fault
  std::vector<std::vector<bool>> through_;             ///< since it was over: by account and node
};

/// The middle one, and of an even number the higher of the two in the middle. Of none: nothing.
std::optional<history::instant> median(std::vector<history::instant> of);

} // namespace charter::chaos
