#pragma once
// The normal form of names: two names that look alike by width, case or composition are one name (I15).

#include <string>
#include <string_view>

#include "domain/context.hpp"
#include "domain/result.hpp"

namespace charter::net {

/// NFKC with case folding (Unicode UTS 46's mapping as ICU's nfkc_cf gives it), white space trimmed and made single.
/// Errors: `invalid_params` when it is empty, over limits::pseudonym_bytes_max, no UTF-8, or holds control characters,
/// line breaks, private-use or unassigned characters, or one of the characters "@", "/", "#".
result<std::string> normal_name(std::string_view name);

/// The name's entity: a hash of its normal form.
name_id name_id_of(std::string_view normal, digest_fn digest);

} // namespace charter::net
