#pragma once
// What is founded when there is nobody to ask: a provider on trial.

#include "apps/charterd/node.hpp"

namespace charter::node {

/// The text of the charter file that the configuration names, sound as far as the loader knows.
result<std::string> read_charter_file(const config::server_config& c);

/// A trial's provider: credentials valid for a year, the first person of the registry as operator.
status found_for_trial(node& n, const config::server_config& c);

} // namespace charter::node
