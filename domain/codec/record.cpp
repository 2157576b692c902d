#include "domain/codec/record.hpp"

#include <msgpack.hpp>

namespace charter::codec {

// -- writing ----------------------------------------------------------------------

struct record_writer::buffer {
  msgpack::sbuffer data{256};
  msgpack::packer<msgpack::sbuffer> pack{data};
};

record_writer::record_writer(std::vector<bytes>* aside) : buffer_(std::make_unique<buffer>()), aside_(aside) {}
record_writer::~record_writer() = default;

void record_writer::nil() { buffer_->pack.pack_nil(); }
void record_writer::boolean(bool x) { x ? buffer_->pack.pack_true() : buffer_->pack.pack_false(); }
void record_writer::unsigned_number(std::uint64_t x) { buffer_->pack.pack_uint64(x); }
void record_writer::signed_number(std::int64_t x) { buffer_->pack.pack_int64(x); }

void record_writer::text(std::string_view x) {
  buffer_->pack.pack_str(static_cast<std::uint32_t>(x.size()));
  buffer_->pack.pack_str_body(x.data(), static_cast<std::uint32_t>(x.size()));
}

void record_writer::binary(byte_view x) {
  auto size = static_cast<std::uint32_t>(x.size());
  buffer_->pack.pack_bin(size);
  buffer_->pack.pack_bin_body(reinterpret_cast<const char*>(x.data()), size);
}

void record_writer::array(std::size_t size) { buffer_->pack.pack_array(static_cast<std::uint32_t>(size)); }

void record_writer::raw(byte_view x) { buffer_->data.write(reinterpret_cast<const char*>(x.data()), x.size()); }

bytes record_writer::take() {
  auto* begin = reinterpret_cast<const std::uint8_t*>(buffer_->data.data());
  bytes all(begin, begin + buffer_->data.size());
  buffer_->data.clear();
  return all;
}

// -- reading ----------------------------------------------------------------------

namespace {

// A record is at most a few hundred kilobytes and nests a dozen deep; anything beyond is damage.
constexpr std::size_t values_max = 1 << 20; // in one array or map
constexpr std::size_t string_bytes_max = 16u << 20;
constexpr std::size_t depth_max = 32;

enum class kind : std::uint8_t { nil, boolean, positive, negative, text, binary, array, map, other };

/// One value, or the head of an array or a map.
struct token {
  codec::kind kind = kind::nil;
  std::uint64_t number = 0; ///< or how many values or bytes; a negative number as two's complement
  const std::uint8_t* data = nullptr;
};

std::uint64_t take_big_endian(const std::uint8_t*& at, const std::uint8_t* end, std::size_t size) {
  if (static_cast<std::size_t>(end - at) < size)
    throw malformed{"the record ends within a value"};
  std::uint64_t x = 0;
  for (; size > 0; --size)
    x = x << 8 | *at++;
  return x;
}

token string_token(kind k, std::uint64_t size, const std::uint8_t*& at, const std::uint8_t* end) {
  if (size > string_bytes_max || size > static_cast<std::size_t>(end - at))
    throw malformed{"a string is longer than the record or the limit"};
  token t{k, size, at};
  at += size;
  return t;
}

token list_token(kind k, std::uint64_t size, const std::uint8_t* at, const std::uint8_t* end) {
  if (size > values_max || size > static_cast<std::size_t>(end - at))
    throw malformed{"a list is longer than the record or the limit"};
  return {k, size, at};
}

token signed_token(std::int64_t x) { return {x < 0 ? kind::negative : kind::positive, static_cast<std::uint64_t>(x)}; }

/// Values from 0xc0 to 0xdf, which say their size in bytes that follow.
token take_sized_token(std::uint8_t lead, const std::uint8_t*& at, const std::uint8_t* end) {
  auto number = [&](std::size_t size) { return take_big_endian(at, end, size); };
  switch (lead) {
    case 0xc0: return {};
    case 0xc2:
    case 0xc3: return {kind::boolean, lead == 0xc3};
    case 0xc4:
    case 0xc5:
    case 0xc6: return string_token(kind::binary, number(1u << (lead - 0xc4)), at, end);
    case 0xc7:
    case 0xc8:
    case 0xc9: return string_token(kind::other, number(1u << (lead - 0xc7)) + 1, at, end);
    case 0xca:
    case 0xcb: return string_token(kind::other, lead == 0xca ? 4 : 8, at, end);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf: return {kind::positive, number(1u << (lead - 0xcc))};
    case 0xd0: return signed_token(static_cast<std::int8_t>(number(1)));
    case 0xd1: return signed_token(static_cast<std::int16_t>(number(2)));
    case 0xd2: return signed_token(static_cast<std::int32_t>(number(4)));
    case 0xd3: return signed_token(static_cast<std::int64_t>(number(8)));
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8: return string_token(kind::other, (1u << (lead - 0xd4)) + 1, at, end);
    case 0xd9:
    case 0xda:
    case 0xdb: return string_token(kind::text, number(1u << (lead - 0xd9)), at, end);
    case 0xdc:
    case 0xdd: return list_token(kind::array, number(lead == 0xdc ? 2 : 4), at, end);
    case 0xde:
    case 0xdf: return list_token(kind::map, number(lead == 0xde ? 2 : 4), at, end);
    default: throw malformed{"not a MessagePack value"};
  }
}

/// Steps over a value, or over the head of an array or a map. Looks at nothing past `end`.
token take_token(const std::uint8_t*& at, const std::uint8_t* end) {
  if (at == end)
    throw malformed{"the record ends within a value"};
  auto lead = *at++;
  if (lead < 0x80)
    return {kind::positive, lead};
  if (lead >= 0xe0)
    return signed_token(static_cast<std::int8_t>(lead));
  if (lead < 0x90)
    return list_token(kind::map, lead & 0x0f, at, end);
  if (lead < 0xa0)
    return list_token(kind::array, lead & 0x0f, at, end);
  if (lead < 0xc0)
    return string_token(kind::text, lead & 0x1f, at, end);
  return take_sized_token(lead, at, end);
}

/// Steps over a whole value with everything in it.
void skip_value(const std::uint8_t*& at, const std::uint8_t* end) {
  std::array<std::uint64_t, depth_max> left; // values still to come, of each list that is open
  std::size_t depth = 0;
  do {
    auto t = take_token(at, end);
    if (depth > 0)
      --left[depth - 1];
    if (t.kind == kind::array || t.kind == kind::map) {
      if (depth == depth_max)
        throw malformed{"lists are nested too deep"};
      left[depth++] = t.kind == kind::map ? 2 * t.number : t.number;
    }
    while (depth > 0 && left[depth - 1] == 0)
      --depth;
  } while (depth > 0);
}

} // namespace

/// Walks the bytes themselves: nothing is built beside them, so that replay costs what its values cost.
struct record_reader::cursor {
  explicit cursor(byte_view data) : at(data.data()), end(data.data() + data.size()) {
    // Whatever is read later has been looked at here, what is skipped as well.
    auto after = at;
    skip_value(after, end);
    if (after != end)
      throw malformed{"bytes after the end of the record"};
  }

