// Loaded before the C library of a process whose wall clock is to be wrong: by CLOCK_SHIFT_SECONDS from the start (see
// tests/system_clock.hpp), and by as many seconds as the first eight bytes of CLOCK_SHIFT_FILE say, less than nothing
// for behind, which somebody may change while the process runs. What the process was told last, in nanoseconds since
// 1970, stands in the eight bytes after them. Clocks that measure how long something takes go on as they are.
//
// A wait until some wall time is the kernel's, which knows nothing of this: so gRPC's (futex(2)) are moved by as much
// as the clock is wrong when they begin. When a clock is set ahead, the kernel would end such a wait at once; here it
// lasts until the time that was meant when it began. When one is set back, waits last longer, as they do with a
// kernel's own.

#include <atomic>
#include <cstdarg>
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

using number = std::atomic<std::int64_t>;
static_assert(number::is_always_lock_free && sizeof(number) == sizeof(std::int64_t));

struct shift {
  number seconds{0};
  number told_ns{0}; ///< of a file that is too short for it, it is lost at the end of the page
};

shift* mapped(const char* file) {
  static shift own;
  int opened = file ? ::open(file, O_RDWR | O_CLOEXEC) : -1;
  if (opened < 0)
    return &own;
  void* at = ::mmap(nullptr, sizeof(shift), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  ::close(opened);
  return at == MAP_FAILED ? &own : static_cast<shift*>(at);
}

shift& jumps() {
  static shift* there = mapped(std::getenv("CLOCK_SHIFT_FILE"));
  return *there;
}

long ahead() {
  static const char* text = std::getenv("CLOCK_SHIFT_SECONDS");
  static const long constant = text ? std::atol(text) : 0;
  return constant + jumps().seconds.load(std::memory_order_relaxed);
}

constexpr std::int64_t ns_per_s = 1'000'000'000;
constexpr std::int64_t ns_per_us = 1'000;

} // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* out) noexcept {
  static const auto real = reinterpret_cast<int (*)(clockid_t, timespec*)>(::dlsym(RTLD_NEXT, "clock_gettime"));
  auto outcome = real(which, out);
  if (outcome == 0 && which == CLOCK_REALTIME) {
    out->tv_sec += ahead();
    jumps().told_ns.store(out->tv_sec * ns_per_s + out->tv_nsec, std::memory_order_relaxed);
  }
  return outcome;
}

int gettimeofday(timeval* __restrict out, void* __restrict) noexcept {
  timespec now{};
  auto outcome = clock_gettime(CLOCK_REALTIME, &now);
  out->tv_sec = now.tv_sec;
  out->tv_usec = now.tv_nsec / ns_per_us;
  return outcome;
}

long syscall(long which, ...) noexcept {
  static const auto real = reinterpret_cast<long (*)(long, ...)>(::dlsym(RTLD_NEXT, "syscall"));
  va_list rest;
  va_start(rest, which);
  long a[6];
  for (auto& argument : a)
    argument = va_arg(rest, long);
  va_end(rest);
  timespec until{};
  constexpr int timeout = 3, operation = 1;
  constexpr int waits = FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME; // the only one that says when to end
  if (which == SYS_futex && (a[operation] & ~FUTEX_PRIVATE_FLAG) == waits && a[timeout] != 0) {
    until = *reinterpret_cast<const timespec*>(a[timeout]);
    until.tv_sec -= ahead();
    a[timeout] = reinterpret_cast<long>(&until);
  }
  return real(which, a[0], a[1], a[2], a[3], a[4], a[5]);
}

} // extern "C"
