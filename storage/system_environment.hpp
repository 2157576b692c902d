#pragma once
// The real world: the machine's clock, and OpenSSL's random bytes (seeded by the kernel). Any thread.
//
// What can fail: a random source that gives nothing throws std::runtime_error, since nothing safe can go on.

#include "domain/environment.hpp"

namespace charter::storage {

class system_environment final : public environment {
public:
  timestamp now() override;
  void fill_random(std::span<std::uint8_t> out) override;
};

} // namespace charter::storage
