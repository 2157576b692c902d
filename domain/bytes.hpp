#pragma once
// Byte strings and fixed digests.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace charter {

using bytes = std::vector<std::uint8_t>;
using byte_view = std::span<const std::uint8_t>;
using digest32 = std::array<std::uint8_t, 32>; ///< SHA-256

inline byte_view view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(byte_view data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
inline bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

/// Lower-case hex.
std::string to_hex(byte_view data);

} // namespace charter
