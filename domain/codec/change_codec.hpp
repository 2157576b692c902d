#pragma once
// Changes as journal records: a header and an erasable body.
//
// header = [SHA-256 of the body or nil, change with every personal value replaced by its index]
// body   = [16-byte salt, [personal values, each encoded on its own]]
// The salt stands in the body, so once that is erased the hash in the header tells nothing about it.
// Old records decode forever: tests/golden holds some of each version.

#include "domain/bytes.hpp"
#include "domain/change.hpp"
#include "domain/result.hpp"

namespace charter::codec {

struct encoded_change {
  bytes header;
  bytes body; ///< empty when nothing in the change is personal
};

/// `salt`: fresh random bytes.
encoded_change encode_change(const change& c, const std::array<std::uint8_t, 16>& salt, digest_fn digest);

/// An empty body where the header expects one gives erased values. Errors: `internal`, damaged or written by a newer
/// version.
result<change> decode_change(byte_view header, byte_view body);

/// Whether the body is the one that the header was written with; an erased one passes. Errors: `internal`.
status check_body(byte_view header, byte_view body, digest_fn digest);

} // namespace charter::codec
