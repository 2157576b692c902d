#pragma once
// What signing the agreement covers.

#include "net/call.hpp"

namespace charter::net {

/// SHA-256 of canonical_text: version and every text in both languages.
digest32 digest_of(const call& c, const agreement& terms);

} // namespace charter::net
