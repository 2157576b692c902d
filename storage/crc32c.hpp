#pragma once
// CRC-32C (Castagnoli, as in RFC 3720), against rot and misplaced bytes, never against malice.
//
// Each journal value carries one. Uses the processor's instruction where it has one (SSE 4.2), else a table.
// Pure; nothing can fail.

#include <cstdint>

#include "domain/bytes.hpp"

namespace charter::storage {

/// crc32c(a + b) == crc32c(b, crc32c(a)).
std::uint32_t crc32c(byte_view data, std::uint32_t before = 0);

/// The same without the instruction, for tests and other processors.
std::uint32_t crc32c_by_table(byte_view data, std::uint32_t before = 0);

} // namespace charter::storage
