#pragma once
// One mistake in a configuration file, said so that its author can mend it without reading our code.

#include <string>
#include <vector>

namespace charter::config {

struct mistake {
  std::string file;
  int line = 0;    ///< from 1; 0 when the file as a whole is meant
  int column = 0;  ///< from 1, in characters
  std::string key; ///< path from the root: "agreement.items[2].text.en", items from 0
  std::string expected;
  std::string found;
  friend bool operator==(const mistake&, const mistake&) = default;
};

using mistakes = std::vector<mistake>;

/// "cn-2014.toml:41:8: agreement.items[2].text.en: expected text, found a whole number"
std::string to_text(const mistake& x);

/// A line each, with a newline at the end of each.
std::string to_text(const mistakes& list);

} // namespace charter::config
