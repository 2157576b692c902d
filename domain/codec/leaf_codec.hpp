#pragma once
// The public log's entries as outsiders hash them: canonical JSON, final for ever (docs/FORMATS.md, "Log entries").
//
// UTF-8, keys sorted, no white space, integers only, times in RFC 3339; whoever knows SHA-256 and JSON can check it.

#include <cstdint>

#include "domain/leaf.hpp"

namespace charter::codec {

/// At most limits::leaf_bytes_max: a leaf that would be longer has its longest texts cut, and says so by `"cut":true`.
bytes encode_leaf(const leaf& what, std::uint64_t number);

} // namespace charter::codec
