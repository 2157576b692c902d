// Loaded before the C library of a process that is to live in the future: see tests/system_clock.hpp.

#include <cstdlib>

#include <dlfcn.h>
#include <time.h>

extern "C" int clock_gettime(clockid_t which, timespec* out) noexcept {
  static const auto real = reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  static const char* text = std::getenv("CLOCK_SHIFT_SECONDS");
  static const long shift = text ? std::atol(text) : 0;
  auto outcome = real(which, out);
  if (outcome == 0 && which == CLOCK_REALTIME)
    out->tv_sec += shift;
  return outcome;
}
