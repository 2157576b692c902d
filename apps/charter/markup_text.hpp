#pragma once
// Markup of feeds as plain text: paragraphs become lines, tags and scripts go, character references are resolved.

#include <string>
#include <string_view>

namespace charter::cli {

/// Never fails: what isn't markup after all stays as it is. At most `bytes_max`, cut between characters.
std::string to_plain_text(std::string_view html, std::size_t bytes_max);

/// Cut between characters, with "…" at the end if anything is missing; invalid UTF-8 is replaced.
std::string bounded_text(std::string_view text, std::size_t bytes_max);

} // namespace charter::cli
