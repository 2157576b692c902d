#pragma once
// From a charter file to a rule book, or to everything that is wrong with it.
//
// The file is TOML with a table per member of `rule_book`, under the same names (domain/rule_book.hpp); how values are
// written stands in config/reader.hpp. Nothing is guessed: an unknown key is a mistake, and so is a missing one.

#include <string>
#include <string_view>
#include <variant>

#include "config/mistake.hpp"
#include "domain/rule_book.hpp"

namespace charter::config {

using loaded_charter = std::variant<rule_book, mistakes>;

/// `file` is only named in mistakes. The list holds every mistake, in the file's order; after an error of syntax just
/// that one, since the rest can't be told apart.
loaded_charter load_charter(std::string_view text, const std::string& file);

/// Reads the file (at most 4 MiB) and loads it.
loaded_charter load_charter_file(const std::string& path);

} // namespace charter::config
