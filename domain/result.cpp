#include "domain/result.hpp"

#include <cstdio>
#include <cstdlib>

namespace charter {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "charter: internal error: %s does not hold at %s:%d\n", condition, file, line);
  std::abort();
}

} // namespace charter
