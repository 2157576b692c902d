// Fuzzes the loader of charter files (preset `fuzz`, libFuzzer).
// What must hold: no crash, no sanitizer report; a file is a rule book, or has at least one mistake with its place.

#include <cstdlib>

#include "config/charter_loader.hpp"
#include "domain/bytes.hpp"

using namespace charter;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto loaded = config::load_charter(text_of({data, size}), "fuzzed.toml");
  auto* wrong = std::get_if<config::mistakes>(&loaded);
  if (wrong && wrong->empty())
    std::abort();
  return 0;
}
