// Loaded before the C library of a process whose wall clock is to be wrong: by CLOCK_SHIFT_SECONDS from the start (see
// tests/system_clock.hpp), and by as many seconds as stand in the eight bytes of CLOCK_SHIFT_FILE, which somebody may
// change while the process runs. Clocks that measure how long something takes go on as they are.

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

namespace {

using shift = std::atomic<std::int64_t>;
static_assert(shift::is_always_lock_free && sizeof(shift) == sizeof(std::int64_t));

const shift* mapped(const char* file) {
  static const shift none{0};
  int opened = file ? ::open(file, O_RDONLY | O_CLOEXEC) : -1;
  if (opened < 0)
    return &none;
  void* at = ::mmap(nullptr, sizeof(shift), PROT_READ, MAP_SHARED, opened, 0);
  ::close(opened);
  return at == MAP_FAILED ? &none : static_cast<const shift*>(at);
}

} // namespace

extern "C" int clock_gettime(clockid_t which, timespec* out) noexcept {
  static const auto real = reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  static const char* text = std::getenv("CLOCK_SHIFT_SECONDS");
  static const long constant = text ? std::atol(text) : 0;
  static const shift* jumps = mapped(std::getenv("CLOCK_SHIFT_FILE"));
  auto outcome = real(which, out);
  if (outcome == 0 && which == CLOCK_REALTIME)
    out->tv_sec += constant + jumps->load(std::memory_order_relaxed);
  return outcome;
}
