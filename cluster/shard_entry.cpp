#include "cluster/shard_entry.hpp"

#include <algorithm>
#include <charconv>

namespace charter::cluster {

namespace {

constexpr std::size_t number_digits = 16;
constexpr std::size_t shard_digits = 4;
constexpr std::size_t nonce_digits = 32;

std::string hex(std::uint64_t number, std::size_t digits) {
  std::string out(digits, '0');
  for (auto at = out.rbegin(); number != 0; ++at, number >>= 4)
    *at = "0123456789abcdef"[number & 15];
  return out;
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Nothing unless all of it is lower-case hex of this width.
std::optional<std::uint64_t> unhex(std::string_view text, std::size_t digits) {
  std::uint64_t out = 0;
  if (text.size() != digits || !is_hex(text))
    return {};
  std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return out;
}

/// Takes one row over; false when its value is none of ours.
bool take(shard_entry& entry, std::string_view name, const etcd::key_value& row) {
  if (name == "claim") {
    auto claim = parse_claim(row.value);
    if (!claim)
      return false;
    entry.claim = *std::move(claim);
  } else if (name == "head") {
    auto head = parse_head(row.value);
    if (!head)
      return false;
    entry.head = *std::move(head);
  } else if (name == "owner") {
    entry.owner = row.value;
  } else if (name == "replicas") {
    entry.replicas = words_of(row.value);
    entry.replicas_modified = row.modified;
  } else if (name.starts_with("synced/")) {
    auto where = parse_number(row.value);
    if (!where)
      return false;
    entry.synced.emplace(name.substr(name.find('/') + 1), *where);
  } // else it is none of the log's own (`effects`), or a newer version put it there
  return true;
}

} // namespace

std::string number_text(std::uint64_t number) { return hex(number, number_digits); }

result<std::uint64_t> parse_number(std::string_view text) {
  if (auto number = unhex(text, number_digits))
    return *number;
  return refuse(errc::internal, "'" + std::string{text.substr(0, 64)} + "' is no position");
}

std::string to_text(const log_claim& claim) { return number_text(claim.term) + ":" + claim.nonce; }

result<log_claim> parse_claim(std::string_view text) {
  constexpr auto second = number_digits + 1;
  if (text.size() == second + nonce_digits && text[second - 1] == ':') {
    auto term = unhex(text.substr(0, number_digits), number_digits);
    auto nonce = text.substr(second);
    if (term && is_hex(nonce))
      return log_claim{*term, std::string{nonce}};
  }
  return refuse(errc::internal, "'" + std::string{text.substr(0, 80)} + "' is no claim of a log");
}

std::string to_text(const log_head& head) {
  return number_text(head.term) + ":" + number_text(head.last) + ":" + head.nonce +
         (head.mark ? ":" + number_text(*head.mark) : "");
}

result<log_head> parse_head(std::string_view text) {
  constexpr auto second = number_digits + 1;
  constexpr auto third = 2 * second;
  constexpr auto fourth = third + nonce_digits + 1;
  bool has_mark = text.size() == fourth + number_digits && text[fourth - 1] == ':';
  if ((has_mark || text.size() == fourth - 1) && text[second - 1] == ':' && text[third - 1] == ':') {
    auto term = unhex(text.substr(0, number_digits), number_digits);
    auto last = unhex(text.substr(second, number_digits), number_digits);
    auto nonce = text.substr(third, nonce_digits);
    auto mark = has_mark ? unhex(text.substr(fourth), number_digits) : std::nullopt;
    if (term && last && is_hex(nonce) && mark.has_value() == has_mark)
      return log_head{*term, *last, std::string{nonce}, mark};
  }
  return refuse(errc::internal, "'" + std::string{text.substr(0, 80)} + "' is no head of a log");
}

std::string to_text(const std::set<std::string>& words) {
  std::string out;
  for (auto& word : words)
    out += (out.empty() ? "" : " ") + word;
  return out;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> out;
  while (!text.empty()) {
    auto end = std::min(text.find(' '), text.size());
    if (end > 0)
      out.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// -- keys -------------------------------------------------------------------------------------------------------------

std::string log_keys::of(shard_id shard, std::string_view name) const {
  return prefix_ + "shard/" + hex(shard, shard_digits) + "/" + std::string{name};
}

etcd::key_range log_keys::log(shard_id shard) const {
  return etcd::keys_below(prefix_ + "log/" + hex(shard, shard_digits) + "/");
}

std::string log_keys::batch(shard_id shard, position last) const { return log(shard).first + number_text(last); }

etcd::key_range log_keys::log_from(shard_id shard, position from) const { return {batch(shard, from), log(shard).end}; }

etcd::key_range log_keys::log_up_to(shard_id shard, position last) const {
  return {log(shard).first, batch(shard, last) + '\0'};
}

std::optional<shard_id> log_keys::shard_of(std::string_view key) const {
  if (!key.starts_with(prefix_))
    return {};
  key.remove_prefix(prefix_.size());
  auto slash = key.find('/');
  if (slash == std::string_view::npos)
    return {};
  auto shard = unhex(key.substr(slash + 1, shard_digits), shard_digits);
  return shard ? std::optional{static_cast<shard_id>(*shard)} : std::nullopt;
}

std::string_view log_keys::name_of(std::string_view key) const {
  return key.substr(std::min(of(0, {}).size(), key.size()));
}

// -- entries ----------------------------------------------------------------------------------------------------------

result<shard_entries> parse_entries(const log_keys& keys, const etcd::page& rows) {
  shard_entries out{rows.at, {}};
  for (auto& row : rows.rows) {
    auto shard = keys.shard_of(row.key);
    if (!shard || !take(out.of[*shard], keys.name_of(row.key), row))
      return refuse(errc::internal, "etcd holds what is none of ours: " + row.key);
  }
  return out;
}

result<shard_entries> read_entries(etcd::client& etcd, const log_keys& keys) {
  auto rows = etcd.range(keys.entries());
  if (!rows)
    return rows.why();
  return parse_entries(keys, *rows);
}

result<shard_entry> read_entry(etcd::client& etcd, const log_keys& keys, shard_id shard) {
  auto rows = etcd.range(keys.entry(shard));
  if (!rows)
    return rows.why();
  auto all = parse_entries(keys, *rows);
  if (!all)
    return all.why();
  return std::move(all->of[shard]);
}

} // namespace charter::cluster
