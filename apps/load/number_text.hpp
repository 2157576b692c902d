#pragma once
// Figures as people read them.

#include <cstdint>
#include <string>

namespace charter::load {

/// "1,234,567"
std::string with_commas(std::uint64_t x);
/// "1 post", "2 posts"
std::string counted(std::uint64_t x, const std::string& what);
/// Microseconds: "0.42 ms", "12.3 ms", "1.73 s"
std::string time_text(std::uint64_t us);
/// "512 B", "12.3 kB", "4.56 MB"
std::string bytes_text(std::uint64_t bytes);
/// Three digits that count, and all before the point: "0.123", "12.3", "1,230"
std::string short_number(double x);

} // namespace charter::load
