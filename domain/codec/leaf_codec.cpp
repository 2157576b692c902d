#include "domain/codec/leaf_codec.hpp"

#include <nlohmann/json.hpp>

#include "domain/limits.hpp"

namespace charter::codec {

namespace {

using json = nlohmann::json; // its objects are sorted by key

constexpr std::uint32_t format_version = 1;

/// At most `bytes_max`, without cutting a character of several bytes in two.
std::string shortened(const std::string& text, std::size_t bytes_max, bool& cut) {
  if (text.size() <= bytes_max)
    return text;
  cut = true;
  auto end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
    --end;
  return text.substr(0, end);
}

std::string encode(const leaf& what, std::uint64_t number, std::size_t text_bytes_max) {
  bool cut = false;
  json detail = json::object();
  for (const auto& [key, value] : what.detail)
    detail[shortened(key, text_bytes_max, cut)] = shortened(value, text_bytes_max, cut);
  json entry = {{"v", format_version},
                {"number", number},
                {"type", to_name(what.type)},
                {"at", to_text(what.at)},
                {"subject", shortened(what.subject, text_bytes_max, cut)},
                {"detail", std::move(detail)}};
  if (!what.target.empty())
    entry["target"] = shortened(what.target, text_bytes_max, cut);
  if (!what.rule.empty())
    entry["rule"] = {{"charter", what.rule.charter}, {"article", what.rule.article}, {"item", what.rule.item}};
  if (what.commitment)
    entry["commitment"] = to_hex(*what.commitment);
  if (cut)
    entry["cut"] = true;
  // What is no UTF-8 becomes U+FFFD: an entry is final, and must not depend on how a reader takes broken text.
  return entry.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace

bytes encode_leaf(const leaf& what, std::uint64_t number) {
  auto text = encode(what, number, limits::leaf_bytes_max);
  for (std::size_t text_bytes_max = 8'192; text.size() > limits::leaf_bytes_max && text_bytes_max > 0;
       text_bytes_max /= 2)
    text = encode(what, number, text_bytes_max);
  CHARTER_ASSERT(text.size() <= limits::leaf_bytes_max);
  return bytes_of(text);
}

} // namespace charter::codec