  void count_one() {
    auto& left = depth == 0 ? root_left : open[depth - 1];
    if (left == 0)
      throw malformed{"a value is missing"};
    --left;
  }

  /// The next value, which is then taken.
  token next() {
    count_one();
    return take_token(at, end);
  }

  bool nil_is_next() const {
    if ((depth == 0 ? root_left : open[depth - 1]) == 0)
      throw malformed{"a value is missing"};
    return *at == 0xc0;
  }

  const std::uint8_t* at;
  const std::uint8_t* end;
  std::size_t root_left = 1;
  std::size_t depth = 0;
  std::array<std::size_t, depth_max> open; ///< values left in each array that was entered
};

record_reader::record_reader(byte_view data, const std::vector<bytes>* aside, bool split)
    : cursor_(std::make_unique<cursor>(data)), aside_(aside), split_(split) {}
record_reader::~record_reader() = default;

bool record_reader::skip_if_nil() {
  if (!cursor_->nil_is_next())
    return false;
  cursor_->next();
  return true;
}

bool record_reader::boolean() {
  auto x = cursor_->next();
  if (x.kind != kind::boolean)
    throw malformed{"expected a boolean"};
  return x.number != 0;
}

std::uint64_t record_reader::unsigned_number() {
  auto x = cursor_->next();
  if (x.kind != kind::positive)
    throw malformed{"expected an unsigned number"};
  return x.number;
}

std::int64_t record_reader::signed_number() {
  auto x = cursor_->next();
  if (x.kind != kind::negative && (x.kind != kind::positive || x.number > INT64_MAX))
    throw malformed{"expected a number"};
  return static_cast<std::int64_t>(x.number);
}

std::string_view record_reader::text() {
  auto x = cursor_->next();
  if (x.kind != kind::text)
    throw malformed{"expected text"};
  return {reinterpret_cast<const char*>(x.data), x.number};
}

byte_view record_reader::binary() {
  auto x = cursor_->next();
  if (x.kind != kind::binary)
    throw malformed{"expected bytes"};
  return {x.data, x.number};
}

std::size_t record_reader::open_array() {
  auto x = cursor_->next();
  if (x.kind != kind::array)
    throw malformed{"expected an array"};
  cursor_->open[cursor_->depth++] = x.number; // no deeper than what was looked at
  return x.number;
}

std::size_t record_reader::left() const { return cursor_->open[cursor_->depth - 1]; }

void record_reader::close_array() {
  auto& c = *cursor_;
  for (auto& left = c.open[c.depth - 1]; left > 0; --left)
    skip_value(c.at, c.end);
  --c.depth;
}

const bytes* record_reader::personal_at(std::uint64_t index) const {
  if (!aside_)
    return nullptr;
  if (index >= aside_->size())
    throw malformed{"a personal value is missing from the body"};
  return &(*aside_)[index];
}

refusal undecodable(const char* what) { return refuse(errc::internal, std::string{"undecodable record: "} + what); }

} // namespace charter::codec
