#pragma once
// What an operator does before a cluster runs: learn the data directories' ids, and make a cluster of them.

#include <string>
#include <vector>

#include "config/server_config.hpp"

namespace charter::node {

/// Prints the id (making the directory when it is new), or makes the cluster. False when it couldn't; then it has said
/// why.
bool cluster_command(const config::server_config& c, bool print_id, const std::vector<std::string>& directories);

} // namespace charter::node
