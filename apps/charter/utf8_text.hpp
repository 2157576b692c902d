#pragma once
// Characters of UTF-8 text: decoding, and what a terminal does with each.

#include <string>
#include <string_view>

namespace charter::cli::utf8 {

inline constexpr char32_t invalid = 0xffffffff;

/// Takes the first character off `text` (not empty). A byte that begins none gives `invalid` and is taken alone.
char32_t next(std::string_view& text);

/// Not for surrogates or beyond U+10FFFF: gives U+FFFD for those.
std::string encode(char32_t c);

bool is_control(char32_t c); ///< C0, DEL, C1
bool reorders(char32_t c);   ///< bidirectional embeddings, overrides and isolates; line and paragraph separators

/// 0, 1 or 2; by ranges of Unicode's East Asian Width, not character by character.
unsigned columns(char32_t c);

} // namespace charter::cli::utf8
