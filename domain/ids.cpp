#include "domain/ids.hpp"

#include <algorithm>
#include <charconv>

namespace charter {

namespace {

__extension__ using uint128 = unsigned __int128;

constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz"; // Crockford
constexpr std::size_t base32_size = 26;

bool parse_base32(std::string_view text, id_bytes& raw) {
  if (text.size() != base32_size)
    return false;
  uint128 value = 0;
  for (char c : text) {
    auto digit = letters.find(c);
    if (digit == letters.npos || value >> 123 != 0)
      return false;
    value = value << 5 | digit;
  }
  for (auto it = raw.rbegin(); it != raw.rend(); ++it, value >>= 8)
    *it = static_cast<std::uint8_t>(value);
  return true;
}

constexpr std::string_view case_prefixes[] = {"cas_", "cmp_", "snc_", "apl_"}; // in the order of case_aspect

constexpr std::string_view prefix_of(entity_kind kind) {
  switch (kind) {
    case entity_kind::user: return "usr_";
    case entity_kind::name: return "nam_";
    case entity_kind::identity: return "idn_";
    case entity_kind::organisation: return "org_";
    case entity_kind::account: return "acc_";
    case entity_kind::chat: return "cht_";
    case entity_kind::case_file: return "cas_";
    case entity_kind::office: return "off_";
    case entity_kind::policy: return "pol_";
    case entity_kind::audit_log: return "log_";
  }
  return "";
}

constexpr entity_kind kinds[] = {entity_kind::user,         entity_kind::name,    entity_kind::identity,
                                 entity_kind::organisation, entity_kind::account, entity_kind::chat,
                                 entity_kind::case_file,    entity_kind::office,  entity_kind::policy,
                                 entity_kind::audit_log};

std::string item_text(std::string_view prefix, const id_bytes& owner, std::uint64_t number) {
  return std::string{prefix} + base32(owner) + "-" + std::to_string(number);
}

/// "<prefix><26 letters>-<number from 1, no leading zero>"
bool parse_item(std::string_view text, std::string_view prefix, id_bytes& owner, std::uint64_t& number) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  if (text.size() < base32_size + 2 || text[base32_size] != '-' || !parse_base32(text.substr(0, base32_size), owner))
    return false;
  text.remove_prefix(base32_size + 1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '0';
}

} // namespace

std::string base32(const id_bytes& raw) {
  uint128 value = 0;
  for (auto byte : raw)
    value = value << 8 | byte;
  std::string text(base32_size, '0');
  for (auto it = text.rbegin(); it != text.rend(); ++it, value >>= 5)
    *it = letters[static_cast<std::size_t>(value & 31)];
  return text;
}

std::string to_hex(byte_view data) {
  constexpr auto digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * data.size());
  for (auto byte : data) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string to_text(const entity_id& x) { return std::string{prefix_of(x.kind)} + base32(x.raw); }

std::string to_text(const case_id& x, case_aspect aspect) {
  return std::string{case_prefixes[static_cast<std::size_t>(aspect)]} + base32(x.raw);
}

std::string to_text(const post_id& x) { return item_text("pst_", x.owner.raw, x.number); }
std::string to_text(const filing_id& x) { return item_text("fil_", x.owner.raw, x.number); }
std::string to_text(const report_id& x) { return item_text("rep_", x.owner.raw, x.number); }
std::string to_text(const referral_id& x) { return item_text("ref_", x.owner.raw, x.number); }
std::string to_text(const disclosure_id& x) { return "dis_" + base32(x.raw); }

std::string to_text(const command_id& x) {
  auto hex = to_hex(x.raw);
  for (auto at : {8u, 13u, 18u, 23u})
    hex.insert(at, 1, '-');
  return hex;
}

bool parse(std::string_view text, entity_id& x) {
  if (text.size() != 4 + base32_size || !parse_base32(text.substr(4), x.raw))
    return false;
  auto prefix = text.substr(0, 4);
  if (std::ranges::find(case_prefixes, prefix) != std::end(case_prefixes)) {
    x.kind = entity_kind::case_file;
    return true;
  }
  auto kind = std::ranges::find(kinds, prefix, prefix_of);
  if (kind == std::end(kinds))
    return false;
  x.kind = *kind;
  return true;
}

bool parse(std::string_view text, post_id& x) { return parse_item(text, "pst_", x.owner.raw, x.number); }
bool parse(std::string_view text, filing_id& x) { return parse_item(text, "fil_", x.owner.raw, x.number); }
bool parse(std::string_view text, report_id& x) { return parse_item(text, "rep_", x.owner.raw, x.number); }
bool parse(std::string_view text, referral_id& x) { return parse_item(text, "ref_", x.owner.raw, x.number); }

bool parse(std::string_view text, disclosure_id& x) {
  return text.starts_with("dis_") && parse_base32(text.substr(4), x.raw);
}

bool parse(std::string_view text, command_id& x) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
    return false;
  std::string hex;
  std::ranges::copy_if(text, std::back_inserter(hex), [](char c) { return c != '-'; });
  if (hex.size() != 32)
    return false;
  for (std::size_t i = 0; i < 16; ++i) {
    auto* at = hex.data() + 2 * i;
    auto [end, error] = std::from_chars(at, at + 2, x.raw[i], 16);
    if (error != std::errc{} || end != at + 2)
      return false;
  }
  return true;
}

std::uint64_t uuid7_ms(const command_id& x) {
  std::uint64_t ms = 0;
  for (std::size_t i = 0; i < 6; ++i)
    ms = ms << 8 | x.raw[i];
  return ms;
}

bool is_uuid7(const command_id& x) { return x.raw[6] >> 4 == 7 && x.raw[8] >> 6 == 2; }

std::uint64_t fnv1a(byte_view data, std::uint64_t seed) {
  for (auto byte : data)
    seed = (seed ^ byte) * 0x100000001b3u;
  return seed;
}

namespace {

std::uint64_t placement(const entity_id& x) {
  auto kind = static_cast<std::uint8_t>(x.kind);
  auto hash = fnv1a(x.raw, fnv1a({&kind, 1}));
  return hash ^ hash >> 32;
}

} // namespace

shard_id shard_of(const entity_id& x, shard_id shards) { return static_cast<shard_id>(placement(x) % shards); }

shard_id vault_shard_of(const identity_id& x) {
  return static_cast<shard_id>(first_vault_shard + placement(entity_id{x}) % vault_shards);
}

} // namespace charter
