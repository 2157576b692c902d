#pragma once
// The normal form of names: two names that look alike by width, case or composition are one name (I15).

#include <string>
#include <string_view>

#include "domain/result.hpp"

namespace charter::net {

/// NFKC with case folding (Unicode UTS 46's mapping as ICU's nfkc_cf gives it), white space trimmed and made single.
/// Errors: `invalid_params` when it is empty, over limits::pseudonym_bytes_max, no UTF-8, or holds control characters,
/// line breaks, private-use or unassigned characters, or one of the characters "@", "/", "#".
result<std::string> normal_name(std::string_view name);

} // namespace charter::net
