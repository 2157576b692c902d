#pragma once
// The supervision tree that `admin.tree` gives, drawn with lines.

#include <string>

#include <nlohmann/json.hpp>

namespace charter::cli {

/// A line per actor: its name, its state unless it runs, restarts, and what it says of itself. Depth is bounded.
std::string tree_text(const nlohmann::json& root);

} // namespace charter::cli
