#pragma once
// The shipped charter, loaded once, for tests that need real rules.

#include <stdexcept>
#include <string>

#include "config/charter_loader.hpp"

namespace charter::test {

/// Of a file in the source tree: `CHARTER_SOURCE_DIR` is set by the build.
inline std::string source_path(const std::string& below) { return std::string{CHARTER_SOURCE_DIR} + '/' + below; }

/// config/charters/cn-2014.toml. Throws with the list of mistakes when it doesn't load.
inline const rule_book& cn_2014() {
  static const rule_book book = [] {
    auto loaded = config::load_charter_file(source_path("config/charters/cn-2014.toml"));
    if (auto* wrong = std::get_if<config::mistakes>(&loaded))
      throw std::runtime_error{to_text(*wrong)};
    return std::get<rule_book>(std::move(loaded));
  }();
  return book;
}

} // namespace charter::test
