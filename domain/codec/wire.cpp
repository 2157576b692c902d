#include "domain/codec/wire.hpp"

namespace charter::wire {

namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

} // namespace

std::string to_base64(byte_view data) {
  std::string text;
  text.reserve((data.size() * 4 + 2) / 3);
  std::uint32_t window = 0;
  int held = 0;
  for (auto byte : data) {
    window = window << 8 | byte;
    for (held += 8; held >= 6; held -= 6)
      text += alphabet[window >> (held - 6) & 63];
  }
  if (held > 0)
    text += alphabet[window << (6 - held) & 63];
  return text;
}

bool from_base64(std::string_view text, bytes& out) {
  out.clear();
  out.reserve(text.size() * 3 / 4);
  std::uint32_t window = 0;
  int held = 0;
  for (char c : text) {
    auto digit = alphabet.find(c);
    if (digit == alphabet.npos)
      return false;
    window = window << 6 | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out.push_back(static_cast<std::uint8_t>(window >> held));
    }
  }
  // One encoding per value: no stray letter, no bits left over.
  return held < 6 && (window & ((1u << held) - 1)) == 0;
}

std::string path::text() const {
  if (!parent)
    return std::string{name};
  auto prefix = parent->text();
  if (name.empty())
    return prefix + "[" + std::to_string(index) + "]";
  return prefix.empty() ? std::string{name} : prefix + "." + std::string{name};
}

namespace detail {

refusal expected(const path& at, std::string_view what, const json& found) {
  return invalid(at.text(), "expected " + std::string{what} + ", found " + found.type_name());
}

} // namespace detail

} // namespace charter::wire
