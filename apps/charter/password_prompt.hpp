#pragma once
// Passwords from a person or a file; never from the command line, where every other user could see them.

#include <string>

#include "domain/result.hpp"

namespace charter::cli {

/// From the first line of `file` ("-": standard input), or without echo from the terminal if `file` is empty.
/// Errors: `invalid_params` without either, when it is empty, or over the protocol's bound.
result<std::string> read_password(const std::string& prompt, const std::string& file);

/// Asks twice at a terminal; a file is taken as it is.
result<std::string> read_new_password(const std::string& file);

} // namespace charter::cli
