#include "storage/keys.hpp"

namespace charter::storage {

namespace {

/// Times before 1970 come first: the sign bit is turned over.
constexpr std::uint64_t sign_bit = 1ull << 63;

template <class Int>
void append_big_endian(std::string& out, Int x) {
  for (int shift = 8 * (sizeof(Int) - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(x >> shift)));
}

template <class Int>
Int big_endian(std::string_view data) {
  Int x = 0;
  for (char c : data)
    x = static_cast<Int>(x << 8 | static_cast<std::uint8_t>(c));
  return x;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

} // namespace

// -- building -------------------------------------------------------------------------

key_builder& key_builder::byte(std::uint8_t x) {
  text_.push_back(static_cast<char>(x));
  return *this;
}

key_builder& key_builder::number16(std::uint16_t x) {
  append_big_endian(text_, x);
  return *this;
}

key_builder& key_builder::number32(std::uint32_t x) {
  append_big_endian(text_, x);
  return *this;
}

key_builder& key_builder::number(std::uint64_t x) {
  append_big_endian(text_, x);
  return *this;
}

key_builder& key_builder::time(timestamp x) {
  return number(static_cast<std::uint64_t>(x.time_since_epoch().count()) ^ sign_bit);
}

key_builder& key_builder::raw(byte_view x) {
  text_.append(text_of(x));
  return *this;
}

key_builder& key_builder::entity(const entity_id& x) { return byte(static_cast<std::uint8_t>(x.kind)).raw(x.raw); }

key_builder& key_builder::text(std::string_view x) {
  text_.append(x.substr(0, x.find('\0')));
  return byte(0);
}

// -- parsing --------------------------------------------------------------------------

key_reader::key_reader(std::string_view key, std::string_view prefix) {
  CHARTER_ASSERT(key.starts_with(prefix));
  rest_ = key.substr(prefix.size());
}

std::string_view key_reader::cut(std::size_t size) {
  if (rest_.size() < size) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  auto part = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return part;
}

std::uint8_t key_reader::byte() { return big_endian<std::uint8_t>(cut(1)); }
std::uint16_t key_reader::number16() { return big_endian<std::uint16_t>(cut(2)); }
std::uint32_t key_reader::number32() { return big_endian<std::uint32_t>(cut(4)); }
std::uint64_t key_reader::number() { return big_endian<std::uint64_t>(cut(8)); }
timestamp key_reader::time() { return timestamp{duration{static_cast<std::int64_t>(number() ^ sign_bit)}}; }

id_bytes key_reader::raw16() {
  id_bytes out{};
  auto part = cut(out.size());
  std::copy(part.begin(), part.end(), out.begin());
  return out;
}

digest32 key_reader::raw32() {
  digest32 out{};
  auto part = cut(out.size());
  std::copy(part.begin(), part.end(), out.begin());
  return out;
}

entity_id key_reader::entity() {
  auto kind = byte();
  if (!is_enumerator<entity_kind>(kind))
    ok_ = false;
  return {static_cast<entity_kind>(kind), raw16()};
}

std::string_view key_reader::text() {
  auto end = rest_.find('\0');
  if (end == rest_.npos) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  auto part = cut(end);
  cut(1);
  return part;
}

// -- ranges ---------------------------------------------------------------------------

std::string end_of(std::string_view prefix) {
  std::string end{prefix};
  while (!end.empty() && static_cast<std::uint8_t>(end.back()) == 0xff)
    end.pop_back();
  if (!end.empty())
    ++end.back();
  return end;
}

std::string after(std::string_view key) { return std::string{key} + '\0'; }

std::string folded(std::string_view name) {
  std::string out{name};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// -- cursors --------------------------------------------------------------------------

std::string to_cursor(std::string_view key, std::string_view prefix) {
  CHARTER_ASSERT(key.starts_with(prefix));
  return to_hex(view_of(key.substr(prefix.size())));
}

result<std::string> from_cursor(std::string_view cursor, std::string_view prefix) {
  std::string key{prefix};
  for (std::size_t at = 0; at + 1 < cursor.size(); at += 2) {
    int high = hex_digit(cursor[at]);
    int low = hex_digit(cursor[at + 1]);
    if (high < 0 || low < 0)
      return invalid("after", "this is not a cursor of this list");
    key.push_back(static_cast<char>(high << 4 | low));
  }
  if (cursor.size() % 2 != 0)
    return invalid("after", "this is not a cursor of this list");
  return key;
}

} // namespace charter::storage
