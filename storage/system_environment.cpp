#include "storage/system_environment.hpp"

#include <algorithm>
#include <stdexcept>

#include <openssl/rand.h>

namespace charter::storage {

namespace {
constexpr std::size_t chunk_max = 1 << 20; // RAND_bytes counts in int
}

timestamp system_environment::now() { return std::chrono::time_point_cast<duration>(std::chrono::system_clock::now()); }

void system_environment::fill_random(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    auto part = out.first(std::min(out.size(), chunk_max));
    if (RAND_bytes(part.data(), static_cast<int>(part.size())) != 1)
      throw std::runtime_error("the random source failed");
    out = out.subspan(part.size());
  }
}

} // namespace charter::storage
