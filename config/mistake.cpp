#include "config/mistake.hpp"

namespace charter::config {

std::string to_text(const mistake& x) {
  auto text = x.file;
  if (x.line > 0)
    text += ':' + std::to_string(x.line) + ':' + std::to_string(x.column);
  if (!x.key.empty())
    text += ": " + x.key;
  return text + ": expected " + x.expected + ", found " + x.found;
}

std::string to_text(const mistakes& list) {
  std::string text;
  for (const auto& x : list)
    text += to_text(x) + '\n';
  return text;
}

} // namespace charter::config
