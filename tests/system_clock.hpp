#pragma once
// Lets processes that are started from here live in the future: a library that is loaded before theirs adds to the wall
// clock (apps/chaos/shifted_clock.cpp). Clocks that measure how long something takes go on as they are.

#include <chrono>
#include <cstdlib>
#include <string>

namespace charter::test {

class later_clock {
public:
  explicit later_clock(std::chrono::seconds by) {
    ::setenv("LD_PRELOAD", SHIFTED_CLOCK, 1);
    ::setenv("CLOCK_SHIFT_SECONDS", std::to_string(by.count()).c_str(), 1);
    ::setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 0); // a sanitizer wants to be the first library
  }
  ~later_clock() {
    ::unsetenv("LD_PRELOAD");
    ::unsetenv("CLOCK_SHIFT_SECONDS");
  }
  later_clock(const later_clock&) = delete;
  later_clock& operator=(const later_clock&) = delete;
};

} // namespace charter::test
