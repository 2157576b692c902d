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
const msgpack::unpack_limit limits{1 << 20, 1 << 20, 16u << 20, 16u << 20, 16u << 20, 32};

bool by_reference(msgpack::type::object_type, std::size_t, void*) { return true; }

} // namespace

struct record_reader::cursor {
  explicit cursor(byte_view data) : zone(1024) {
    std::size_t offset = 0;
    bool referenced = false;
    try {
      root = msgpack::unpack(zone, reinterpret_cast<const char*>(data.data()), data.size(), offset, referenced,
                             by_reference, nullptr, limits);
    } catch (const std::exception&) {
      throw malformed{"not a MessagePack value, or one over the limits"};
    }
    if (offset != data.size())
      throw malformed{"bytes after the end of the record"};
  }

  /// The next value, which is then taken.
  const msgpack::object& next() {
    if (open.empty()) {
      if (std::exchange(root_taken, true))
        throw malformed{"a value is missing"};
      return root;
    }
    auto& [at, left] = open.back();
    if (left == 0)
      throw malformed{"a value is missing"};
    --left;
    return *at++;
  }

  const msgpack::object& peek() const {
    if (open.empty())
      return root;
    if (open.back().second == 0)
      throw malformed{"a value is missing"};
    return *open.back().first;
  }

  msgpack::zone zone;
  msgpack::object root;
  bool root_taken = false;
  std::vector<std::pair<const msgpack::object*, std::size_t>> open; ///< arrays that were entered: next value, how many
};

record_reader::record_reader(byte_view data, const std::vector<bytes>* aside, bool split)
    : cursor_(std::make_unique<cursor>(data)), aside_(aside), split_(split) {}
record_reader::~record_reader() = default;

bool record_reader::skip_if_nil() {
  if (cursor_->peek().type != msgpack::type::NIL)
    return false;
  cursor_->next();
  return true;
}

bool record_reader::boolean() {
  auto& x = cursor_->next();
  if (x.type != msgpack::type::BOOLEAN)
    throw malformed{"expected a boolean"};
  return x.via.boolean;
}

std::uint64_t record_reader::unsigned_number() {
  auto& x = cursor_->next();
  if (x.type != msgpack::type::POSITIVE_INTEGER)
    throw malformed{"expected an unsigned number"};
  return x.via.u64;
}

std::int64_t record_reader::signed_number() {
  auto& x = cursor_->next();
  if (x.type == msgpack::type::NEGATIVE_INTEGER)
    return x.via.i64;
  if (x.type != msgpack::type::POSITIVE_INTEGER || x.via.u64 > INT64_MAX)
    throw malformed{"expected a number"};
  return static_cast<std::int64_t>(x.via.u64);
}

std::string_view record_reader::text() {
  auto& x = cursor_->next();
  if (x.type != msgpack::type::STR)
    throw malformed{"expected text"};
  return {x.via.str.ptr, x.via.str.size};
}

byte_view record_reader::binary() {
  auto& x = cursor_->next();
  if (x.type != msgpack::type::BIN)
    throw malformed{"expected bytes"};
  return {reinterpret_cast<const std::uint8_t*>(x.via.bin.ptr), x.via.bin.size};
}

std::size_t record_reader::open_array() {
  auto& x = cursor_->next();
  if (x.type != msgpack::type::ARRAY)
    throw malformed{"expected an array"};
  cursor_->open.emplace_back(x.via.array.ptr, x.via.array.size);
  return x.via.array.size;
}

std::size_t record_reader::left() const { return cursor_->open.back().second; }

void record_reader::close_array() { cursor_->open.pop_back(); }

const bytes* record_reader::personal_at(std::uint64_t index) const {
  if (!aside_)
    return nullptr;
  if (index >= aside_->size())
    throw malformed{"a personal value is missing from the body"};
  return &(*aside_)[index];
}

refusal undecodable(const char* what) { return refuse(errc::internal, std::string{"undecodable record: "} + what); }

} // namespace charter::codec
