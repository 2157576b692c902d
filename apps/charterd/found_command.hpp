#pragma once
// Founding from a file, and somebody at the terminal.

#include "apps/charterd/node.hpp"

namespace charter::node {

/// With the provider, the credentials and the first operator of the file (config/provider_file.hpp); what the identity
/// provider asks is answered at the terminal. Starts a node without listeners, and ends it.
/// Errors: every mistake of the file; `conflict` when the provider was founded before; whatever a step refuses.
status found_from_file(const config::server_config& c, const std::string& file, const std::string& password_file);

} // namespace charter::node
